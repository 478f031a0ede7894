"""The parts that the music skill works with, as protocols: what it needs of each."""

from __future__ import annotations

from threading import Event
from typing import Protocol

from skills.music.generator.answer import Answer
from skills.music.notes import Phrase
from skills.music.request import Request


class MusicGenerator(Protocol):
    """Makes new music."""

    def generate(self, phrase: Phrase, request: Request, cancelled: Event | None = None) -> Answer:
        """Answer a phrase; the same arguments give the same notes."""
        ...


class Keyboard(Protocol):
    """Knows what was played."""

    def last_phrase(self) -> Phrase:
        """Return what was played last, up to a pause; an empty phrase when nothing was."""
        ...

    def last_seconds(self, seconds: float) -> Phrase:
        """Return the last seconds of playing, whatever the pauses; may be empty."""
        ...

    def start_take(self) -> None:
        """Keep everything from now on."""
        ...

    def take(self) -> Phrase | None:
        """Return what was played since ``start_take``; None when no take was started."""
        ...

    def close(self) -> None:
        """Release the port; idempotent."""
        ...


class HeldPhrase:
    """A keyboard on which one phrase was played: a MIDI file, or keys of the computer."""

    def __init__(self, phrase: Phrase | None = None) -> None:
        self._phrase = phrase or Phrase()

    def last_phrase(self) -> Phrase:
        """Return the whole phrase."""
        return self._phrase

    def last_seconds(self, seconds: float) -> Phrase:
        """Return the end of the phrase."""
        start_s = max(self._phrase.length_s - seconds, 0.0)
        rows = [
            (max(a - start_s, 0.0), b - start_s, pitch, velocity)
            for a, b, pitch, velocity in self._phrase.to_array()
            if b > start_s
        ]
        return Phrase.from_array(rows, self._phrase.length_s - start_s)

    def start_take(self) -> None:
        """Do nothing: what was played is all there is."""

    def take(self) -> Phrase | None:
        """Return None: nobody plays here."""
        return None

    def close(self) -> None:
        """Do nothing."""
