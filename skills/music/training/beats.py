"""Where the beats of a training song lie: from a table or its MIDI tempo map; and swing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

NO_BEATS = np.zeros((0, 2))
SWUNG_BEAT_S = (0.3, 0.8)
"""Halves of beats of this length are swung; a longer beat's quarters are, a shorter one's none."""


def from_table(table: bytes) -> Array:
    """Return beats (n, 2) of a table: seconds, and the place in bars (whole = a bar begins).

    Each line holds the time, whether the beat is strong, and whether it is the first of a bar.
    """
    rows = np.array([line.split()[:3] for line in table.decode().splitlines() if line.strip()])
    if len(rows) < 2:
        return NO_BEATS
    rows = rows.astype(np.float64)
    number = np.arange(len(rows), dtype=np.float64)
    firsts = np.flatnonzero(rows[:, 2] > 0)
    if len(firsts) < 2:
        return np.stack([rows[:, 0], number / 4], axis=1)
    return np.stack([rows[:, 0], extended(number, firsts, np.arange(len(firsts)))], axis=1)


def from_score(score: Any) -> Array:
    """Return beats (n, 2), as ``from_table``, of a symusic score in ticks.

    A beat is what the time signature's lower figure says, three of them in compound metres.
    """
    quarter, end = float(score.ticks_per_quarter), float(score.end())
    signs = {int(s.time): (s.numerator, s.denominator) for s in score.time_signatures}
    starts = sorted(signs) or [0]
    ticks, bars, base = [], [], 0.0
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        upper, lower = signs.get(start, (4, 4))
        unit = quarter * 4 / lower
        beat = unit * 3 if upper % 3 == 0 and upper > 3 and lower >= 8 else unit
        own = np.arange(start, stop, beat)
        ticks.append(own)
        bars.append(base + (own - start) / (unit * upper))
        base += float(np.ceil((stop - start) / (unit * upper) - 1e-6))
    if not ticks or sum(map(len, ticks)) < 2:
        return NO_BEATS
    return np.stack([seconds_of(score, np.concatenate(ticks)), np.concatenate(bars)], axis=1)


def seconds_of(score: Any, ticks: Array) -> Array:
    """Return when moments (n,) in ticks of a symusic score come, seconds."""
    tempos = {0: 500_000} | {int(t.time): t.mspq for t in score.tempos}
    at = np.array(sorted(tempos), dtype=np.float64)
    slopes = np.array([tempos[int(t)] for t in at]) / 1e6 / score.ticks_per_quarter
    reached = np.concatenate([[0.0], np.cumsum(np.diff(at) * slopes[:-1])])
    place = np.searchsorted(at, ticks, side="right") - 1
    seconds: Array = reached[place] + (ticks - at[place]) * slopes[place]
    return seconds


def extended(x: Array, known_x: npt.NDArray[Any], known_y: npt.NDArray[Any]) -> Array:
    """Interpolate like numpy.interp, going on in a straight line beyond both ends."""
    first = (known_y[1] - known_y[0]) / max(float(known_x[1] - known_x[0]), 1e-6)
    last = (known_y[-1] - known_y[-2]) / max(float(known_x[-1] - known_x[-2]), 1e-6)
    y = np.interp(x, known_x, known_y)
    y = np.where(x < known_x[0], known_y[0] - (known_x[0] - x) * first, y)
    after: Array = np.where(x > known_x[-1], known_y[-1] + (x - known_x[-1]) * last, y)
    return after


def swung(times_s: Array, beats: Array, ratio: float) -> Array:
    """Return moments (any shape) with each beat's first half ``ratio`` times as long as its second.

    beats: (n, 2) seconds and place in bars. What lies on a beat stays there.
    """
    if len(beats) < 2:
        return times_s
    shortest, longest = SWUNG_BEAT_S
    beat_s = float(np.median(np.diff(beats[:, 0])))
    level = 2.0 if beat_s > longest else 1.0
    if not shortest <= beat_s / level <= longest:
        return times_s
    number = np.arange(len(beats), dtype=np.float64) * level
    place = extended(times_s.ravel(), beats[:, 0], number).reshape(times_s.shape)
    whole, rest = np.floor(place), place % 1
    half = ratio / (1 + ratio)
    late = np.where(rest < 0.5, rest * 2 * half, half + (rest - 0.5) * 2 * (1 - half))
    moved = extended((whole + late).ravel(), number, beats[:, 0])
    found: Array = moved.reshape(times_s.shape)
    return found
