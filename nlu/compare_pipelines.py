"""Trains Rasa's pipelines on folds and writes down what they answer to what was held out.

Runs in Rasa's environment; called by ``assistant/understanding/compare_pipelines.py``, which says
what is done and why, and judges the answers.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.understanding.ablation import in_fold
from assistant.understanding.compare_pipelines import (
    FOLDS,
    HEAD_START,
    JUDGED,
    PIPELINES,
    STARTED,
    Cell,
)
from assistant.understanding.embedded import save_model
from assistant.understanding.embedded_training import train as train_embedded
from assistant.understanding.places import RASA_PROJECT
from assistant.understanding.rasa_client import read_answer
from assistant.understanding.rasa_training import to_rasa
from assistant.understanding.training_data import Example, Generator, LanguageData


def split(data: LanguageData, cell: Cell) -> tuple[list[Example], list[Example]]:
    """Return sentences to learn from and to be judged on: no template, no sentence in both."""
    learned, held = [], []
    for example in Generator(data).generate(cell.per_intent, cell.seed):
        (held if _is_held_out(example, cell) else learned).append(example)
    known = {e.words for e in learned}
    held = [e for e in held if e.words not in known]
    random.Random(cell.seed).shuffle(held)
    return learned, held[:JUDGED]


def _is_held_out(example: Example, cell: Cell) -> bool:
    return in_fold(f"{cell.seed} {example.template}", cell.fold, FOLDS)


def head_start(data: LanguageData, cell: Cell, folder: Path) -> None:
    """Write weights that were trained on other sentences of the fold's training templates."""
    more = Generator(data).generate(HEAD_START * cell.per_intent, cell.seed + 1000)
    kept = [e for e in more if not _is_held_out(e, cell)]
    save_model(train_embedded(data, kept), folder, data.digest)


def start_from(folder: Path) -> None:
    """Let Encore's components find the shipped model in a folder; an empty one: from nothing."""
    from nlu import encore_messages

    encore_messages.PREBUILT = folder
    encore_messages.shipped.cache_clear()


def train(cell: Cell, data: LanguageData, learned: Sequence[Example], work: Path) -> str:
    """Train a pipeline in this process; return the model's path."""
    from rasa.model_training import train_nlu

    texts = work / "sentences.yml"
    texts.write_text(to_rasa(learned, data), encoding="utf-8")
    config, domain = PIPELINES[cell.pipeline], str(RASA_PROJECT / "domain.yml")
    made = train_nlu(str(config), str(texts), str(work / "made"), domain=domain)
    if made is None:
        sys.exit(f"{config} could not be trained.")
    return str(made)


def ask(model: str, held: Sequence[Example]) -> tuple[list[Any], float]:
    """Return what a model answers to sentences, and the processor time of an answer in ms."""
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(agent.parse_message("hello"))
    began_s = time.process_time()
    answers = [loop.run_until_complete(agent.parse_message(e.text)) for e in held]
    parse_ms = 1000 * (time.process_time() - began_s) / len(held)
    loop.close()
    return [read_answer(a) for a in answers], parse_ms


def measure(cell: Cell, data: LanguageData) -> dict[str, Any]:
    """Train one cell; return its times, the held-out sentences and what was answered."""
    learned, held = split(data, cell)
    with tempfile.TemporaryDirectory() as scratch:
        work, weights = Path(scratch), Path(scratch) / "weights"
        if cell.pipeline == STARTED:
            head_start(data, cell, weights)
        start_from(weights)
        began_s = time.process_time()
        model = train(cell, data, learned, work)
        train_s = time.process_time() - began_s
        answers, parse_ms = ask(model, held)
    asked = [
        [e.text, e.intent, _numbers(e.spans), a.ranking, _numbers(a.spans)]
        for e, a in zip(held, answers, strict=True)
    ]
    return {"learned": len(learned), "train_s": train_s, "parse_ms": parse_ms, "asked": asked}


def _numbers(spans: Sequence[Any]) -> list[Any]:
    return [[s.start, s.end, s.parameter] for s in spans]


def main() -> None:
    """Measure the cells that are named, ``NAME:PER_INTENT:FOLD:SEED:FILE`` each."""
    import rasa.core.agent
    import rasa.model_training  # noqa: F401 (slow: not in the first cell's time)
    from rasa.utils.log_utils import configure_structlog

    from nlu.encore_messages import read_language

    os.environ.update(RASA_MAX_CACHE_SIZE="0", RASA_TELEMETRY_ENABLED="false")
    configure_structlog(logging.ERROR)
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    data = read_language()
    for words in sys.argv[1:]:
        name, per_intent, fold, seed, path = words.split(":", 4)
        cell = Cell(name, int(per_intent), int(fold), int(seed))
        part = Path(path).with_suffix(".partial")
        part.write_text(json.dumps(measure(cell, data)), encoding="utf-8")
        part.replace(path)
        print(f"{cell} is done", flush=True)


if __name__ == "__main__":
    main()
