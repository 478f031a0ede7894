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


class History:
    """Answers in order, and the one that is open; a new one drops what was undone."""

    def __init__(self) -> None:
        self._versions: list[Version] = []
        self._open = 0
        """So many versions are not undone; the last of them is open."""

    @property
    def current(self) -> Version | None:
        """The open version, if any."""
        return self._versions[self._open - 1] if self._open else None

    def add(self, version: Version) -> None:
        """Open a new version after the current one."""
        self._versions[self._open :] = [version]
        self._open += 1

    def undo(self) -> bool:
        """Step back; False when there is nothing to undo."""
        if self._open == 0:
            return False
        self._open -= 1
        return True

    def redo(self) -> bool:
        """Step forward; False when there is nothing to redo."""
        if self._open == len(self._versions):
            return False
        self._open += 1
        return True


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
