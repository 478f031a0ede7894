"""Recogniser errors for training: words heard wrong, dropped or put in."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.understanding.templates import Span

MAX_ERRORS = 2
MOST_WORDS = 3
"""Longest stretch of words that is heard wrong at once."""
UNTOUCHED = frozenset(["name"])
"""Parameters whose words are kept: a name heard wrong is another name."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Confusions of recognisers."""

    heard: Mapping[str, tuple[str, ...]]
    """Word, or two or three of them -> what may be written instead."""
    dropped: frozenset[str]
    inserted: tuple[str, ...]

    @staticmethod
    def from_data(data: Mapping[str, Any], learned: Mapping[str, Any]) -> Noise:
        """Read the lists of ``noise.yml``, written by hand, and of ``heard.yml``, learned."""
        heard: dict[str, tuple[str, ...]] = {}
        for lists in (data, learned):
            for words, others in lists.get("heard", {}).items():
                new = tuple(w.strip() for w in str(others).split(","))
                heard[str(words)] = tuple(dict.fromkeys([*heard.get(str(words), ()), *new]))
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
        named = {i for s in spans if s.parameter in UNTOUCHED for i in range(s.start, s.end)}
        free = [i for i in range(len(words)) if i not in named]
        way = rng.random()
        if way < 0.45:
            return self._mishear(words, spans, free, rng)
        if way < 0.7:
            return self._drop(words, spans, free, rng)
        if way < 0.9:
            return _garble_one(words, spans, free, rng)
        return [rng.choice(self.inserted), *words], [
            Span(s.start + 1, s.end + 1, s.parameter) for s in spans
        ]

    def _mishear(
        self, words: list[str], spans: list[Span], free: list[int], rng: random.Random
    ) -> tuple[list[str], list[Span]]:
        places = list(self._places(words, spans, set(free)))
        if not places:
            return words, spans
        at, end = rng.choice(places)
        new = rng.choice(self.heard[" ".join(words[at:end])]).split()
        for _ in range(end - at - 1):
            words, spans = replace_words(words, spans, at, [])
        return replace_words(words, spans, at, new)

    def _places(
        self, words: Sequence[str], spans: Sequence[Span], free: set[int]
    ) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of words that can be heard wrong, all in or all out of a span."""
        edges = {edge for s in spans for edge in (s.start, s.end)}
        for at in range(len(words)):
            for end in range(at + 1, min(at + MOST_WORDS, len(words)) + 1):
                inside = set(range(at, end)) <= free and not edges & set(range(at + 1, end))
                if inside and " ".join(words[at:end]) in self.heard:
                    yield at, end

    def _drop(
        self, words: list[str], spans: list[Span], free: list[int], rng: random.Random
    ) -> tuple[list[str], list[Span]]:
        single = {s.start for s in spans if s.end == s.start + 1}
        places = [i for i in free if words[i] in self.dropped and i not in single]
        if not places or len(words) <= 2:
            return words, spans
        return replace_words(words, spans, rng.choice(places), [])


def _garble_one(
    words: list[str], spans: list[Span], free: list[int], rng: random.Random
) -> tuple[list[str], list[Span]]:
    places = [i for i in free if len(words[i]) > 3]
    if not places:
        return words, spans
    at = rng.choice(places)
    return replace_words(words, spans, at, garble(words[at], rng).split())


ALIKE = ("aeiou", "td", "pb", "kgc", "fv", "szc", "mn", "lr")
"""Letters whose sounds are confused."""


def garble(word: str, rng: random.Random) -> str:
    """Return a word as it may come out wrong: an ending, a sound, or a cut through it."""
    way = rng.random()
    if way < 0.3:
        return word[:-1] if word.endswith(("s", "d", "e")) else word + rng.choice("sd")
    if way < 0.5 and len(word) > 5:
        cut = rng.randint(2, len(word) - 2)
        return f"{word[:cut]} {word[cut:]}"
    at = rng.randrange(1, len(word))
    for group in ALIKE:
        if word[at] in group:
            return word[:at] + rng.choice(group) + word[at + 1 :]
    return word[:at] + word[at + 1 :]


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
