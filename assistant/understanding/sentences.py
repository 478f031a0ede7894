"""Sentences of the command language for a recogniser that is to expect nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

from assistant.understanding.training_data import OUT_OF_SCOPE, Generator, load_language

UNKNOWN = "[unk]"
"""How Vosk's grammars name any other speech."""
PER_INTENT = 100


def grammar_of(
    nlu_dirs: Iterable[Path], wake_word: str, per_intent: int = PER_INTENT, seed: int = 1
) -> list[str]:
    """Return sentences drawn from the words that understanding learns from, and "[unk]".

    Half of them open with the wake word. Vosk counts pairs of words in them, so that mixtures can
    be heard as well; the same words, wake word and seed give the same sentences.
    """
    rng = random.Random(seed)
    found = [UNKNOWN, wake_word]
    for folder in nlu_dirs:
        examples = Generator(load_language(folder), noise_chance=0.0).generate(per_intent, seed)
        for text in (example.text for example in examples if example.intent != OUT_OF_SCOPE):
            found.append(f"{wake_word} {text}" if rng.random() < 0.5 else text)
    return found
