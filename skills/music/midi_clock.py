"""Tempo and ticks of a MIDI file that is written, so that the times of its notes are kept."""

from __future__ import annotations

from collections.abc import Iterable

from skills.music.notes import Phrase

TICKS_PER_BEAT = 480
MAX_TICK_S = 0.0012
"""Times are rounded to ticks: half of this is the largest error of a written time."""
CLOCKS = {960: 6, 1000: 1, 880: 11}
"""Usual ticks a second of files (480 and 220 a beat at 120, milliseconds); with ticks ten times
finer, a beat of so many of them lasts whole microseconds."""
MOST_TICKS_PER_BEAT = 32_767
ON_TICK = 0.02
"""Share of a tick by which a time may miss it."""


def _ticks_per_beat(tempo_us: int) -> int:
    ticks = TICKS_PER_BEAT
    while tempo_us / 1e6 / ticks > MAX_TICK_S:
        ticks *= 2
    return ticks


def kept_clock(phrase: Phrase, tempo_us: int) -> tuple[int, int]:
    """Return tempo and ticks a beat that keep the times of a phrase that came from a file.

    Where they lie on a usual clock that this tempo's own ticks would miss, the ticks are made ten
    times finer and the tempo moves by at most a quarter of a percent.
    """
    times = [t for note in phrase.notes for t in (note.onset_s, note.end_s)]
    if _on_clock(times, 1e6 * _ticks_per_beat(tempo_us) / tempo_us):
        return tempo_us, _ticks_per_beat(tempo_us)
    for rate, step in CLOCKS.items():
        if _on_clock(times, rate):
            ticks = step * max(round(tempo_us * rate * 1e-5 / step), 1)
            if ticks <= MOST_TICKS_PER_BEAT:
                return round(ticks * 1e5 / rate), ticks
    return tempo_us, _ticks_per_beat(tempo_us)


def _on_clock(times_s: Iterable[float], rate: float) -> bool:
    """Tell whether all times are whole multiples of a rate's ticks."""
    return all(abs(t * rate - round(t * rate)) < ON_TICK for t in times_s)
