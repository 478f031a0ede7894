"""Recogniser errors for training: words heard wrong, dropped or put in."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.understanding.templates import Span

MAX_ERRORS = 2
UNTOUCHED = frozenset(["name"])
"""Parameters whose words are kept: a name heard wrong is another name."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Confusions of recognisers."""

    heard: Mapping[str, tuple[str, ...]]
    """Word -> what may be written instead."""
    dropped: frozenset[str]
    inserted: tuple[str, ...]

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> Noise:
        """Read the lists of ``noise.yml``."""
        heard = {
            str(word): tuple(w.strip() for w in str(others).split(","))
            for word, others in data["heard"].items()
        }
        return Noise(heard, frozenset(data["dropped"]), tuple(data["inserted"]))

    def disturb(
        self, words: Sequence[str], spans: Sequence[Span], rng: random.Random
    ) -> tuple[list[str], list[Span]]:
        """Return words with one or two errors and the spans moved along."""
        changed, moved = list(words), list(spans)
        for _ in range(rng.randint(1, MAX_ERRORS)):
            changed, moved = self._one_error(changed, moved, rng)
        return changed, moved

    def _one_error(
        self, words: list[str], spans: list[Span], rng: random.Random
    ) -> tuple[list[str], list[Span]]:
        names = {i for s in spans if s.parameter in UNTOUCHED for i in range(s.start, s.end)}
        places = [i for i in range(len(words)) if i not in names]
        way = rng.random()
        if way < 0.55:
            places = [i for i in places if words[i] in self.heard]
            if places:
                at = rng.choice(places)
                return replace_words(words, spans, at, rng.choice(self.heard[words[at]]).split())
        elif way < 0.9:
            inside = {i for s in spans for i in range(s.start, s.end)}
            places = [i for i in places if words[i] in self.dropped and i not in inside]
            if places and len(words) > 2:
                return replace_words(words, spans, rng.choice(places), [])
        elif not spans or rng.random() < 0.5:
            return [rng.choice(self.inserted), *words], [
                Span(s.start + 1, s.end + 1, s.parameter) for s in spans
            ]
        return words, spans


def replace_words(
    words: Sequence[str], spans: Sequence[Span], at: int, new: Sequence[str]
) -> tuple[list[str], list[Span]]:
    """Return words with one word replaced by others, and the spans moved along."""
    shift = len(new) - 1
    moved = [
        Span(
            s.start + (shift if s.start > at else 0),
            s.end + (shift if s.end > at else 0),
            s.parameter,
        )
        for s in spans
    ]
    return [*words[:at], *new, *words[at + 1 :]], [s for s in moved if s.end > s.start]
