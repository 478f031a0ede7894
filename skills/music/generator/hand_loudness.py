"""The hand in loudness: few levels, the bar that they follow, and one of the notes under a tune."""

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
FEWEST_UNDER = 6
"""Notes under the tune from which on their level is known."""


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


def under_tune(chord: IntArray, pitch: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell which notes (n,) have a higher one in their chord; chord: (n,) its number, from 0 on."""
    highest = np.full(int(chord.max()) + 1, -np.inf)
    np.maximum.at(highest, chord, pitch)
    under: npt.NDArray[np.bool_] = pitch < highest[chord]
    return under


def level_under(velocity: FloatArray, under: npt.NDArray[np.bool_]) -> float | None:
    """Return the one level of the notes under the tune; None where they have several."""
    if np.count_nonzero(under) < FEWEST_UNDER:
        return None
    level, count = Counter(velocity[under].tolist()).most_common(1)[0]
    return float(level) if count >= ON_ACCENTS * np.count_nonzero(under) else None


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
