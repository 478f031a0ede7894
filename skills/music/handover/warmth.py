"""Keeps the network warm: each note is read as it ends, so that a hand-over has little to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from skills.music.keyboard.events import KeyEvent, Stroke
from skills.music.keyboard.sounding import Board
from skills.music.notes import Note

PAUSE_S = 2.0
"""Silence after which a new phrase begins; a wrong guess costs time, never notes."""


class Ear(Protocol):
    """Reads a phrase while it is played."""

    def feed(self, note: Note, sounding_since_s: float | None = None) -> None:
        """Hear one note that has ended; times are on the phrase's clock."""
        ...

    def reset(self) -> None:
        """Begin a new phrase."""
        ...


class Warmth:
    """Feeds an ear from keys and pedal."""

    def __init__(self, ear: Callable[[], Ear | None]) -> None:
        self._ear = ear
        """Gives the ear, None while no generator is loaded or it has none."""
        self._begin(0.0)
        self._last_s = float("-inf")

    def take(self, event: KeyEvent, *, in_haste: bool = False) -> None:
        """Take the next key or pedal, and feed the notes that it ended; in haste, feed nothing."""
        ear = self._ear()
        struck = isinstance(event, Stroke) and event.velocity > 0
        quiet = self._board.sounding_since_s is None and event.time_s - self._last_s >= PAUSE_S
        if struck and quiet:
            self._begin(event.time_s)
            if ear is not None:
                ear.reset()
        self._last_s = event.time_s
        self._board.take(event)
        if ear is not None and not in_haste:
            self._feed(ear)
        self._board.notes.clear()  # somebody may play for hours without a pause

    def _begin(self, start_s: float) -> None:
        self._start_s = start_s
        self._board = Board()

    def _feed(self, ear: Ear) -> None:
        since_s = self._board.sounding_since_s
        since_s = None if since_s is None else since_s - self._start_s
        for note in self._board.notes:
            onset_s = max(note.onset_s - self._start_s, 0.0)
            ear.feed(Note(onset_s, note.pitch, note.duration_s, note.velocity), since_s)
