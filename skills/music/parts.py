"""The parts that the music skill works with, as protocols: what it needs of each."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Protocol

from skills.music.generator.answer import Answer
from skills.music.keyboard.midi_keyboard import MidiKeyboard
from skills.music.keyboard.phrases import EARLY_S, last_bars, last_played
from skills.music.notes import Phrase
from skills.music.player.clock import Clock, SystemClock
from skills.music.request import Request


class MusicGenerator(Protocol):
    """Makes new music."""

    def generate(
        self,
        phrase: Phrase,
        request: Request,
        cancelled: Event | None = None,
        *,
        grown: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """Answer a phrase; the same arguments give the same notes.

        ``grown`` takes a long answer as far as it is settled, while the rest is made.
        """
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
        """Return what was played since ``start_take``, and end it; None when none was started."""
        ...

    def close(self) -> None:
        """Release the port; idempotent."""
        ...


class RecordingKeyboard:
    """A MIDI keyboard whose memory can be asked for spans and takes."""

    def __init__(self, keyboard: MidiKeyboard, clock: Clock | None = None) -> None:
        self.keyboard = keyboard
        self._clock = clock or SystemClock()
        self._take_from_s: float | None = None
        self._take_until_s = float("inf")

    @property
    def name(self) -> str:
        """The keyboards that are heard, in words; "" when none is plugged in."""
        return self.keyboard.name

    @property
    def strokes(self) -> int:
        """Keys that went down so far: tells whether something new was played."""
        return self.keyboard.memory.strokes

    def last_phrase(self) -> Phrase:
        """Return what was played last, up to a pause."""
        return last_played(self.keyboard.memory, self._clock.now()).phrase

    def last_seconds(self, seconds: float) -> Phrase:
        """Return the notes struck in the last seconds of playing."""
        memory = self.keyboard.memory
        end_s = memory.last_stroke_s()
        if end_s is None:
            return Phrase()
        return memory.between(end_s - seconds, self._clock.now())

    def last_bars(self, bars: int) -> Phrase:
        """Return the notes struck in the last bars of playing."""
        return last_bars(self.keyboard.memory, bars, self._clock.now())

    def start_take(self, in_s: float = 0.0, seconds: float = float("inf")) -> None:
        """Keep everything from a moment on, for so many seconds at most."""
        self._take_from_s = self._clock.now() + in_s
        self._take_until_s = self._take_from_s + seconds

    def take(self) -> Phrase | None:
        """Return what was played since ``start_take`` and end the take; None without one."""
        if self._take_from_s is None:
            return None
        start_s, self._take_from_s = self._take_from_s, None
        end_s = min(self._take_until_s, self._clock.now())
        return self.keyboard.memory.between(start_s - EARLY_S, end_s)

    def close(self) -> None:
        """Release the port."""
        self.keyboard.close()


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
