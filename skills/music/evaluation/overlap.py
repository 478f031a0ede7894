"""Overlap area: how alike the distances within real music and from answers to it are spread.

After Yang and Lerch, "On the evaluation of generative models in music" (2020): nine features, for
each the distances among the true continuations against those from answers to truths, as kernel
densities whose common area is taken; 1 = the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from skills.music.evaluation.cases import Figure

FloatArray = npt.NDArray[np.float64]

BEAT_S: Final = 0.5
"""A beat of 120 a minute: note lengths are sorted into classes against it."""
LENGTH_CLASSES: Final = np.array([4, 2, 1, 0.5, 0.25, 3, 1.5, 0.75, 0.375, 4 / 3, 2 / 3, 1 / 3])
"""Beats: plain, dotted and triplet values."""
POINTS: Final = 1000
RESAMPLINGS: Final = 8


def nine_features(notes: FloatArray) -> list[FloatArray]:
    """Return the nine features of at least one note: counts, histograms, transitions, ranges."""
    pitch = notes[:, 2].astype(np.int64)
    beats = (notes[:, 1] - notes[:, 0]) / BEAT_S
    classes = np.bincount(pitch % 12, weights=beats, minlength=12)
    lengths = np.abs(beats[:, None] - LENGTH_CLASSES[None]).argmin(axis=1)
    many = len(notes) > 1
    return [
        np.array([len(set(pitch.tolist()))], float),
        classes / max(float(classes.sum()), 1e-9),
        _transitions(pitch % 12),
        np.array([pitch.max() - pitch.min()], float),
        np.array([np.abs(np.diff(pitch)).mean() if many else 0.0]),
        np.array([len(notes)], float),
        np.array([np.diff(notes[:, 0]).mean() if many else 5.0]),
        np.bincount(lengths, minlength=12) / len(lengths),
        _transitions(lengths),
    ]


def _transitions(states: npt.NDArray[np.int64]) -> FloatArray:
    table = np.zeros((12, 12))
    np.add.at(table, (states[:-1], states[1:]), 1.0)
    return table.ravel()


def _distances(one: FloatArray, other: FloatArray) -> FloatArray:
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1)[None] - 2 * one @ other.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def _common_area(within: FloatArray, between: FloatArray) -> float:
    from scipy.stats import gaussian_kde

    low, high = min(within.min(), between.min()), max(within.max(), between.max())
    width = max(float(high - low), 1e-9)
    grid = np.linspace(low - 0.2 * width, high + 0.2 * width, POINTS)
    common = np.minimum(gaussian_kde(within)(grid), gaussian_kde(between)(grid))
    return float(np.trapezoid(common, grid))


MOST_DISTANCES: Final = 20_000
"""Densities are estimated from at most so many distances, drawn by seed."""


def overlap_area(
    answers: Sequence[FloatArray], truths: Sequence[FloatArray], seed: int = 0
) -> Figure:
    """Return the mean overlap of the nine features, with an interval over resampled answers."""
    chance = np.random.default_rng(seed)
    drawn = [nine_features(notes) for notes in answers]
    real = [nine_features(notes) for notes in truths]
    within, between = [], []
    for k in range(9):
        a, b = np.stack([row[k] for row in drawn]), np.stack([row[k] for row in real])
        inside = _distances(b, b)[~np.eye(len(b), dtype=bool)]
        within.append(inside + 1e-6 * chance.standard_normal(inside.shape))
        between.append(_distances(a, b) + 1e-6 * chance.standard_normal((len(a), len(b))))

    def area(rows: npt.NDArray[np.int64]) -> float:
        areas = [
            _common_area(_some(w, chance), _some(b[rows].ravel(), chance))
            for w, b in zip(within, between, strict=True)
        ]
        return float(np.mean(areas))

    value = area(np.arange(len(drawn)))
    again = [area(chance.integers(len(drawn), size=len(drawn))) for _ in range(RESAMPLINGS)]
    low, high = np.quantile(again, (0.025, 0.975))
    return Figure(value, float(low), float(high))


def _some(values: FloatArray, chance: np.random.Generator) -> FloatArray:
    if len(values) <= MOST_DISTANCES:
        return values
    return values[chance.choice(len(values), MOST_DISTANCES, replace=False)]
