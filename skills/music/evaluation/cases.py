"""What is judged: a phrase, an answer to it, and what really came next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One answer; notes are rows (start_s, end_s, pitch, velocity)."""

    name: str
    """Of the phrase: answers to one phrase share it."""
    phrase: FloatArray
    answer: FloatArray
    """Time 0 is the hand-over."""
    truth: FloatArray
    """What really came next."""
    seconds: float
    """Length that was asked for."""
    mood: str | None = None
    corpus: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with the interval in which it lies in 95 of 100 resamplings of the phrases."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


RESAMPLINGS = 1000


def _mean(values: FloatArray, axis: int) -> FloatArray:
    return np.asarray(values.mean(axis=axis))


def _median(values: FloatArray, axis: int) -> FloatArray:
    return np.asarray(np.median(values, axis=axis))


def _p95(values: FloatArray, axis: int) -> FloatArray:
    return np.asarray(np.quantile(values, 0.95, axis=axis))


STATISTICS = {"mean": _mean, "median": _median, "p95": _p95}


def interval(values: FloatArray, statistic: str = "mean", seed: int = 0) -> Figure:
    """Return a mean, median or 95th percentile with its bootstrap interval; NaN of no values."""
    measure = STATISTICS[statistic]
    if not len(values):
        return Figure(float("nan"), float("nan"), float("nan"))
    chance = np.random.default_rng(seed)
    drawn = values[chance.integers(len(values), size=(RESAMPLINGS, len(values)))]
    low, high = np.quantile(measure(drawn, 1), (0.025, 0.975))
    return Figure(float(measure(values, 0)), float(low), float(high))
