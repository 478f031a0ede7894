"""Finds the embedded engine's model: shipped, trained on this machine, or trained now."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.contract import ModelError
from assistant.understanding import places
from assistant.understanding.corrections import FILE
from assistant.understanding.embedded import load_model, save_model
from assistant.understanding.training_data import Generator, LanguageData, corrected_examples

FULL_PER_INTENT, QUICK_PER_INTENT = 700, 40
"""Sentences of each intent: for a model to keep (a few minutes) · for one to start with."""
SEED = 1
log = logging.getLogger(__name__)


def find_model(data: LanguageData) -> Mapping[str, Any]:
    """Return the parts of the best model there is for these words.

    In order: shipped and fitting; trained here and fitting; any that was trained for other words
    (its log line says how to renew it); none: a small one is trained now, in some seconds.
    """
    problems = []
    others = []
    for folder in (places.PREBUILT, places.cache_dir() / key_of(data)):
        try:
            stored = load_model(folder)
        except ModelError as error:
            problems.append(str(error))
            continue
        if stored.fits(data.digest):
            return stored.parts
        others.append(stored)
    if others:
        log.warning("The words were changed since training; `encore train-nlu` takes them in.")
        return others[-1].parts
    log.warning("%s A small one is trained now.", problems[0] if problems else "")
    parts = train_parts(data, QUICK_PER_INTENT)
    try:
        save_model(parts, places.cache_dir() / key_of(data), data.digest)
    except OSError:
        log.info("The model that was trained cannot be kept in %s.", places.cache_dir())
    return parts


def key_of(data: LanguageData) -> str:
    """Return the name of the cached model for these words."""
    return hashlib.sha256(data.digest.encode()).hexdigest()[:16]


def train_parts(data: LanguageData, per_intent: int) -> Mapping[str, Any]:
    """Train on generated sentences and the user's corrections."""
    from assistant.understanding.embedded_training import train

    examples = Generator(data).generate(per_intent, SEED)
    examples += corrected_examples(places.data_dir() / FILE, data)
    return train(data, examples)


def train_to(data: LanguageData, folder: Path, per_intent: int = FULL_PER_INTENT) -> None:
    """Train a model to keep and write it to a folder."""
    save_model(train_parts(data, per_intent), folder, data.digest)


def main() -> None:
    """Train the model that is shipped: ``python -m assistant.understanding.stored``."""
    from assistant.understanding.training_data import load_language

    for folder in places.skill_words():
        train_to(load_language(folder), places.PREBUILT)


if __name__ == "__main__":
    main()
