"""What one sitting remembers: the answers in order, the defaults, the volume."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from skills.music.generator.answer import Answer
from skills.music.notes import Phrase
from skills.music.request import Request


@dataclass(frozen=True, slots=True)
class Version:
    """One answer and everything it was made from: enough to make it again."""

    phrase: Phrase
    request: Request
    answer: Answer
    changed: str = ""
    """What the command asked for, in words: "happier, on strings"."""


Mark = tuple[tuple[Version, ...], int]
"""Where undo and redo stand: the line and how much of it is open."""
KEPT = 100
"""Answers that undo and choosing reach back to: a phrase may hold ten minutes of notes, and a
sitting may last for days. What was saved stays in the takes."""
NEW_MUSIC = frozenset({"continue", "compose", "vary"})


class History:
    """The last answers of a sitting, and the line of those that were opened one after the other.

    Undo and redo step along the line, where a new step drops what was undone. The answers
    themselves stay, the last hundred: any one to the same phrase can be chosen again.
    """

    def __init__(self) -> None:
        self._answers: list[Version] = []
        self._line: list[Version] = []
        self._open = 0
        """So many steps of the line are not undone; the last of them is open."""

    @property
    def current(self) -> Version | None:
        """The open version, if any."""
        return self._line[self._open - 1] if self._open else None

    @property
    def alternatives(self) -> tuple[Version, ...]:
        """The answers to the phrase of the open version (or of the newest), the first first."""
        newest = self.current or (self._answers[-1] if self._answers else None)
        if newest is None:
            return ()
        return tuple(v for v in self._answers if v.phrase == newest.phrase)

    @property
    def number(self) -> int | None:
        """Which of the alternatives is open, from 1."""
        at = (n for n, v in enumerate(self.alternatives, start=1) if v is self.current)
        return next(at, None)

    def add(self, version: Version) -> None:
        """Open a new version after the current one."""
        self._answers.append(version)
        del self._answers[:-KEPT]
        self._step_to(version)

    def choose(self, number: int) -> bool:
        """Open one of the alternatives; False when there is none of that number."""
        known = self.alternatives
        if not 1 <= number <= len(known):
            return False
        if known[number - 1] is not self.current:
            self._step_to(known[number - 1])
        return True

    def _step_to(self, version: Version) -> None:
        self._line[self._open :] = [version]
        del self._line[:-KEPT]
        self._open = len(self._line)

    def undo(self) -> bool:
        """Step back; False when there is nothing to undo."""
        if self._open == 0:
            return False
        self._open -= 1
        return True

    def redo(self) -> bool:
        """Step forward; False when there is nothing to redo."""
        if self._open == len(self._line):
            return False
        self._open += 1
        return True

    def mark(self) -> Mark:
        """Return where undo and redo stand."""
        return tuple(self._line), self._open

    def back_to(self, mark: Mark) -> None:
        """Stand again where a mark was made; the answers made since can still be chosen."""
        line, self._open = mark
        self._line = list(line)


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that was saved without a name: a name that comes later is for it."""

    version: Version
    name: str
    """The name that it got for the time being."""
    formats: tuple[str, ...]


@dataclass(slots=True)
class Session:
    """The state of one sitting; only one turn at a time touches it."""

    defaults: Request = field(default_factory=Request)
    """What is assumed where a command says nothing."""
    settings: Request = field(default_factory=Request)
    """The defaults of the settings file: what holds when nothing else was set by saying so."""
    next_seed: Callable[[], int] = lambda: secrets.randbelow(2**31)
    """Gives the seed of each new answer."""
    volume_percent: int = 80
    history: History = field(default_factory=History)
    draft: Draft | None = None
    _before: tuple[Mark, int] = (((), 0), 80)
    """Line of versions and volume before the last command."""
    _last: str = ""
    """The last command."""

    def begin(self, command: str) -> None:
        """Remember how things stand before a command."""
        self._before, self._last = (self.history.mark(), self.volume_percent), command

    def take_back(self, instead: str) -> None:
        """Stand again as before the last command, which was understood wrong.

        A change that is meant instead of new music is a change of that music: it stays.
        """
        if instead == "adjust" and self._last in NEW_MUSIC:
            return
        mark, self.volume_percent = self._before
        self.history.back_to(mark)
