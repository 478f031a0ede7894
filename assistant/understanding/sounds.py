"""How words roughly sound: what a recogniser splits, joins or swaps still sounds much the same.

"continue" and "can tin you", "chords" and "cords" share most of their sounds, though few letters.
"""

from __future__ import annotations

import re
from functools import lru_cache

_FOLDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ph", "f"), ("ck", "k"), ("qu", "kw"), ("x", "ks"), ("^wr", "r"), ("^kn", "n"),
        ("wh", "w"), ("gh", ""), ("tch|ch|sh", "J"), ("th", "t"), ("c(?=[eiy])", "s"),
        ("[cqg]", "k"), ("z", "s"), ("d", "t"), ("b", "p"), ("v", "f"), ("j", "J"),
        ("[aeiouyhw]+", "a"), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip
"""Spelling to sound, in order: voiced as voiceless, all vowels as one, doubles as one."""
SIZES = (4, 5)
"""Sounds in one feature."""


@lru_cache(maxsize=8192)
def sound_of(word: str) -> str:
    """Return the folded sounds of a lower-case word."""
    for pattern, sound in _FOLDS:
        word = pattern.sub(sound, word)
    return word


def sound_grams(words: tuple[str, ...]) -> list[str]:
    """Return stretches of a sentence's sounds, across the gaps between words, each once."""
    sounds = f"^{''.join(sound_of(w) for w in words)}$"
    grams = (sounds[at : at + size] for size in SIZES for at in range(len(sounds) - size + 1))
    return list(dict.fromkeys(grams))
