"""Spoken names of keys: "f sharp minor" -> "F# minor"."""

from __future__ import annotations

from collections.abc import Sequence

TONICS = {
    "a": "A", "b": "B", "c": "C", "d": "D", "e": "E", "f": "F", "g": "G",
    "be": "B", "bee": "B", "see": "C", "sea": "C", "dee": "D", "the": "D", "he": "E", "ee": "E",
    "gee": "G", "jee": "G", "if": "F", "eff": "F", "hey": "A", "eh": "A", "ay": "A", "eight": "A",
}  # fmt: skip
"""Letters, and what recognisers write for them."""
LETTERS = frozenset("abcdefg")
SIGNS = {
    "sharp": "#", "flat": "b", "shop": "#", "sharpe": "#", "flap": "b", "flats": "b", "sharps": "#",
}  # fmt: skip
MODES = {
    "major": "major", "minor": "minor", "miner": "minor", "mager": "major", "majors": "major",
    "dur": "major", "moll": "minor", "minus": "minor", "maj": "major", "min": "minor",
}  # fmt: skip


def read_key(words: Sequence[str]) -> str | None:
    """Return the key named by words, as "F# minor", or None; no mode means major."""
    rest = [w for w in words if w not in ("key", "of", "in")]
    if len(rest) > 1 and rest[0] == "the":
        rest = rest[1:] if rest[1] in TONICS and len(rest) > 2 else rest
    if not rest or rest[0] not in TONICS:
        return None
    if len(rest) == 1 and rest[0] not in LETTERS:
        return None
    sign, mode = "", "major"
    for word in rest[1:]:
        if word in SIGNS and not sign:
            sign = SIGNS[word]
        elif word in MODES:
            mode = MODES[word]
        else:
            return None
    return f"{TONICS[rest[0]]}{sign} {mode}"


def find_keys(words: Sequence[str]) -> list[tuple[int, int]]:
    """Return (start, end) of stretches that can name a key: a tonic with a sign or a mode after it.

    A bare letter is no find: the tagger decides from its neighbours.
    """
    found = []
    for start, word in enumerate(words):
        if word not in TONICS:
            continue
        end = start + 1
        if end < len(words) and words[end] in SIGNS:
            end += 1
        if end < len(words) and words[end] in MODES:
            end += 1
        if end > start + 1:
            found.append((start, end))
    return found
