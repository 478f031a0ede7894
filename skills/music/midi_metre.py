"""What a MIDI file says of its own metre: one tempo throughout, a time signature, or nothing.

Many programs write 120 beats a minute whatever was played: that tempo alone says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from skills.music.notes import Metre

SAYS_NOTHING_US: Final = 500_000
"""Microseconds a crotchet: the tempo of a file that was never told one (SMF 1.0)."""
SAME_TEMPO = 0.005
"""Relative difference below which two tempos are one."""
CROTCHETS: Final = 4
COMPOUND: Final = frozenset({6, 9, 12})
"""Quavers a bar that are counted in dotted crotchets."""


def timed(tracks: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Yield each message of each track at its tick, counted from the start."""
    for track in tracks:
        tick = 0
        for message in track:
            tick += message.time
            yield tick, message


def written_metre(tracks: Iterable[Any], division: int) -> Metre | None:
    """Return the metre of tracks that share a tempo map; None where they say none or several.

    division: ticks a crotchet; a negative one (film frames) knows no beats.
    """
    tempos, signatures = _said(tracks)
    if division <= 0 or len(signatures) > 1 or not tempos:
        return None
    tempo_us = tempos[0][1]
    if any(abs(us / tempo_us - 1.0) > SAME_TEMPO for _, us in tempos) or tempos[0][0] > 0:
        return None
    if not signatures and abs(tempo_us / SAYS_NOTHING_US - 1.0) <= SAME_TEMPO:
        return None
    crotchet_s = tempo_us / 1e6
    if not signatures:
        return Metre(crotchet_s)
    over, under = next(iter(signatures))
    if under == 8 and over in COMPOUND:
        return Metre(1.5 * crotchet_s, over // 3, 3)
    return Metre(crotchet_s * CROTCHETS / under, over)


def _said(tracks: Iterable[Any]) -> tuple[list[tuple[int, int]], set[tuple[int, int]]]:
    """Return tempos (tick, microseconds a crotchet) in order, and the time signatures."""
    tempos: list[tuple[int, int]] = []
    signatures: set[tuple[int, int]] = set()
    for tick, message in timed(tracks):
        if message.type == "set_tempo" and message.tempo > 0:
            tempos.append((tick, message.tempo))
        elif message.type == "time_signature" and message.numerator > 0:
            signatures.add((message.numerator, message.denominator))
    return sorted(tempos), signatures
