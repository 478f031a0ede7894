"""The hand in lengths: the note lengths that a phrase has, and the breath before the next note."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from skills.music.generator.hand_chords import EXACT_S, SHORTEST_S

FloatArray = npt.NDArray[np.float64]

SAME_LENGTH_S = 0.0025
"""Note lengths within this of each other are one."""
ON_LENGTHS = 0.75
"""Share of the phrase's notes whose lengths must be exact for the hand to count as exact."""
FEWEST_NOTES = 6
LARGEST_BREATH_S = 0.06
"""A note may end this much before the grid point (a player of scores puts a breath there)."""
LEGATO = 0.12
"""An end within this share of the note's length from the next onset is meant to meet it."""


def lengths_of(
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


def usual_ends(
    lengths_s: FloatArray,
    breath_s: float | None,
    grid_s: float,
    starts: FloatArray,
    ends: FloatArray,
) -> FloatArray:
    """Return ends that the phrase's articulation would have.

    lengths_s: the lengths that the phrase has, s; breath_s: its breath before grid points, s.
    """
    lengths = ends - starts
    choices: list[FloatArray] = [lengths_s]
    if breath_s is not None:
        steps = np.arange(1, max(int(lengths.max() / grid_s) + 2, 2))
        on_grid = np.asarray(steps * grid_s - breath_s, dtype=np.float64)
        choices.append(on_grid[on_grid > SHORTEST_S])
    table = np.concatenate(choices)
    off = np.abs(np.log(np.maximum(lengths, SHORTEST_S))[:, None] - np.log(table)[None])
    off[:, : len(lengths_s)] -= 0.05  # what the phrase has is likelier than what it could have
    chosen = table[off.argmin(axis=1)]
    following: FloatArray = np.full(len(starts), np.inf)
    following[:-1] = starts[1:]
    for i in np.flatnonzero(following - starts < EXACT_S)[::-1]:
        following[i] = following[i + 1]
    meant = np.abs(following - ends) < LEGATO * lengths
    if breath_s is not None:
        chosen = np.where(meant, following - starts - breath_s, chosen)
    held: FloatArray = starts + np.maximum(chosen, SHORTEST_S)
    return held
