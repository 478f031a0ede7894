"""The hand's clock: the ticks that a file counts time in, and the grid that onsets lie on."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from skills.music.generator.hand_chords import EXACT_S

FloatArray = npt.NDArray[np.float64]

ON_GRID = 0.9
"""Share of the phrase's onsets that must be exact for its grid to count."""
FEWEST_ONSETS = 6
FINEST_GRID_S, COARSEST_GRID_S = 0.045, 1.3
PARTS = (1, 2, 3, 4, 6, 8, 12)
"""The grid may be this much finer than an interval between onsets."""
SUBDIVISIONS = ((1, 0.0), (2, 1.0), (3, 1.4), (4, 1.5))
"""An onset may also lie on a part of the grid, if it is nearer to it by more than this times the
hand's reluctance."""
SHORTEST_PART_S = 0.07
SHORTEST_TICK_S, LONGEST_TICK_S = 0.0003, 0.02
"""A file counts time in ticks of about this length; nobody's fingers do."""
ON_TICK = 0.02
"""Share of a tick by which a time read from a file may miss it."""


def find_tick(notes: FloatArray) -> float | None:
    """Return the tick (seconds) that all onsets and ends are counted in, None for live playing.

    A greatest common divisor of times that are exact but for rounding (Euclid).
    """
    times = np.sort((notes[:, :2] - notes[0, 0]).ravel())
    gaps = np.diff(times)
    tick = 0.0
    for gap in gaps[gaps > ON_TICK * SHORTEST_TICK_S].tolist():
        tick = _shared(tick, gap)
        if tick < SHORTEST_TICK_S:
            return None
    if not 0.0 < tick <= LONGEST_TICK_S:
        return None
    places = np.round(times / tick)
    tick = float((times @ places) / (places @ places))
    return tick if np.abs(times / tick - places).max() < ON_TICK else None


def _shared(one: float, other: float) -> float:
    """Return the greatest length that both are whole multiples of, but for rounding."""
    large, small = max(one, other), min(one, other)
    whole = large
    while small > ON_TICK * SHORTEST_TICK_S:
        large, small = small, abs(large - small * round(large / small))
    return whole / round(whole / large)


def whole_ticks(
    onsets_s: FloatArray, grid: tuple[float, float], tick_s: float
) -> tuple[float, float]:
    """Return the grid in whole ticks where that explains the phrase as well."""
    step, origin = grid
    whole = max(round(step / tick_s), 1) * tick_s
    places = np.round((onsets_s - origin) / step)
    if np.abs(places).max() * abs(whole - step) > tick_s / 2:
        return grid
    ticks = np.round((onsets_s - places * whole - onsets_s[0]) / tick_s)
    usual = Counter(ticks.tolist()).most_common(1)[0][0]
    return whole, float(onsets_s[0] + usual * tick_s)


def find_grid(onsets_s: FloatArray) -> tuple[float, float] | None:
    """Return (step, origin) in seconds of the coarsest grid that the onsets lie on exactly."""
    moments = moments_of(onsets_s)
    if len(moments) < FEWEST_ONSETS:
        return None
    gaps = np.diff(moments)
    usual = [gap / 1000 for gap, _ in Counter(np.round(gaps * 1000).tolist()).most_common(4)]
    tried = sorted({gap / part for gap in usual for part in PARTS}, reverse=True)
    for step in tried:
        if FINEST_GRID_S <= step <= COARSEST_GRID_S:
            fitted = _fit(moments, step)
            if fitted is not None:
                return fitted
    return None


def moments_of(onsets_s: FloatArray) -> FloatArray:
    """Return the distinct onsets: the first of each chord."""
    ordered = np.sort(onsets_s)
    first: npt.NDArray[np.bool_] = np.append(True, np.diff(ordered) > 2 * EXACT_S)
    return ordered[first]


def _fit(moments: FloatArray, step: float) -> tuple[float, float] | None:
    """Fit a grid of about this step; None when too few moments lie on it."""
    origin = float(moments[-1])
    for reach in (8, len(moments)):  # a step that is off by a little runs away over a long phrase
        late = moments[-reach:]
        places = np.round((late - origin) / step)
        if places[0] == 0.0:
            return None
        step, origin = (float(x) for x in np.polyfit(places, late, 1))
        if not FINEST_GRID_S <= step <= COARSEST_GRID_S:
            return None
    off = np.abs(moments - origin - np.round((moments - origin) / step) * step)
    return (step, origin) if (off < EXACT_S).mean() >= ON_GRID else None


def onto_grid(
    onsets: FloatArray, grid_s: float, origin: float, reluctance: float
) -> tuple[FloatArray, FloatArray]:
    """Return places (in grid points, parts allowed) and the onsets there."""
    exact = (onsets - origin) / grid_s
    best_cost, best = np.full(len(onsets), np.inf), exact
    for part, penalty in SUBDIVISIONS:
        if part > 1 and grid_s / part < SHORTEST_PART_S:
            continue
        place = np.round(exact * part) / part
        cost = np.abs(place - exact) + penalty * reluctance
        best = np.where(cost < best_cost, place, best)
        best_cost = np.minimum(cost, best_cost)
    return best, np.maximum.accumulate(best * grid_s + origin)
