"""Other vocal tracts, made of finished features.

MFCC with as many coefficients as mel bands can be turned back into the bands, whose frequencies are
then stretched (vocal tract length perturbation, Jaitly and Hinton 2013).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from speech.features import COEFFICIENTS, HIGHEST_HZ, LOWEST_HZ

LIFTER = 22.0
"""Kaldi's cepstral lifter."""
STRETCHES = np.linspace(0.84, 1.19, 29)
"""Of the frequencies: from small heads to large ones."""

Matrix = npt.NDArray[np.float32]


def _mel(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(1127 * np.log1p(hertz / 700))


def cepstrum() -> npt.NDArray[np.float64]:
    """From log energies of the bands to Kaldi's MFCC, (COEFFICIENTS, COEFFICIENTS)."""
    rank = np.arange(COEFFICIENTS)
    cosines = np.cos(np.pi / COEFFICIENTS * np.outer(rank, rank + 0.5)) * np.sqrt(2 / COEFFICIENTS)
    cosines[0] = np.sqrt(1 / COEFFICIENTS)
    lift = 1 + LIFTER / 2 * np.sin(np.pi * rank / LIFTER)
    return np.asarray(lift[:, None] * cosines)


def band_warp(stretch: float) -> npt.NDArray[np.float64]:
    """Log energies of the bands when every frequency is multiplied by `stretch`; edges are held."""
    low, high = _mel(np.array([LOWEST_HZ, HIGHEST_HZ], float))
    centres = low + (high - low) * (np.arange(COEFFICIENTS) + 1) / (COEFFICIENTS + 1)
    hertz = 700 * np.expm1(centres / 1127)
    place = (_mel(hertz / stretch) - low) / (high - low) * (COEFFICIENTS + 1) - 1
    place = np.clip(place, 0, COEFFICIENTS - 1)
    below = np.minimum(place.astype(int), COEFFICIENTS - 2)
    warp = np.zeros((COEFFICIENTS, COEFFICIENTS))
    rows = np.arange(COEFFICIENTS)
    warp[rows, below] = 1 - (place - below)
    warp[rows, below + 1] = place - below
    return warp


def warps() -> Matrix:
    """For every stretch the matrix for rows of MFCC: (stretches, COEFFICIENTS, COEFFICIENTS)."""
    to = cepstrum()
    back = np.linalg.inv(to)
    return np.stack([(to @ band_warp(s) @ back).T for s in STRETCHES]).astype(np.float32)
