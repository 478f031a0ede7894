"""The sustain pedal of a MIDI file: how long notes sound that it holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

SUSTAIN, DOWN = 64, 64
"""Controller number, and the value from which on the pedal is down (MIDI 1.0)."""
DECAY_S = 10.0
"""A string that only the pedal holds has died away after so long."""

Changes = Sequence[tuple[int, bool]]
"""(tick, down) in order."""


def pedal_change(message: Any) -> bool | None:
    """Return whether a message presses (True) or lifts (False) the pedal; None for any other."""
    if message.type != "control_change" or message.control != SUSTAIN:
        return None
    return bool(message.value >= DOWN)


def silent_tick(released: int, changes: Changes, end: int) -> int:
    """Return when a note falls silent whose key goes up at ``released``: the pedal may hold it."""
    place = bisect_right(changes, (released, True))
    if not place or not changes[place - 1][1]:
        return released
    return next((tick for tick, down in changes[place:] if not down), end)
