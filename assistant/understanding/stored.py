"""Finds the embedded engine's model: shipped, trained on this machine, or trained now."""

from __future__ import annotations

import argparse
import hashlib
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.contract import ModelError
from assistant.understanding import places, user_models
from assistant.understanding.corrections import FILE
from assistant.understanding.embedded import code_digest, load_model, save_model
from assistant.understanding.training_data import Generator, LanguageData, corrected_examples

FULL_PER_INTENT, QUICK_PER_INTENT = 2200, 40
"""Sentences of each intent: for a model to keep (a few minutes) · for one to start with."""
SEED = 1
RENEW = "`encore train-nlu`"
log = logging.getLogger(__name__)


def find_model(data: LanguageData) -> Mapping[str, Any]:
    """Return the parts of the best model there is for these words.

    In order: the user's own (``encore train-nlu``); trained here and fitting; shipped and fitting;
    any that was trained for other words (its log line says how to renew it); none: a small one is
    trained now, in some seconds.
    """
    problems = []
    others = []
    own = user_models.user_model("embedded", key_of(data), data.intents)
    for folder in filter(None, (own, places.cache_dir() / key_of(data), places.PREBUILT)):
        try:
            stored = load_model(folder)
        except ModelError as error:
            problems.append(str(error))
            continue
        if stored.fits(data.digest):
            return stored.parts
        others.append(stored)
    if others:
        log.warning("The words were changed since training; %s takes them in.", RENEW)
        return others[-1].parts
    log.warning("%s A small one is trained now.", problems[0] if problems else "")
    parts = train_parts(data, QUICK_PER_INTENT, places.data_dir() / FILE)
    try:
        save_model(parts, places.cache_dir() / key_of(data), data.digest)
    except OSError:
        log.info("The model that was trained cannot be kept in %s.", places.cache_dir())
    return parts


def key_of(data: LanguageData) -> str:
    """Return what a model made here is known by: a hash of the words and of the features' code."""
    return hashlib.sha256(f"{data.digest} {code_digest()}".encode()).hexdigest()[:16]


def train_parts(
    data: LanguageData, per_intent: int, corrections: Path | None = None
) -> Mapping[str, Any]:
    """Train on generated sentences, and on the user's corrections when their file is named."""
    from assistant.understanding.embedded_training import train

    examples = Generator(data).generate(per_intent, SEED)
    if corrections is not None:
        examples += corrected_examples(corrections, data)
    return train(data, examples)


def train_to_ship(data: LanguageData) -> Path:
    """Train the model that comes with Encore; the user's corrections stay out of it."""
    save_model(train_parts(data, FULL_PER_INTENT), places.PREBUILT, data.digest)
    return places.PREBUILT


def train_into(
    folder: Path, data: LanguageData, corrections: Path, per_intent: int = FULL_PER_INTENT
) -> Path:
    """Train with the user's corrections and write the model into a folder."""
    save_model(train_parts(data, per_intent, corrections), folder, data.digest)
    return folder


def main(words: Sequence[str] | None = None) -> None:
    """Train: ``python -m assistant.understanding.stored [--into FOLDER --corrections FILE]``."""
    from assistant.understanding.training_data import load_language

    parser = argparse.ArgumentParser(prog="assistant.understanding.stored")
    parser.add_argument("--into", type=Path, help="a model of the user's own, with corrections")
    parser.add_argument("--corrections", type=Path, default=places.data_dir() / FILE)
    parser.add_argument("--per-intent", type=int, default=FULL_PER_INTENT, help="sentences of each")
    asked = parser.parse_args(words)
    for folder in places.skill_words():
        data = load_language(folder)
        if asked.into is None:
            print(train_to_ship(data))
        else:
            print(train_into(asked.into, data, asked.corrections, asked.per_intent))


if __name__ == "__main__":
    main()
