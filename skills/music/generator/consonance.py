"""How much of what sounds together rubs: dark moods may, bright ones may not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

TOGETHER_S = 0.05
"""Two notes are heard together from this much of common time on."""
RUBS = np.isin(np.arange(12), (1, 2, 6, 10, 11))
"""Semitones, octaves apart or not: seconds, sevenths and the tritone."""
FEWEST_PAIRS = 3


def harshness(notes: FloatArray) -> float | None:
    """Return the share of pairs sounding together that rub; None where too little sounds together.

    notes: rows (start_s, end_s, pitch, velocity) in order of onset. Octaves and unisons are no
    pairs of their own.
    """
    start, end, pitch = notes[:, 0], notes[:, 1], notes[:, 2].astype(np.int64)
    common = np.minimum(end[:, None], end) - np.maximum(start[:, None], start)
    one, other = np.nonzero(np.triu(common > TOGETHER_S, 1))
    if len(one) < FEWEST_PAIRS:
        return None
    return float(RUBS[np.abs(pitch[one] - pitch[other]) % 12].mean())
