"""Time as an argument: the machine's, or one that a test turns by hand."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> float:
        """Return seconds since some fixed moment; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after this many seconds, or a little later."""
        ...


class SystemClock:
    """The machine's own time, the one that MIDI callbacks are stamped with."""

    def now(self) -> float:
        """Return seconds since some fixed moment; never goes back."""
        return time.perf_counter()

    def sleep(self, seconds: float) -> None:
        """Return after this many seconds, or a little later."""
        time.sleep(seconds)


class ManualClock:
    """A clock that moves only when somebody sleeps: plays an hour at once, without drift."""

    def __init__(self, now_s: float = 0.0) -> None:
        self.now_s = now_s

    def now(self) -> float:
        """Return seconds since some fixed moment; never goes back."""
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Move on by this many seconds."""
        self.now_s += seconds
