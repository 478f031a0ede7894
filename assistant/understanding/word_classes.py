"""Classes of English words of like meaning, coarse to fine: an unseen word is treated as its kin.

Made by ``scripts/make_word_classes.py`` from word vectors (models/word-classes/card.md).
"""

from __future__ import annotations

import itertools
from functools import cache

from assistant.contract import ModelError
from assistant.understanding.places import WORD_CLASSES

LEVELS = 3
"""Classes of a word: of 100, of 400 and of 1,200."""
NONE = ("?",) * LEVELS
"""A word of no class."""


@cache
def word_classes() -> dict[str, tuple[str, ...]]:
    """Return word -> its classes, coarse to fine; raises ModelError when they cannot be read."""
    try:
        lines = WORD_CLASSES.read_text(encoding="utf-8").splitlines()
        return {word: tuple(rest) for word, *rest in map(str.split, lines)}
    except (OSError, ValueError) as error:
        raise ModelError(f"The classes of words cannot be read from {WORD_CLASSES}.") from error


def class_features(words: tuple[str, ...]) -> list[str]:
    """Return the classes of a sentence's words, and of neighbours, each once."""
    known = word_classes()
    rows = [known.get(word, NONE) for word in words]
    found: dict[str, None] = {}
    for level in range(LEVELS):
        line = ["<s>", *(row[level] for row in rows), "</s>"]
        found.update((f"v{level}:{name}", None) for name in line[1:-1])
        if level < LEVELS - 1:  # pairs of the finest are too rare to learn from
            pairs = itertools.pairwise(line)
            found.update((f"vv{level}:{a}_{b}", None) for a, b in pairs)
    return list(found)
