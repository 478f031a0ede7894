"""The decoding graph: n-gram, dictionary and phones in one transducer (HCLG).

Every history of the n-gram has a tree of pronunciations that share their beginnings, with the
weights pushed to the front. Inputs are Kaldi's transition ids, outputs word ids. Beside the words
runs a garbage path that comes out as [unk].
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from speech.dictionary import Pronunciations
from speech.ngram import END, START, History, NGram
from speech.phones import SILENCE, SPOKEN, enter_id, place, stay_id

UNKNOWN = "[unk]"
NO_SILENCE_COST, SILENCE_COST = 0.3, 1.3
"""Between two words: no silence, or some."""
LEAVE_GARBAGE_COST = 1.5

Bigram = Mapping[str, Mapping[str, float]]
"""Cost (-log P) of a phone after another."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """The path for speech that is no command."""

    enter_cost: float
    """Paid once, on leaving the language."""
    phone_cost: float
    """Paid with every phone; below about -1.6 the path runs away with everything."""
    bigram: Bigram
    words: Mapping[str, float] = field(default_factory=dict)
    """Cost of everyday words that are no command words; they come out as [unk] too."""
    word_enter_cost: float = 0.0


@dataclass(slots=True)
class _Branch:
    """A place in a pronunciation tree."""

    ends: list[tuple[str, str, float, int]] = field(default_factory=list)
    """Words that end with a further phone: (last phone, word, cost, next state)."""
    onward: dict[str, _Branch] = field(default_factory=dict)
    cheapest: float = math.inf

    def add(self, phones: list[str], word: str, cost: float, to: int) -> None:
        """Adds a word below this place."""
        self.cheapest = min(self.cheapest, cost)
        if len(phones) == 1:
            self.ends.append((phones[0], word, cost, to))
        else:
            self.onward.setdefault(phones[0], _Branch()).add(phones[1:], word, cost, to)


class GraphBuilder:
    """Builds the transducer state by state.

    word_cost is paid with every command word; below zero it saves short words like "it" and "a".
    """

    def __init__(self, pronunciations: Pronunciations, word_cost: float = 0.0) -> None:
        import kaldifst

        self._kaldifst: Any = kaldifst
        self.fst: Any = kaldifst.StdVectorFst()
        self.words = ["<eps>"]
        self.arcs = 0
        self._word_ids: dict[str, int] = {}
        self._pronunciations = pronunciations
        self._word_cost = word_cost
        self._states: dict[History, tuple[int, int]] = {}  # history: (entry, ready)
        self._todo: list[History] = []

    def build(self, model: NGram, garbage: Garbage | None, language_scale: float = 1.0) -> None:
        """Fills the transducer."""
        start = self._state((START,))
        self.fst.start = start[0]
        while self._todo:
            self._expand(self._todo.pop(), model, language_scale)
        if garbage is not None:
            self._add_garbage(garbage)
        self._kaldifst.arcsort(self.fst, "ilabel")

    def _state(self, history: History) -> tuple[int, int]:
        if history not in self._states:
            entry, ready = self.fst.add_state(), self.fst.add_state()
            self._states[history] = (entry, ready)
            self._todo.append(history)
            self._arc(entry, 0, 0, NO_SILENCE_COST, ready)
            self._phone(entry, SILENCE, SILENCE_COST, 0, ready)
        return self._states[history]

    def _expand(self, history: History, model: NGram, scale: float) -> None:
        ready, tree = self._state(history)[1], _Branch()
        for word, probability in model.words[history].items():
            cost = -scale * math.log(probability)
            if word == END:
                self.fst.set_final(ready, cost)
                continue
            cost += self._word_cost
            following = self._state(model.known_history((*history, word)))
            for phones in self._pronunciations[word]:
                tree.add(place(phones), word, cost, following[0])
        self._grow(tree, ready, 0.0)
        if history:
            lower = self._state(model.known_history(history[1:]))
            weight = -scale * math.log(model.back_off[history])
            self._arc(ready, 0, 0, weight, lower[1])

    def _grow(self, branch: _Branch, state: int, paid: float) -> None:
        for phone, word, cost, to in branch.ends:
            self._phone(state, phone, cost - paid, self._word_id(word), to)
        for phone, below in branch.onward.items():
            self._grow(below, self._phone(state, phone, below.cheapest - paid, 0), below.cheapest)

    def _add_garbage(self, garbage: Garbage) -> None:
        """Phone loop and everyday words, reachable from the start and from the empty history."""
        sources = [self._state((START,))[1], self._state(())[1]]
        back = self._state(())[0]
        unknown, paid = self._word_id(UNKNOWN), garbage.phone_cost
        after = {phone: self.fst.add_state() for phone in SPOKEN}
        over = self.fst.add_state()
        self._arc(over, 0, 0, 0.0, back)
        for source in sources:
            for phone in SPOKEN:
                cost = garbage.enter_cost + paid + garbage.bigram[SILENCE][phone]
                self._phone(source, f"{phone}_B", cost, unknown, after[phone])
        for phone in SPOKEN:
            for following in SPOKEN:
                cost = paid + garbage.bigram[phone][following]
                self._phone(after[phone], f"{following}_I", cost, 0, after[following])
            self._phone(after[phone], f"{phone}_E", paid + LEAVE_GARBAGE_COST, 0, over)
        self._add_everyday_words(garbage, sources)

    def _add_everyday_words(self, garbage: Garbage, sources: list[int]) -> None:
        if not garbage.words:
            return
        hub, back, tree = self.fst.add_state(), self._state(())[0], _Branch()
        for source in sources:
            self._arc(source, 0, 0, garbage.word_enter_cost, hub)
        again = self.fst.add_state()
        self._arc(again, 0, 0, NO_SILENCE_COST, hub)
        self._arc(again, 0, 0, LEAVE_GARBAGE_COST, back)
        self._phone(again, SILENCE, SILENCE_COST, 0, hub)
        for word, cost in garbage.words.items():
            for phones in self._pronunciations[word]:
                tree.add(place(phones), UNKNOWN, cost, again)
        self._grow(tree, hub, 0.0)
        self.fst.set_final(hub, 0.0)

    def _phone(
        self, source: int, placed: str, cost: float, word: int, to: int | None = None
    ) -> int:
        """One phone of one frame or more; returns the state in which it lasts."""
        lasting: int = self.fst.add_state()
        self._arc(source, enter_id(placed), word, cost, lasting)
        self._arc(lasting, stay_id(placed), 0, 0.0, lasting)
        if to is not None:
            self._arc(lasting, 0, 0, 0.0, to)
        return lasting

    def _arc(self, source: int, enter: int, word: int, cost: float, to: int) -> None:
        self.fst.add_arc(
            source,
            self._kaldifst.StdArc(ilabel=enter, olabel=word, weight=cost, nextstate=to),
        )
        self.arcs += 1

    def _word_id(self, word: str) -> int:
        if word not in self._word_ids:
            self._word_ids[word] = len(self.words)
            self.words.append(word)
        return self._word_ids[word]
