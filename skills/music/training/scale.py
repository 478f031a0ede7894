"""The scale of the conditions: features are told in standard deviations of the training music."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from skills.music.generator.features import FEATURES
from skills.music.training.corpora import CORPORA
from skills.music.training.prepare import MusicSet

Array = npt.NDArray[Any]

_LOUDNESS = [FEATURES.index("velocity_mean"), FEATURES.index("velocity_spread")]


@dataclass(frozen=True, slots=True)
class Scale:
    """Mean and standard deviation of each feature over the training windows, shape (features,)."""

    mean: Array
    deviation: Array

    @staticmethod
    def of(music: MusicSet) -> Scale:
        """Measure the training songs; corpora count by their share."""
        train = music.songs_of("train")
        means, squares, shares = [], [], []
        for index, corpus in enumerate(CORPORA):
            rows = [music.windows_of(song) for song in train[music.corpus[train] == index]]
            if not rows:
                continue
            windows = np.concatenate(rows).astype(np.float64)
            measured = np.asarray(~np.isnan(windows).all(axis=0))
            if not corpus.velocity_known:  # scores say nothing about how loud people play
                measured[_LOUDNESS] = False
            filled = np.where(measured, windows, 0.0)
            means.append(np.nanmean(filled, axis=0))
            squares.append(np.nanmean(filled**2, axis=0))
            shares.append(corpus.share * measured)
        weight = np.array(shares) / np.sum(shares, axis=0)
        mean = (weight * np.array(means)).sum(axis=0)
        variance = (weight * np.array(squares)).sum(axis=0) - mean**2
        deviation = np.sqrt(np.maximum(variance, 1e-6))  # a feature that never varies
        return Scale(mean.astype(np.float32), deviation.astype(np.float32))
