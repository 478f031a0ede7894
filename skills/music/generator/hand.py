"""The hand that wrote a phrase: exact time grid, note lengths and loudness, taken over exactly.

Notes from a score or a sequencer lie on a grid to the millisecond, end a fixed time before the next
grid point and have few levels of loudness, often one for each place in the bar. The network draws
near such values, never on them; what is drawn after such a phrase is therefore moved onto them.
A person's playing shows no such exactness and is left as it was drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from skills.music.generator.hand_chords import (
    EXACT_S,
    SHORTEST_S,
    chord_habits,
    chord_of,
    released_together,
)

FloatArray = npt.NDArray[np.float64]

SAME_LENGTH_S = 0.0025
"""Note lengths within this of each other are one."""
ON_GRID, ON_LENGTHS, ON_LEVELS, ON_ACCENTS = 0.9, 0.75, 0.98, 0.95
"""Share of the phrase's notes that must be exact for the hand to count as exact."""
FEWEST_ONSETS, FEWEST_NOTES = 6, 6
FINEST_GRID_S, COARSEST_GRID_S = 0.045, 1.3
PARTS = (1, 2, 3, 4, 6, 8, 12)
"""The grid may be this much finer than an interval between onsets."""
SUBDIVISIONS = ((1, 0.0), (2, 1.0), (3, 1.4), (4, 1.5))
"""An onset may also lie on a part of the grid, if it is nearer to it by more than this times the
hand's reluctance."""
RELUCTANCE_A_MOMENT, MOST_RELUCTANCE = 0.01, 0.42
"""In grid points: a phrase of many moments that never divides its grid is seldom divided later."""
SHORTEST_PART_S = 0.07
LARGEST_BREATH_S = 0.06
"""A note may end this much before the grid point (a player of scores puts a breath there)."""
MOST_LEVELS = 6
SHORTEST_TICK_S, LONGEST_TICK_S = 0.0003, 0.02
"""A file counts time in ticks of about this length; nobody's fingers do."""
ON_TICK = 0.02
"""Share of a tick by which a time read from a file may miss it."""
LEGATO = 0.12
"""An end within this share of the note's length from the next onset is meant to meet it."""


@dataclass(frozen=True, slots=True)
class Hand:
    """What is exact in a phrase; None where nothing is."""

    grid_s: float | None = None
    origin_s: float = 0.0
    """A grid point, on the phrase's clock."""
    reluctance: float = MOST_RELUCTANCE
    """How much nearer (in grid points) an onset must be to a part of the grid than to the grid."""
    breath_s: float | None = None
    """How long before a grid point a note ends."""
    lengths_s: FloatArray | None = None
    """Note lengths that the phrase has, ascending; None where lengths are not exact."""
    levels: FloatArray | None = None
    """Velocities that the phrase has, ascending."""
    period: int = 0
    """Grid points a bar; 0 where loudness does not follow the bar."""
    accents: Mapping[int, float] | None = None
    """Velocity by the place in the bar, in grid points."""
    tick_s: float | None = None
    """Every time of a phrase from a file is a whole multiple of this after ``first_s``."""
    first_s: float = 0.0
    struck_alike: bool = False
    """Notes of one chord have one loudness."""
    released_together: bool = False
    """Notes of one chord that are about as long end together."""


def read_hand(notes: FloatArray, end_s: float) -> Hand:
    """Read rows (start_s, end_s, pitch, velocity) of a phrase that ends at end_s."""
    if len(notes) < FEWEST_NOTES:
        return Hand()
    grid = find_grid(notes[:, 0])
    levels = _levels(notes[:, 3])
    tick_s, first_s = find_tick(notes), float(notes[0, 0])
    alike, together = chord_habits(notes)
    free = Hand(
        levels=levels,
        tick_s=tick_s,
        first_s=first_s,
        struck_alike=alike,
        released_together=together,
    )
    if grid is None:
        return free
    grid_s, origin_s = grid if tick_s is None else _whole_ticks(notes[:, 0], grid, tick_s)
    breath_s, lengths_s = _lengths(notes, grid_s, end_s)
    places = np.round((notes[:, 0] - origin_s) / grid_s).astype(np.int64)
    period, accents = 0, None
    if levels is not None and len(levels) > 1:
        period, accents = _accents(places, notes[:, 3], grid_s)
    reluctance = min(MOST_RELUCTANCE, RELUCTANCE_A_MOMENT * len(_moments(notes[:, 0])))
    return replace(
        free,
        grid_s=grid_s,
        origin_s=origin_s,
        reluctance=reluctance,
        breath_s=breath_s,
        lengths_s=lengths_s,
        period=period,
        accents=accents,
    )


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


