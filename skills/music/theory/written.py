"""Is the metre that a phrase's file writes down the one that its notes are played in?"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from skills.music.notes import Metre

FloatArray = npt.NDArray[np.float64]

DIVISIONS: Final = {2: (2, 3, 4), 3: (3, 6)}
"""Parts of a beat on which onsets may lie, by the quavers that a beat holds."""
ON_GRID = 0.7
"""Mean cosine of the onsets on the finest fitting division: 0.7 is an eighth of a division off.
By judgement: files that a program wrote reach 0.95, notes played freely stay below 0.4."""


def is_kept(metre: Metre, times: FloatArray, weights: FloatArray) -> bool:
    """Tell whether moments (n,) at ``times`` seconds, ``weights`` each, lie on the metre's beats.

    Time 0 is the first beat. Few moments fit any grid: callers ask for some before.
    """
    share = weights / weights.sum()
    parts = np.array(DIVISIONS[metre.beats_hold])
    turns = 2 * np.pi * np.multiply.outer(parts, times) / metre.beat_s  # (parts, moments)
    return bool((np.cos(turns) @ share).max() >= ON_GRID)
