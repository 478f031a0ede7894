"""From keys and pedal to notes: how long each one sounds."""

from __future__ import annotations

from collections.abc import Iterable

from skills.music.keyboard.events import KeyEvent, Pedal, Stroke
from skills.music.notes import Note

MIN_NOTE_S = 0.005
"""Shortest note: strokes and releases can carry the same time stamp."""
DECAY_S = 10.0
"""A string that only the pedal holds has died away after so long."""


def notes_of(events: Iterable[KeyEvent], now_s: float, *, pedal_down: bool = False) -> list[Note]:
    """Return the notes by onset, on the clock of the events, which come in order.

    A note ends with its key, under the pedal when the pedal is lifted, and at the latest when its
    key is struck again. What is still held ends now. ``pedal_down``: before the first event.
    """
    board = Board(pedal_down)
    for event in events:
        board.take(event)
    board.end_all(now_s)
    return sorted(board.notes)


class Board:
    """The keys that are down, the strings that the pedal holds, the notes that are over."""

    def __init__(self, pedal_down: bool = False) -> None:
        self.notes: list[Note] = []
        """Those that are over, in the order of their ends."""
        self._pedal_down = pedal_down
        self._keys: dict[int, Stroke] = {}
        self._ringing: dict[int, tuple[Stroke, float]] = {}
        """Pitch → its stroke and when its key went up."""

    @property
    def sounding_since_s(self) -> float | None:
        """When the earliest note that still sounds was struck; None in silence."""
        held = [stroke.time_s for stroke in self._keys.values()]
        held += [stroke.time_s for stroke, _ in self._ringing.values()]
        return min(held, default=None)

    def take(self, event: KeyEvent) -> None:
        """Take the next key or pedal."""
        if isinstance(event, Pedal):
            self._pedal(event)
        elif event.velocity:
            self._strike(event)
        else:
            self._release(event)

    def end_all(self, now_s: float) -> None:
        """End what still sounds."""
        self._end_ringing(now_s)
        for struck in self._keys.values():
            self._end(struck, now_s)
        self._keys.clear()

    def _strike(self, stroke: Stroke) -> None:
        if struck := self._keys.pop(stroke.pitch, None):
            self._end(struck, stroke.time_s)
        if rung := self._ringing.pop(stroke.pitch, None):
            self._end(rung[0], min(stroke.time_s, rung[1] + DECAY_S))
        self._keys[stroke.pitch] = stroke

    def _release(self, release: Stroke) -> None:
        struck = self._keys.pop(release.pitch, None)
        if struck is None:
            return
        if self._pedal_down:
            self._ringing[release.pitch] = (struck, release.time_s)
        else:
            self._end(struck, release.time_s)

    def _pedal(self, pedal: Pedal) -> None:
        self._pedal_down = pedal.down
        if not pedal.down:
            self._end_ringing(pedal.time_s)

    def _end_ringing(self, time_s: float) -> None:
        for struck, released_s in self._ringing.values():
            self._end(struck, min(time_s, released_s + DECAY_S))
        self._ringing.clear()

    def _end(self, struck: Stroke, end_s: float) -> None:
        length_s = max(end_s - struck.time_s, MIN_NOTE_S)
        self.notes.append(Note(struck.time_s, struck.pitch, length_s, struck.velocity))