def _whole_ticks(
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
    moments = _moments(onsets_s)
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


def _moments(onsets_s: FloatArray) -> FloatArray:
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


def _lengths(
    notes: FloatArray, grid_s: float, end_s: float
) -> tuple[float | None, FloatArray | None]:
    """Return the breath before grid points and the lengths that occur; None, None if not exact."""
    whole = notes[:, 1] < end_s - 0.015
    lengths = (notes[:, 1] - notes[:, 0])[whole]
    if len(lengths) < FEWEST_NOTES:
        return None, None
    clusters = Counter(np.round(lengths / SAME_LENGTH_S).astype(np.int64).tolist())
    around = np.array(
        [sum(clusters[c + k] for k in (-1, 0, 1)) for c in np.round(lengths / SAME_LENGTH_S)]
    )
    short = np.round(lengths / grid_s) * grid_s - lengths
    near = (short > -EXACT_S) & (short < LARGEST_BREATH_S)
    breath = float(np.median(short[near])) if near.any() else 0.0
    on_grid = np.abs(short - breath) < SAME_LENGTH_S
    if ((around >= 3) | on_grid).mean() < ON_LENGTHS:
        return None, None
    usual = sorted(
        {
            float(np.median(lengths[np.abs(lengths - x) < SAME_LENGTH_S]))
            for x in lengths[around >= 2]
        }
    )
    usual = [length for length in usual if length > SHORTEST_S]
    return (breath if on_grid.mean() > 0.5 else None), (np.array(usual) if usual else None)


def _levels(velocity: FloatArray) -> FloatArray | None:
    """Return the levels of loudness, None when there are many, as in a person's playing."""
    counts = Counter(velocity.tolist()).most_common(MOST_LEVELS)
    if sum(count for _, count in counts) < ON_LEVELS * len(velocity):
        return None
    if len(counts) > 2 and len(velocity) < 4 * len(counts):
        return None
    return np.array(sorted(level for level, _ in counts))


def _accents(
    places: npt.NDArray[np.int64], velocity: FloatArray, grid_s: float
) -> tuple[int, Mapping[int, float] | None]:
    """Return the shortest period of grid points that explains the loudness, and its levels."""
    span = int(places.max() - places.min()) + 1
    for period in range(2, min(span // 2, int(4.5 / grid_s)) + 1):
        table: dict[int, Counter[float]] = {}
        for place, level in zip((places % period).tolist(), velocity.tolist(), strict=True):
            table.setdefault(place, Counter())[level] += 1
        explained = sum(c.most_common(1)[0][1] for c in table.values())
        if explained >= ON_ACCENTS * len(places):
            return period, {place: c.most_common(1)[0][0] for place, c in table.items()}
    return 0, None


def take_over(hand: Hand, notes: FloatArray, handover_s: float, loudness: bool) -> FloatArray:
    """Return drawn notes moved onto what is exact in the phrase.

    notes: (n, 4) in order of onset, from the hand-over; handover_s: the hand-over on the phrase's
    clock; loudness: take over its levels too. Onsets that would come before the hand-over are left
    out: the phrase has them already.
    """
    if not len(notes):
        return notes
    rows = notes.copy()
    places = np.zeros(len(rows))
    if hand.grid_s is not None:
        origin = hand.origin_s - handover_s
        places, starts = _onto_grid(rows[:, 0], hand.grid_s, origin, hand.reluctance)
        ends = rows[:, 1] - rows[:, 0] + starts
        rows[:, 0] = starts
        rows[:, 1] = _ends(hand, rows[:, 0], ends)
    if hand.released_together:
        rows[:, 1] = released_together(rows)
    if loudness and hand.levels is not None:
        rows[:, 3] = _loudness(hand, places, rows)
    if hand.tick_s is not None:
        before = hand.first_s - handover_s
        ticks = np.round((rows[:, :2] - before) / hand.tick_s)
        ticks[:, 1] = np.maximum(ticks[:, 1], ticks[:, 0] + 1)
        rows[:, :2] = ticks * hand.tick_s + before
    kept = rows[rows[:, 0] > -EXACT_S]
    kept[:, 0] = np.maximum(kept[:, 0], 0.0)
    return kept


def _onto_grid(
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


def _ends(hand: Hand, starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Return ends that the phrase's articulation would have."""
    if hand.lengths_s is None or hand.grid_s is None:
        return ends
    lengths = ends - starts
    choices: list[FloatArray] = [hand.lengths_s]
    if hand.breath_s is not None:
        steps = np.arange(1, max(int(lengths.max() / hand.grid_s) + 2, 2))
        on_grid = np.asarray(steps * hand.grid_s - hand.breath_s, dtype=np.float64)
        choices.append(on_grid[on_grid > SHORTEST_S])
    table = np.concatenate(choices)
    off = np.abs(np.log(np.maximum(lengths, SHORTEST_S))[:, None] - np.log(table)[None])
    off[:, : len(hand.lengths_s)] -= 0.05  # what the phrase has is likelier than what it could have
    chosen = table[off.argmin(axis=1)]
    following: FloatArray = np.full(len(starts), np.inf)
    following[:-1] = starts[1:]
    for i in np.flatnonzero(following - starts < EXACT_S)[::-1]:
        following[i] = following[i + 1]
    meant = np.abs(following - ends) < LEGATO * lengths
    if hand.breath_s is not None:
        chosen = np.where(meant, following - starts - hand.breath_s, chosen)
    held: FloatArray = starts + np.maximum(chosen, SHORTEST_S)
    return held


def _loudness(hand: Hand, places: FloatArray, rows: FloatArray) -> FloatArray:
    """Return the phrase's own levels: by the place in the bar, else the one nearest to a chord."""
    assert hand.levels is not None
    if hand.accents is None:
        chord = chord_of(rows[:, 0]) if hand.struck_alike else np.arange(len(rows))
        mean = np.bincount(chord, rows[:, 3]) / np.bincount(chord)
        nearest: FloatArray = hand.levels[np.abs(mean[:, None] - hand.levels[None]).argmin(axis=1)]
        return nearest[chord]
    weak = min(hand.accents.values())
    return np.array(
        [
            hand.accents.get(int(p) % hand.period, weak) if float(p).is_integer() else weak
            for p in places.tolist()
        ]
    )
