"""What is to be played: events in order of time, which may grow while they are played."""

from __future__ import annotations

from typing import Any

import mido

from skills.music.midi_file import on_one_keyboard
from skills.music.notes import Phrase


class Score:
    """A phrase on a channel; with ``more`` to come, whoever plays it waits for the rest."""

    def __init__(self, phrase: Phrase, channel: int = 0, *, more: bool = False) -> None:
        self.channel = channel
        self.events: list[tuple[float, Any]] = timeline(phrase, channel)
        """(seconds since the start, message); only ever grows at its end."""
        self.length_s = phrase.length_s
        self.is_whole = not more
        self.first_note_s: float | None = None
        """When the first stroke was sent, on the player's clock; None before."""
        self._until_s = phrase.length_s

    @staticmethod
    def growing(channel: int = 0) -> Score:
        """Return a score that ``grow`` fills."""
        return Score(Phrase(), channel, more=True)

    def grow(self, phrase: Phrase, until_s: float | None = None) -> None:
        """Take the music from its beginning as far as it is made; from any thread.

        Before ``until_s`` nothing of it changes any more; None: it is whole.
        """
        end_s = float("inf") if until_s is None else until_s
        fresh = timeline(phrase, self.channel)
        self.events.extend(event for event in fresh if self._until_s <= event[0] < end_s)
        self._until_s, self.length_s = end_s, phrase.length_s
        self.is_whole = until_s is None

    def extend(self, phrase: Phrase, *, more: bool = False) -> None:
        """Go on with a phrase when the music so far is over; from any thread."""
        offset_s = self.length_s
        self.events.extend((offset_s + at_s, m) for at_s, m in timeline(phrase, self.channel))
        self.length_s += phrase.length_s
        self.is_whole = not more


def timeline(phrase: Phrase, channel: int = 0) -> list[tuple[float, Any]]:
    """Return (seconds since the start, message) in order; releases come before strokes."""
    events: list[tuple[float, int, Any]] = []
    for note in on_one_keyboard(phrase.notes):
        key = {"note": note.pitch, "channel": channel}
        events.append((note.onset_s, 1, mido.Message("note_on", velocity=note.velocity, **key)))
        events.append((note.end_s, 0, mido.Message("note_off", **key)))
    return [(time_s, message) for time_s, _, message in sorted(events, key=lambda e: e[:2])]
