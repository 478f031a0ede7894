"""The hand in chords: whether their notes are struck alike and released together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

EXACT_S = 0.004
"""Onsets this near to each other, or to a grid point, are one with it."""
SHORTEST_S = 0.02
ON_CHORDS = 0.9
"""Share of a phrase's chords that must be alike for the hand to count as exact in them."""
FEWEST_CHORD_PAIRS = 4
SAME_RELEASE = 0.25
"""Lengths of notes of one chord whose logarithms differ by less are meant to be the same."""


def chord_habits(notes: FloatArray) -> tuple[bool, bool]:
    """Tell whether notes of one chord are equally loud, and whether they end together."""
    rows = notes[np.argsort(notes[:, 0], kind="stable")]
    with_next = np.diff(rows[:, 0]) < EXACT_S
    if np.count_nonzero(with_next) < FEWEST_CHORD_PAIRS:
        return False, False
    alike = (np.diff(rows[:, 3])[with_next] == 0.0).mean()
    lengths = np.log(np.maximum(rows[:, 1] - rows[:, 0], SHORTEST_S))
    near = with_next & (np.abs(np.diff(lengths)) < SAME_RELEASE)
    together = (np.abs(np.diff(rows[:, 1]))[near] < EXACT_S).mean() if near.any() else 0.0
    return bool(alike >= ON_CHORDS), bool(together >= ON_CHORDS)


def chord_of(starts: FloatArray) -> npt.NDArray[np.int64]:
    """Return the number (n,) of each note's chord."""
    return np.cumsum(np.append(False, np.diff(starts) > EXACT_S))


def released_together(rows: FloatArray) -> FloatArray:
    """Return ends (n,) at which notes of one chord that are about as long end together."""
    ends: FloatArray = rows[:, 1].copy()
    chord = chord_of(rows[:, 0])
    lengths = np.log(np.maximum(ends - rows[:, 0], SHORTEST_S))
    for number in np.flatnonzero(np.bincount(chord) > 1):
        mine = np.flatnonzero(chord == number)
        mine = mine[np.argsort(lengths[mine], kind="stable")]
        breaks = np.flatnonzero(np.diff(lengths[mine]) > SAME_RELEASE / 2) + 1
        for same in np.split(mine, breaks):
            ends[same] = np.median(ends[same])
    return ends
