"""The hand in loudness: a phrase's few levels, and the bar that they follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ON_LEVELS, ON_ACCENTS = 0.98, 0.95
"""Share of the phrase's notes that must be exact for its levels, its accents to count."""
MOST_LEVELS = 6


def levels_of(velocity: FloatArray) -> FloatArray | None:
    """Return the levels of loudness, None when there are many, as in a person's playing."""
    counts = Counter(velocity.tolist()).most_common(MOST_LEVELS)
    if sum(count for _, count in counts) < ON_LEVELS * len(velocity):
        return None
    if len(counts) > 2 and len(velocity) < 4 * len(counts):
        return None
    return np.array(sorted(level for level, _ in counts))


def accents_of(
    places: IntArray, velocity: FloatArray, grid_s: float
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


def nearest_levels(levels: FloatArray, velocity: FloatArray, chord: IntArray) -> FloatArray:
    """Return the level (n,) nearest to the mean velocity of each note's chord.

    chord: (n,) number of each note's chord, from 0 on.
    """
    mean = np.bincount(chord, velocity) / np.bincount(chord)
    nearest: FloatArray = levels[np.abs(mean[:, None] - levels[None]).argmin(axis=1)]
    return nearest[chord]


def accented(accents: Mapping[int, float], period: int, places: FloatArray) -> FloatArray:
    """Return the level (n,) of each place in grid points; parts of the grid are weak."""
    weak = min(accents.values())
    return np.array(
        [
            accents.get(int(p) % period, weak) if float(p).is_integer() else weak
            for p in places.tolist()
        ]
    )
