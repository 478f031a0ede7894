"""The hand that wrote a phrase: exact time grid, note lengths and loudness, taken over exactly.

Notes from a score or a sequencer lie on a grid to the millisecond, end a fixed time before the next
grid point and have few levels of loudness, often one for each place in the bar. The network draws
near such values, never on them; what is drawn after such a phrase is therefore moved onto them.
A person's playing shows no such exactness and is left as it was drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from skills.music.generator.hand_chords import EXACT_S, chord_habits, chord_of, released_together
from skills.music.generator.hand_clock import (
    find_grid,
    find_tick,
    moments_of,
    onto_grid,
    whole_ticks,
)
from skills.music.generator.hand_lengths import lengths_of, usual_ends
from skills.music.generator.hand_loudness import (
    accented,
    accents_of,
    level_under,
    levels_of,
    nearest_levels,
    under_tune,
)
from skills.music.generator.hand_voicings import Voicings, read_voicings, revoiced

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FEWEST_NOTES = 6
RELUCTANCE_A_MOMENT, MOST_RELUCTANCE = 0.01, 0.42
"""In grid points: a phrase of many moments that never divides its grid is seldom divided later."""


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
    under: float | None = None
    """Velocity of the notes under a tune, where those of the tune alone follow the bar."""
    tick_s: float | None = None
    """Every time of a phrase from a file is a whole multiple of this after ``first_s``."""
    first_s: float = 0.0
    struck_alike: bool = False
    """Notes of one chord have one loudness."""
    released_together: bool = False
    """Notes of one chord that are about as long end together."""
    voicings: Voicings | None = None
    """How its chords are built; None where they are built in many ways."""


def read_hand(notes: FloatArray, end_s: float) -> Hand:
    """Read rows (start_s, end_s, pitch, velocity) of a phrase that ends at end_s."""
    if len(notes) < FEWEST_NOTES:
        return Hand()
    grid = find_grid(notes[:, 0])
    levels = levels_of(notes[:, 3])
    tick_s, first_s = find_tick(notes), float(notes[0, 0])
    alike, together = chord_habits(notes)
    free = Hand(
        levels=levels,
        tick_s=tick_s,
        first_s=first_s,
        struck_alike=alike,
        released_together=together,
        voicings=read_voicings(notes),
    )
    if grid is None:
        return free
    grid_s, origin_s = grid if tick_s is None else whole_ticks(notes[:, 0], grid, tick_s)
    breath_s, lengths_s = lengths_of(notes, grid_s, end_s)
    places = np.round((notes[:, 0] - origin_s) / grid_s).astype(np.int64)
    period, accents = 0, None
    if levels is not None and len(levels) > 1:
        period, accents = accents_of(places, notes[:, 3], grid_s)
    under = None
    if accents is None and levels is not None and len(levels) > 1:
        period, accents, under = _in_layers(notes, places, grid_s)
    reluctance = min(MOST_RELUCTANCE, RELUCTANCE_A_MOMENT * len(moments_of(notes[:, 0])))
    return replace(
        free,
        grid_s=grid_s,
        origin_s=origin_s,
        reluctance=reluctance,
        breath_s=breath_s,
        lengths_s=lengths_s,
        period=period,
        accents=accents,
        under=under,
    )


def _in_layers(
    notes: FloatArray, places: IntArray, grid_s: float
) -> tuple[int, Mapping[int, float] | None, float | None]:
    """Return a tune's accents and the level of the notes under it; none where either has none."""
    order = np.argsort(notes[:, 0], kind="stable")
    rows, places = notes[order], places[order]
    low = under_tune(chord_of(rows[:, 0]), rows[:, 2])
    level = level_under(rows[:, 3], low)
    if level is None:
        return 0, None, None
    period, accents = accents_of(places[~low], rows[~low, 3], grid_s)
    return (period, accents, level) if accents is not None else (0, None, None)


def take_over(hand: Hand, notes: FloatArray, handover_s: float, whole: bool) -> FloatArray:
    """Return drawn notes moved onto what is exact in the phrase.

    notes: (n, 4) in order of onset, from the hand-over; handover_s: the hand-over on the phrase's
    clock; whole: also what a mood decides by itself, loudness and how chords are built. Onsets that
    would come before the hand-over are left out: the phrase has them already.
    """
    if not len(notes):
        return notes
    rows = notes.copy()
    places = np.zeros(len(rows))
    if hand.grid_s is not None:
        origin = hand.origin_s - handover_s
        places, starts = onto_grid(rows[:, 0], hand.grid_s, origin, hand.reluctance)
        ends = rows[:, 1] - rows[:, 0] + starts
        rows[:, 0] = starts
        if hand.lengths_s is not None:
            ends = usual_ends(hand.lengths_s, hand.breath_s, hand.grid_s, starts, ends)
        rows[:, 1] = ends
    if hand.released_together:
        rows[:, 1] = released_together(rows)
    if whole and hand.levels is not None:
        rows[:, 3] = _loudness(hand, hand.levels, places, rows)
    if whole and hand.voicings is not None:
        rows = revoiced(hand.voicings, rows)
    if hand.tick_s is not None:
        before = hand.first_s - handover_s
        ticks = np.round((rows[:, :2] - before) / hand.tick_s)
        ticks[:, 1] = np.maximum(ticks[:, 1], ticks[:, 0] + 1)
        rows[:, :2] = ticks * hand.tick_s + before
    kept = rows[rows[:, 0] > -EXACT_S]
    kept[:, 0] = np.maximum(kept[:, 0], 0.0)
    return kept


def _loudness(hand: Hand, levels: FloatArray, places: FloatArray, rows: FloatArray) -> FloatArray:
    """Return the phrase's own levels: by the place in the bar, else the one nearest to a chord."""
    chord = chord_of(rows[:, 0])
    if hand.accents is not None:
        loud = accented(hand.accents, hand.period, places)
        return (
            loud
            if hand.under is None
            else np.where(under_tune(chord, rows[:, 2]), hand.under, loud)
        )
    return nearest_levels(levels, rows[:, 3], chord if hand.struck_alike else np.arange(len(rows)))
