"""When the next beat falls: from a clock on the cable, else from what was played."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from skills.music.keyboard.events import ClockTick
from skills.music.keyboard.phrases import PULSE_S, the_end
from skills.music.notes import Phrase
from skills.music.theory.tempo import BEATS_A_BAR, find_tempo

ALIVE_BEATS = 4.0
"""After so many beats of silence nobody feels the pulse any more …"""
ALIVE_S = 4.0
"""… nor after so many seconds."""
CLOCKS_A_BEAT = 24
MIN_BEAT_S, MAX_BEAT_S = 0.2, 2.0
SOON_S = 0.004
"""A beat nearer than this cannot be met any more."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """Beats on the clock of whoever listens."""

    beat_at_s: float
    """One of the beats."""
    beat_s: float
    """Seconds from one beat to the next."""
    beats_a_bar: int = BEATS_A_BAR

    @property
    def bar_s(self) -> float:
        """Seconds from one bar to the next."""
        return self.beats_a_bar * self.beat_s

    def next_s(self, now_s: float) -> float:
        """Return the first beat that can still be met."""
        beats = math.ceil((now_s + SOON_S - self.beat_at_s) / self.beat_s)
        return self.beat_at_s + beats * self.beat_s

    def nearest_s(self, time_s: float) -> float:
        """Return the beat nearest to a time."""
        return self.beat_at_s + round((time_s - self.beat_at_s) / self.beat_s) * self.beat_s


def pulse_of(phrase: Phrase, start_s: float) -> Pulse | None:
    """Return the pulse at the end of a phrase that began at ``start_s``; None without one."""
    end = the_end(phrase, PULSE_S)
    tempo = find_tempo(end)
    if tempo is None or not tempo.steady:
        return None
    cut_s = phrase.length_s - end.length_s
    return Pulse(start_s + cut_s + tempo.first_beat_s, tempo.beat_s, tempo.beats_counted)


def is_alive(pulse: Pulse, last_stroke_s: float, now_s: float) -> bool:
    """Tell whether the pulse is still felt after the last stroke."""
    return now_s - last_stroke_s < min(ALIVE_BEATS * pulse.beat_s, ALIVE_S)


class CablePulse:
    """The pulse of a sequencer or a drum machine that sends its clock."""

    def __init__(self) -> None:
        self._ticks: deque[float] = deque(maxlen=4 * CLOCKS_A_BEAT + 1)
        self._place = 0
        """Ticks since a beat."""

    def take(self, tick: ClockTick) -> None:
        """Take one message of the clock."""
        if tick.word != "clock":
            self._ticks.clear()
            self._place = -1 if tick.word in ("start", "continue") else 0
            return
        self._place = (self._place + 1) % CLOCKS_A_BEAT
        self._ticks.append(tick.time_s)

    def pulse(self, now_s: float) -> Pulse | None:
        """Return the pulse while the clock runs; None when it does not."""
        if len(self._ticks) <= CLOCKS_A_BEAT:
            return None
        tick_s = (self._ticks[-1] - self._ticks[0]) / (len(self._ticks) - 1)
        beat_s = tick_s * CLOCKS_A_BEAT
        if now_s - self._ticks[-1] > beat_s or not MIN_BEAT_S <= beat_s <= MAX_BEAT_S:
            return None
        return Pulse(self._ticks[-1] - self._place * tick_s, beat_s)
