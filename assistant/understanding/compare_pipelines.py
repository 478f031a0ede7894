"""Rasa's pipelines, cross-validated: ``python -m assistant.understanding.compare_pipelines``.

Folds hold out whole templates; each seed draws other sentences and other folds. Every pipeline
learns from the same sentences, in Rasa's environment (``nlu/compare_pipelines.py``), and is judged
through the product's own reading on sentences that it never met. What a cell (pipeline, fold, seed)
answered stays in ``.cache/pipelines``, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from assistant.understanding.embedded import EngineAnswer
from assistant.understanding.places import PROJECT, RASA_PROJECT, skill_words
from assistant.understanding.rasa_server import rasa_environment, rasa_python
from assistant.understanding.reading import OUT_OF_SCOPE, read_answer
from assistant.understanding.service import understand
from assistant.understanding.stored import key_of
from assistant.understanding.templates import Span
from assistant.understanding.training_data import LanguageData, load_language

FOLDS = 3
STARTED = "shipped"
PIPELINES = {
    "words": RASA_PROJECT / "pipelines" / "words.yml",
    "features": RASA_PROJECT / "pipelines" / "features.yml",
    "nothing": RASA_PROJECT / "config.yml",
    STARTED: RASA_PROJECT / "config.yml",
    "diet": RASA_PROJECT / "pipelines" / "diet.yml",
}
"""What is compared. "nothing" is the shipped pipeline without weights to start from."""
HEAD_START = 3
"""How many times as many sentences the weights were trained on that "shipped" starts from: 2,200
and 700 an intent in what ships. Here they come from the fold's training templates alone."""
JUDGED = 1200
"""Most held-out sentences that a cell is judged on, drawn by its seed."""
MEASURES = {"intent": 100, "exact": 100, "ghosts": 100, "alone": 100, "train_s": 1, "parse_ms": 1}
"""Columns and what they are multiplied by."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One training: a pipeline, sentences of an intent of share 1, the fold held out, the seed."""

    pipeline: str
    per_intent: int
    fold: int
    seed: int

    def file(self, folder: Path) -> Path:
        """Return where its answers are kept."""
        return folder / f"{self.pipeline}-{self.per_intent}-{self.fold}-{self.seed}.json"

    def words(self, folder: Path) -> str:
        """Return the cell as Rasa's side reads it."""
        parts = (self.pipeline, self.per_intent, self.fold, self.seed, self.file(folder))
        return ":".join(map(str, parts))


def measure(cells: Sequence[Cell], folder: Path) -> None:
    """Train the cells that have no answers yet; raises CalledProcessError when one fails."""
    missing = [cell.words(folder) for cell in cells if not cell.file(folder).exists()]
    if missing:
        command = [str(rasa_python(RASA_PROJECT)), "-m", "nlu.compare_pipelines", *missing]
        subprocess.run(command, cwd=PROJECT, env=rasa_environment(folder), check=True)


def judge(told: Mapping[str, Any], data: LanguageData) -> dict[str, float]:
    """Return a cell's measures: shares of its held-out sentences, and its processor times.

    intent, exact: of commands, after the product's reading; ghosts: talk taken for a command;
    alone: the first of the engine's ranking is right, of all sentences.
    """
    rows = {OUT_OF_SCOPE: [], "": []}  # type: dict[str, list[tuple[bool, bool, bool]]]
    for text, intent, spans, ranking, found in told["asked"]:
        row = _judge_one(
            data, text, intent, _answer([(intent, 1.0)], spans), _answer(ranking, found)
        )
        rows[OUT_OF_SCOPE if intent == OUT_OF_SCOPE else ""].append(row)
    commands, talk = rows[""], rows[OUT_OF_SCOPE]
    return {
        "intent": fmean(named for named, _, _ in commands),
        "exact": fmean(exact for _, exact, _ in commands),
        "ghosts": fmean(not named for named, _, _ in talk),
        "alone": fmean(alone for _, _, alone in commands + talk),
        "train_s": told["train_s"],
        "parse_ms": told["parse_ms"],
    }


def _answer(ranking: Sequence[Any], spans: Sequence[Any]) -> EngineAnswer:
    ranked = tuple((str(name), float(p)) for name, p in ranking)
    return EngineAnswer(ranked, tuple(Span(*span) for span in spans))


def _judge_one(
    data: LanguageData, text: str, intent: str, true: EngineAnswer, told: EngineAnswer
) -> tuple[bool, bool, bool]:
    """Return whether intent, intent and parameters, and the first of the ranking are right."""
    meant = read_answer(text, text.split(), true, "rasa", data.vocabulary, data.accepts)
    found = understand(text, data, lambda _: ("rasa", told))
    named = found.name == intent
    best = max(told.ranking, key=lambda r: r[1])[0]
    return named, named and found.parameters == meant.parameters, best == intent


def table(cells: Sequence[Cell], folder: Path, data: LanguageData) -> str:
    """Return mean and standard deviation over the cells of each pipeline, in Markdown."""
    lines = [f"| pipeline | cells | {' | '.join(MEASURES)} |", "| --- " * 8 + "|"]
    for name in PIPELINES:
        files = [c.file(folder) for c in cells if c.pipeline == name and c.file(folder).exists()]
        judged = [judge(json.loads(f.read_text(encoding="utf-8")), data) for f in files]
        if judged:
            shown = [_spread([m * j[n] for j in judged]) for n, m in MEASURES.items()]
            lines.append(f"| {name} | {len(judged)} | {' | '.join(shown)} |")
    return "\n".join(lines)


def _spread(values: Sequence[float]) -> str:
    mean = f"{fmean(values):.1f}"
    return f"{mean} ± {stdev(values):.1f}" if len(values) > 1 else mean


def main(words: Sequence[str] | None = None) -> None:
    """Measure the cells that are missing and print the table."""
    parser = argparse.ArgumentParser(prog="assistant.understanding.compare_pipelines")
    parser.add_argument("pipelines", nargs="*", help=f"of {', '.join(PIPELINES)}; all but diet")
    parser.add_argument("--per-intent", type=int, default=80)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--table", action="store_true", help="show what there is, train nothing")
    asked = parser.parse_args(words)
    data = load_language(skill_words()[0])
    folder = PROJECT / ".cache" / "pipelines" / key_of(data)
    folder.mkdir(parents=True, exist_ok=True)
    names = asked.pipelines or [name for name in PIPELINES if name != "diet"]
    order = itertools.product(range(1, asked.seeds + 1), range(FOLDS), names)
    cells = [Cell(name, asked.per_intent, fold, seed) for seed, fold, name in order]
    if not asked.table:
        measure(cells, folder)
    print(table(cells, folder, data))


if __name__ == "__main__":
    main()
