"""Training windows: cut, transposed, stretched and masked at random, by a seeded generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from skills.music.generator.codec import FIELDS, UNKNOWN_VELOCITY, encode
from skills.music.generator.features import FEATURES
from skills.music.generator.model import STYLES
from skills.music.training.corpora import CORPORA
from skills.music.training.prepare import EVERY_S, MusicSet

Array = npt.NDArray[Any]

IGNORED = -100
"""Target of what is padded or not known."""
LARGEST_TRANSPOSITION = 6
LARGEST_STRETCH = 0.20
"""Natural logarithm of the tempo change."""
LARGEST_VELOCITY_SHIFT = 16
LOWEST_PITCH, HIGHEST_PITCH = 21, 108
UNCONDITIONED = 0.2
"""Share of windows in which nothing is said about the music: "unspecified"."""
STYLE_UNSAID = 0.4
_LOG_DURATION, _PITCH = FEATURES.index("log_duration"), FEATURES.index("pitch_mean")
_VELOCITY = FEATURES.index("velocity_mean")
_RATES = [FEATURES.index("onset_rate"), FEATURES.index("note_rate")]


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
            measured = ~np.isnan(windows).all(axis=0)  # scores say nothing about loudness
            filled = np.where(measured, windows, 0.0)
            means.append(np.nanmean(filled, axis=0))
            squares.append(np.nanmean(filled**2, axis=0))
            shares.append(corpus.share * measured)
        weight = np.array(shares) / np.sum(shares, axis=0)
        mean = (weight * np.array(means)).sum(axis=0)
        variance = (weight * np.array(squares)).sum(axis=0) - mean**2
        deviation = np.sqrt(np.maximum(variance, 1e-6))  # a feature that never varies
        return Scale(mean.astype(np.float32), deviation.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Batch:
    """B windows of T events."""

    tokens: Tensor
    """(B, T, 4)."""
    targets: Tensor
    """(B, T, 4): one event later; IGNORED where nothing is to be learned."""
    features: Tensor
    """(B, T, F): z-scored features of the music ahead of each target."""
    known: Tensor
    """(B, T, F): 1 where the feature is told to the network."""
    style: Tensor
    """(B, T): index into STYLES."""

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))


class Windows:
    """Draws batches from a split."""

    def __init__(
        self, music: MusicSet, split: str, scale: Scale, events: int, rng: np.random.Generator
    ) -> None:
        self.music, self.scale, self.events, self.rng = music, scale, events, rng
        self.songs = music.songs_of(split)
        sizes = (music.note_starts[self.songs + 1] - music.note_starts[self.songs]).astype(float)
        weight = np.zeros(len(self.songs))
        for index, corpus in enumerate(CORPORA):
            own = music.corpus[self.songs] == index
            if own.any():
                weight[own] = corpus.share * sizes[own] / sizes[own].sum()
        self.weight = weight / weight.sum()

    def batch(self, size: int, varied: bool = True) -> Batch:
        """Draw a batch; ``varied`` transposes, stretches and masks as in training."""
        chosen = self.rng.choice(self.songs, size=size, p=self.weight)
        rows = [self._window(int(song), varied) for song in chosen]
        columns = [np.stack(column) for column in zip(*rows, strict=True)]
        tokens, targets, features, known, style = (torch.from_numpy(c) for c in columns)
        return Batch(tokens, targets, features, known, style)

    def _window(self, song: int, varied: bool) -> tuple[Array, ...]:
        notes = self.music.song(song).astype(np.float64)
        corpus = CORPORA[int(self.music.corpus[song])]
        start = int(self.rng.integers(0, max(1, len(notes) - self.events // 2)))
        cut = notes[start : start + self.events + 1].copy()
        ahead = self.music.windows_of(song)
        row = np.minimum((cut[1:, 0] / EVERY_S).astype(np.int64), len(ahead) - 1)
        measured = ahead[row].astype(np.float64)
        velocity_known = corpus.velocity_known
        if varied:
            self._vary(cut, measured)
            velocity_known = velocity_known and self.rng.random() > 0.1
        encoded = encode(cut, velocity_known).tokens
        tokens = np.zeros((self.events, len(FIELDS)), dtype=np.int64)
        targets = np.full((self.events, len(FIELDS)), IGNORED, dtype=np.int64)
        count = len(cut) - 1
        tokens[:count], targets[:count] = encoded[:-1], encoded[1:]
        targets[targets[:, 3] == UNKNOWN_VELOCITY, 3] = IGNORED
        z = (measured - self.scale.mean) / self.scale.deviation
        features = np.zeros((self.events, len(FEATURES)), dtype=np.float32)
        known = np.zeros_like(features)
        told = ~np.isnan(z) & (self._told() if varied else np.ones(len(FEATURES), dtype=bool))
        features[:count] = np.clip(np.nan_to_num(z), -4, 4)
        known[:count] = told
        named = STYLES.index(corpus.style)
        if varied and self.rng.random() < STYLE_UNSAID:
            named = 0
        return tokens, targets, features, known, np.full(self.events, named, dtype=np.int64)

    def _told(self) -> npt.NDArray[np.bool_]:
        if self.rng.random() < UNCONDITIONED:
            return np.zeros(len(FEATURES), dtype=bool)
        share = self.rng.choice([0.3, 0.6, 1.0])
        told: npt.NDArray[np.bool_] = self.rng.random(len(FEATURES)) < share
        return told

    def _vary(self, cut: Array, measured: Array) -> None:
        low = max(-LARGEST_TRANSPOSITION, LOWEST_PITCH - int(cut[:, 2].min()))
        high = min(LARGEST_TRANSPOSITION, HIGHEST_PITCH - int(cut[:, 2].max()))
        shift = int(self.rng.integers(low, high + 1)) if low <= high else 0
        stretch = float(self.rng.uniform(-LARGEST_STRETCH, LARGEST_STRETCH))
        louder = int(self.rng.integers(-LARGEST_VELOCITY_SHIFT, LARGEST_VELOCITY_SHIFT + 1))
        cut[:, :2] *= np.exp(stretch)
        cut[:, 2] += shift
        cut[:, 3] = np.clip(cut[:, 3] + louder, 1, 127)
        measured[:, _RATES] *= np.exp(-stretch)
        measured[:, _LOG_DURATION] += stretch
        measured[:, _PITCH] += shift
        measured[:, _VELOCITY] += louder
