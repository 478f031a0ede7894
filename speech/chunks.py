"""Training chunks: stretches of 50 output frames with the context that the network needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speech.network import FUTURE, PAST, SUBSAMPLING
from speech.warping import warps

CHUNK = 50
"""Output frames of a chunk: 1.5 s."""
WIDTH = SUBSAMPLING * (CHUNK - 1) + 1 + PAST + FUTURE
"""Input frames of a chunk."""
NO_LABEL = -100
PACES = (0.85, 1.2)
"""Slowest and quickest speech, as a multiple of the recorded pace."""
OTHER_TRACT_SHARE = 0.67


@dataclass(frozen=True, slots=True)
class Corpus:
    """All training features in memory."""

    frames: npt.NDArray[np.float16]  # (all frames, COEFFICIENTS)
    classes: npt.NDArray[np.uint8]  # (all frames,)
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]

    @classmethod
    def load(cls, *folders: Path) -> Corpus:
        """Joins every npz of the folders."""
        frames, classes, lengths = [], [], []
        for path in sorted(path for folder in folders for path in folder.glob("*.npz")):
            with np.load(path, allow_pickle=False) as stored:
                frames.append(stored["frames"])
                classes.append(stored["classes"])
                lengths.append(stored["lengths"])
        sizes = np.concatenate(lengths).astype(np.int64)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        return cls(np.concatenate(frames), np.concatenate(classes), starts, sizes)

    def mean_and_spread(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Of every coefficient, over a fiftieth of the frames."""
        some = self.frames[::50].astype(np.float32)
        return some.mean(axis=0), some.std(axis=0)


@dataclass(frozen=True, slots=True)
class Batch:
    """Chunks for one step."""

    frames: npt.NDArray[np.float32]  # (batch, WIDTH, COEFFICIENTS)
    labels: npt.NDArray[np.int64]  # (batch, CHUNK), NO_LABEL beyond the end


def _cut(corpus: Corpus) -> npt.NDArray[np.int64]:
    """All chunks as rows (first frame, start of the utterance, its end)."""
    step = SUBSAMPLING * CHUNK
    rows = [
        (start + offset, start, start + length)
        for start, length in zip(corpus.starts, corpus.lengths, strict=True)
        for offset in range(0, length, step)
        if length - offset > step // 5 or offset == 0
    ]
    return np.array(rows, np.int64)


def batches(corpus: Corpus, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """One pass over the corpus in random order, each chunk at a random phase of three.

    Two in three are heard from another vocal tract, and half of them a little faster or slower.
    """
    rows, tracts = _cut(corpus), warps()
    rng.shuffle(rows)
    window = np.arange(WIDTH) - PAST
    centres = SUBSAMPLING * np.arange(CHUNK)
    for at in range(0, len(rows) - size + 1, size):
        first, start, end = np.hsplit(rows[at : at + size], 3)
        first = first + rng.integers(-SUBSAMPLING * 4, SUBSAMPLING * 4 + 1, first.shape)
        first = np.maximum(first, start)
        pace = np.where(rng.random(first.shape) < 0.5, 1.0, rng.uniform(*PACES, first.shape))
        picked = np.clip(np.rint(first + pace * window).astype(np.int64), start, end - 1)
        centre = np.rint(first + pace * centres).astype(np.int64)
        labels = corpus.classes[np.minimum(centre, end - 1)].astype(np.int64)
        frames = corpus.frames[picked].astype(np.float32)
        other = rng.random(size) < OTHER_TRACT_SHARE
        frames[other] @= tracts[rng.integers(len(tracts), size=int(other.sum()))]
        yield Batch(_disturb(frames, rng), np.where(centre < end, labels, NO_LABEL))


def _disturb(frames: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Shifts the cepstrum of whole chunks a little (level, channel) and blanks short times."""
    drift = rng.normal(0, 1, (len(frames), 1, frames.shape[2])).astype(np.float32)
    drift *= 0.1 * frames.std(axis=(0, 1))
    drift[:, :, 0] *= 3
    frames = frames + drift
    for row in frames:
        if rng.random() < 0.4:
            begin = int(rng.integers(0, WIDTH - 15))
            span = slice(begin, begin + int(rng.integers(3, 15)))
            row[span] = row.mean(axis=0)
    return frames
