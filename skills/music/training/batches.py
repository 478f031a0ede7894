"""Training windows: cut, transposed, stretched and masked at random, by a seeded generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from skills.music.generator.codec import FIELDS, UNKNOWN_VELOCITY, encode
from skills.music.generator.features import FEATURES
from skills.music.generator.model import STYLES
from skills.music.generator.pulse import Pulse
from skills.music.training.beats import extended, swung
from skills.music.training.corpora import CORPORA
from skills.music.training.prepare import EVERY_S, MusicSet
from skills.music.training.scale import Scale

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
LOUDNESS_UNKNOWN = 0.1
PEDALLED = 0.3
"""Share of windows whose notes sound as long as the pedal lets them, as phrases that are read."""
SCORE_VELOCITIES = (40.0, 116.0)
"""A score's mean velocity is a converter's choice: any may come."""
BEAT_UNKNOWN, BEAT_FROM_START, BAR_KNOWN = 0.33, 0.33, 0.5
"""The rest of the windows come to know the beat on the way, as an answer does at the hand-over."""
DOUBLED, HALVED = 0.15, 0.15
"""Share of windows whose beat is told at the next level, as a pulse found by ear may be."""
PHASE_NOISE = 0.03
"""Standard deviation of the told phase, beats."""
STEADY = 0.5
"""Share of windows told a steady pulse fitted to the onsets so far, not where each beat is."""
SWING = (1.2, 2.0)
"""The first half of a swung beat is drawn to last so many times the second."""
BEAT_RANGE_S = (0.26, 1.5)
"""230 to 40 beats a minute: what a listener calls the beat."""
_LOG_DURATION, _PITCH = FEATURES.index("log_duration"), FEATURES.index("pitch_mean")
_VELOCITY = FEATURES.index("velocity_mean")
_RATES = [FEATURES.index("onset_rate"), FEATURES.index("note_rate")]


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
    pulse: Pulse

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
                share = corpus.taught if split == "train" else corpus.share
                weight[own] = share * sizes[own] / sizes[own].sum()
        self.weight = weight / weight.sum()

    def batch(self, size: int, varied: bool = True) -> Batch:
        """Draw a batch; ``varied`` transposes, stretches and masks as in training."""
        return stacked(self.rows(size, varied))

    def rows(self, size: int, varied: bool = True) -> list[tuple[Array, ...]]:
        """Draw windows to be stacked."""
        chosen = self.rng.choice(self.songs, size=size, p=self.weight)
        return [self._window(int(song), varied) for song in chosen]

    def _window(self, song: int, varied: bool) -> tuple[Array, ...]:
        notes = self.music.song(song).astype(np.float64)
        corpus = CORPORA[int(self.music.corpus[song])]
        start = int(self.rng.integers(0, max(1, len(notes) - self.events // 2)))
        pedal = varied and self.rng.random() < PEDALLED
        cut = notes[start : start + self.events + 1, [0, 4 if pedal else 1, 2, 3]]
        ahead = self.music.windows_of(song, pedal)
        row = np.minimum((cut[1:, 0] / EVERY_S).astype(np.int64), len(ahead) - 1)
        measured = ahead[row].astype(np.float64)
        beats = self.music.beats_of(song).astype(np.float64)
        velocity_known = True
        if varied and self.rng.random() < corpus.swung:
            cut[:, :2] = swung(cut[:, :2], beats, float(self.rng.uniform(*SWING)))
        if varied:
            stretch = self._vary(cut, measured, corpus.velocity_known)
            beats[:, 0] *= np.exp(stretch)
            velocity_known = bool(self.rng.random() > LOUDNESS_UNKNOWN)
        encoded = encode(cut, velocity_known)
        tokens = np.zeros((self.events, len(FIELDS)), dtype=np.int64)
        targets = np.full((self.events, len(FIELDS)), IGNORED, dtype=np.int64)
        count = len(cut) - 1
        tokens[:count], targets[:count] = encoded.tokens[:-1], encoded.tokens[1:]
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
        style = np.full(self.events, named, dtype=np.int64)
        told_pulse = self._pulse(beats, encoded.onsets_s[:-1], varied)
        return tokens, targets, features, known, style, *told_pulse

    def _pulse(self, beats: Array, onsets_s: Array, varied: bool) -> tuple[Array, ...]:
        """Return the fields of a Pulse for one window: (T,) four times, () twice."""
        rows = {name: np.zeros(self.events, dtype=np.float32) for name in ("b", "r", "bk", "rk")}
        beat_s = bar_s = 1.0
        count = len(onsets_s)
        since = self._known_since(count, varied)
        if len(beats) > 1 and count > 1 and since < count:
            place = extended(onsets_s, beats[:, 0], np.arange(len(beats), dtype=np.float64))
            bars = extended(onsets_s, beats[:, 0], beats[:, 1])
            a_bar = max(float(place[-1] - place[0]), 0.1) / max(float(bars[-1] - bars[0]), 0.02)
            if varied:
                place, bars = self._as_found(place, bars, onsets_s, since)
            beat_s = max(float(onsets_s[-1] - onsets_s[0]), 0.1) / max(place[-1] - place[0], 0.02)
            bar_s = beat_s * a_bar
            if varied:
                place, beat_s = self._level(place, beat_s)
            rows["b"][:count], rows["r"][:count] = place % 64, bars % 64
            rows["bk"][since:count] = 1.0
            if not varied or self.rng.random() < BAR_KNOWN:
                rows["rk"][since:count] = 1.0
        lengths = np.clip([beat_s, bar_s], 0.1, 20.0).astype(np.float32)
        return rows["b"], rows["r"], lengths[0], lengths[1], rows["bk"], rows["rk"]

    def _known_since(self, count: int, varied: bool) -> int:
        """Return the event from which on the beat is told; count = never."""
        if not varied:
            return count // 2
        chance = self.rng.random()
        if chance < BEAT_UNKNOWN:
            return count
        if chance < BEAT_UNKNOWN + BEAT_FROM_START or count < 24:
            return 0
        return int(self.rng.integers(8, count - 8))

    def _as_found(
        self, place: Array, bars: Array, onsets_s: Array, since: int
    ) -> tuple[Array, Array]:
        """Return places as a listener would tell them: a little off, or steady from the past."""
        off = self.rng.normal(0.0, PHASE_NOISE)
        if since >= 16 and self.rng.random() < STEADY:
            past = slice(max(0, since - 60), since)
            slope, start = np.polyfit(onsets_s[past], place[past], 1)
            if slope > 0.3:
                steady = start + slope * onsets_s
                a_beat = (bars[-1] - bars[0]) / max(float(place[-1] - place[0]), 0.1)
                bars, place = bars + (steady - place) * a_beat, steady
        return place + off, bars

    def _level(self, place: Array, beat_s: float) -> tuple[Array, float]:
        """Return the beat at the level it is told at: as written, twice or half as fast."""
        chance = self.rng.random()
        low, high = BEAT_RANGE_S
        if (chance < DOUBLED and beat_s / 2 >= low) or beat_s > high:
            return place * 2, beat_s / 2
        if (chance > 1 - HALVED and beat_s * 2 <= high) or beat_s < low:
            return (place + self.rng.integers(2)) / 2, beat_s * 2
        return place, beat_s

    def _told(self) -> npt.NDArray[np.bool_]:
        if self.rng.random() < UNCONDITIONED:
            return np.zeros(len(FEATURES), dtype=bool)
        share = self.rng.choice([0.3, 0.6, 1.0])
        told: npt.NDArray[np.bool_] = self.rng.random(len(FEATURES)) < share
        return told

    def _vary(self, cut: Array, measured: Array, played: bool) -> float:
        """Transpose, stretch and make louder in place; returns the stretch's logarithm."""
        low = max(-LARGEST_TRANSPOSITION, LOWEST_PITCH - int(cut[:, 2].min()))
        high = min(LARGEST_TRANSPOSITION, HIGHEST_PITCH - int(cut[:, 2].max()))
        shift = int(self.rng.integers(low, high + 1)) if low <= high else 0
        stretch = float(self.rng.uniform(-LARGEST_STRETCH, LARGEST_STRETCH))
        louder = int(self.rng.integers(-LARGEST_VELOCITY_SHIFT, LARGEST_VELOCITY_SHIFT + 1))
        if not played:
            louder = int(self.rng.uniform(*SCORE_VELOCITIES) - cut[:, 3].mean())
        cut[:, :2] *= np.exp(stretch)
        cut[:, 2] += shift
        cut[:, 3] = np.clip(cut[:, 3] + louder, 1, 127)
        measured[:, _RATES] *= np.exp(-stretch)
        measured[:, _LOG_DURATION] += stretch
        measured[:, _PITCH] += shift
        measured[:, _VELOCITY] += louder
        return stretch


def stacked(rows: Sequence[tuple[Array, ...]]) -> Batch:
    """Return windows as a batch."""
    columns = [np.stack(column) for column in zip(*rows, strict=True)]
    tokens, targets, features, known, style, *pulse = (torch.from_numpy(c) for c in columns)
    return Batch(tokens, targets, features, known, style, Pulse(*pulse))
