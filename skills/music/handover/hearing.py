"""What is known of the player at any moment: last keys, the end of the phrase, the pulse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from skills.music.handover.pulse import CablePulse, Pulse, is_alive, pulse_of
from skills.music.keyboard.events import ClockTick, KeyEvent, Pedal, Played, Stroke
from skills.music.keyboard.memory import NoteMemory
from skills.music.keyboard.phrases import Heard, last_played, the_end
from skills.music.notes import Phrase

HEARD_S = 30.0
"""An answer that comes in by itself hears no more than this, and lasts no longer."""
PLAYING_S = 1.0
"""So long after the last key somebody still counts as playing."""


class Ending(Protocol):
    """Tells when a phrase is over."""

    def feed(self, event: KeyEvent) -> None:
        """Take a key or the pedal."""
        ...

    def tick(self, now_s: float) -> bool:
        """Return True once when the phrase is over."""
        ...

    def reset(self) -> None:
        """Forget the phrase."""
        ...


class Hearing:
    """Takes the events of one keyboard in order; pure, times come in."""

    def __init__(self, memory: NoteMemory, ending: Ending) -> None:
        self.memory = memory
        self.last_event_s = float("-inf")
        self.last_stroke_s = float("-inf")
        self.answered = 0
        """Strokes that belong to phrases which have had their answer."""
        self.click: Callable[[float], Pulse | None] = lambda _now_s: None
        """Gives the pulse of a metronome that runs."""
        self._ending = ending
        self._ended_at = -1
        """Strokes at the last musical end."""
        self._cable = CablePulse()

    def take(self, event: Played) -> bool:
        """Take an event; True when a key went down."""
        if isinstance(event, ClockTick):
            self._cable.take(event)
        if not isinstance(event, (Stroke, Pedal)):
            return False
        self._ending.feed(event)
        self.last_event_s = event.time_s
        if isinstance(event, Stroke) and event.velocity:
            self.last_stroke_s = event.time_s
            return True
        return False

    def is_over(self, now_s: float) -> bool:
        """Tell whether a phrase has ended that has had no answer."""
        if self._ending.tick(now_s):
            self._ended_at = self.memory.strokes
        return self._ended_at == self.memory.strokes > self.answered

    def is_answered(self) -> None:
        """The phrase gets its answer; whoever comes back into it soon teaches the ending."""
        self.answered = self.memory.strokes

    def is_playing(self, now_s: float) -> bool:
        """Tell whether somebody plays: a key is down, or was a moment ago."""
        return self.memory.is_sounding() or now_s - self.last_stroke_s < PLAYING_S

    def has_phrase_since(self, time_s: float) -> bool:
        """Tell whether the phrase that was played last had begun at this time."""
        start_s = self.memory.phrase_start_s(self.last_event_s)
        return start_s is not None and start_s <= time_s

    def phrase(self, now_s: float) -> tuple[Heard, Pulse | None]:
        """Return the phrase, at most its last half minute, up to the next beat; and the pulse."""
        heard = last_played(self.memory, now_s)
        if not heard.phrase.notes:
            return heard, None
        phrase = the_end(heard.phrase, HEARD_S)
        start_s = heard.start_s + heard.phrase.length_s - phrase.length_s
        pulse = self.pulse(phrase, start_s, now_s)
        if pulse is not None:
            phrase = Phrase(phrase.notes, pulse.next_s(max(now_s, start_s)) - start_s)
        return Heard(phrase, start_s), pulse

    def pulse(self, phrase: Phrase, start_s: float, now_s: float) -> Pulse | None:
        """Return the pulse if one is felt: a clock on the cable, the click, or what was played."""
        if pulse := self._cable.pulse(now_s) or self.click(now_s):
            return pulse
        pulse = pulse_of(phrase, start_s)
        return pulse if pulse and is_alive(pulse, self.last_stroke_s, now_s) else None
