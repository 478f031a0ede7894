"""How much of a reply is said aloud: all, the gist, or nothing. What is written stays whole."""

from __future__ import annotations

import re

from assistant.settings import Verbosity

SHORT_WORDS = 8
"""A sentence of so many words is short enough to stay whole."""
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_CLAUSE_END = re.compile(r"[,;:]\s")


def spoken(text: str, verbosity: Verbosity, music_sounds: bool = False) -> str:
    """Return what to say aloud; "" for nothing.

    ========  =============================  ===========================
    verbosity in the quiet                   while music sounds
    ========  =============================  ===========================
    full      everything                     the gist
    short     the gist                       only questions
    silent    nothing                        nothing
    ========  =============================  ===========================

    A question is said whole, since it wants an answer: the words before it may be left out.
    """
    if verbosity == "silent" or not text.strip():
        return ""
    if verbosity == "full" and not music_sounds:
        return text
    question = _question(text)
    if verbosity == "short" and music_sounds:
        return question
    return question or _gist(text)


def _question(text: str) -> str:
    """Return the last sentence when it asks something, else ""."""
    last = _SENTENCE_END.split(text.strip())[-1]
    return last if last.endswith("?") else ""


def _gist(text: str) -> str:
    """Return the first sentence, and of a long one its first clause."""
    first = _SENTENCE_END.split(text.strip())[0]
    if len(first.split()) <= SHORT_WORDS:
        return first
    clause = _CLAUSE_END.split(first)[0]
    return clause if clause == first else f"{clause}."
