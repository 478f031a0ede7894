"""Overlap area: how alike the distances within real music and from answers to it are spread.

After Yang and Lerch, "On the evaluation of generative models in music" (2020): nine features, for
each the distances among the true continuations against those from answers to truths, as kernel
densities whose common area is taken; 1 = the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
"""Where the densities are compared."""
FINER: Final = 8
"""Cells between two points: distances are counted in them before they are smoothed."""
NARROWEST: Final = 0.5
"""Cells: no kernel is narrower."""
JITTER: Final = 1e-6
"""Equal distances are spread so much, or they would have no density."""
RESAMPLINGS: Final = 40


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


@dataclass(frozen=True, slots=True)
class _Spread:
    """Distances of rows, counted on one grid: rows can be resampled without counting again."""

    counts: FloatArray
    """(rows, POINTS * FINER)."""
    moments: FloatArray
    """(rows, 3): how many distances, their sum and the sum of their squares."""

    @staticmethod
    def of(distances: FloatArray, low: float, step: float) -> _Spread:
        """Count distances (rows, n); low and step are the grid's."""
        rows, cells = len(distances), POINTS * FINER
        place = np.clip(((distances - low) / step + 0.5).astype(np.int64), 0, cells - 1)
        place += np.arange(rows)[:, None] * cells
        counts = np.bincount(place.ravel(), minlength=rows * cells).reshape(rows, cells)
        ones = np.full(rows, distances.shape[1])
        moments = np.stack([ones, distances.sum(1), (distances**2).sum(1)], axis=1)
        return _Spread(counts.astype(np.float32), moments.astype(np.float64))

    def density(self, weights: FloatArray, step: float) -> FloatArray:
        """Return the kernel density (POINTS,) of rows that count ``weights`` (rows,) times.

        The kernel is a Gaussian of Scott's width, as in scipy's gaussian_kde.
        """
        number, total, squares = weights @ self.moments
        variance = max(float(squares - total**2 / number), 0.0) / max(float(number) - 1, 1.0)
        width = np.sqrt(variance) * number ** (-1 / 5)
        counted = np.asarray(weights @ self.counts, dtype=np.float64) / (number * step)
        return _smoothed(counted, max(float(width / step), NARROWEST))[::FINER]


def _smoothed(values: FloatArray, cells: float) -> FloatArray:
    """Return values (n,) under a Gaussian of so many cells, nothing beyond either end."""
    size = 2 * len(values)
    waves = np.fft.rfftfreq(size)
    spectrum = np.fft.rfft(values, size) * np.exp(-2 * (np.pi * cells * waves) ** 2)
    return np.asarray(np.fft.irfft(spectrum, size)[: len(values)])


def _grid(distances: Sequence[FloatArray]) -> tuple[float, float]:
    """Return where a grid over all distances begins, and the width of its cells."""
    low = min(float(d.min()) for d in distances)
    width = max(max(float(d.max()) for d in distances) - low, 1e-9)
    return low - 0.2 * width, 1.4 * width / ((POINTS - 1) * FINER)


class _Feature:
    """One feature of all answers and truths."""

    def __init__(self, drawn: FloatArray, real: FloatArray, chance: np.random.Generator) -> None:
        inside = _distances(real, real)[~np.eye(len(real), dtype=bool)].reshape(len(real), -1)
        inside = inside + JITTER * chance.standard_normal(inside.shape)
        between = _distances(drawn, real)
        between = between + JITTER * chance.standard_normal(between.shape)
        low, self.step = _grid([inside, between])
        within = _Spread.of(inside, low, self.step)
        self.within = within.density(np.ones(len(real)), self.step)
        self.between = _Spread.of(between, low, self.step)

    def common_area(self, weights: FloatArray) -> float:
        """Return the area under both densities, each answer counted ``weights`` times."""
        common = np.minimum(self.within, self.between.density(weights, self.step))
        return float(np.trapezoid(common, dx=self.step * FINER))


def overlap_area(
    answers: Sequence[FloatArray], truths: Sequence[FloatArray], seed: int = 0
) -> Figure:
    """Return the mean overlap of the nine features, with an interval over resampled answers.

    Answers that are drawn twice make every resampling overlap a little less: the interval is moved
    by the mean of that.
    """
    chance = np.random.default_rng(seed)
    drawn = [nine_features(notes) for notes in answers]
    real = [nine_features(notes) for notes in truths]
    count = len(drawn)
    weights = [np.ones(count)]
    for _ in range(RESAMPLINGS):
        chosen = chance.integers(count, size=count)
        weights.append(np.bincount(chosen, minlength=count).astype(np.float64))
    areas = np.zeros((9, len(weights)))
    for k in range(9):
        ours, theirs = (np.stack([row[k] for row in rows]) for rows in (drawn, real))
        feature = _Feature(ours, theirs, chance)
        areas[k] = [feature.common_area(w) for w in weights]
    value, *again = areas.mean(axis=0).tolist()
    low, high = np.quantile(again, (0.025, 0.975)) + (value - float(np.mean(again)))
    return Figure(value, float(low), float(high))
