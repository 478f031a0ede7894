"""From archives of MIDI files to one cached set of notes and features.

The cache is named by the hash of the archives and of this recipe: it is made again when either
changes. It holds numbers only and is read without pickle.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.progress import track

from skills.music.generator.codec import tidy
from skills.music.generator.features import FEATURES, measure_ahead
from skills.music.training.corpora import CORPORA, Song, songs

RECIPE = "3"
"""Raise this when the notes or features are made in another way."""
WINDOW_S = 6.0
"""A condition describes the music that follows within this time."""
EVERY_S = 2.0
FEWEST_NOTES = 24
SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class MusicSet:
    """All songs in flat arrays."""

    notes: npt.NDArray[np.float32]
    """(notes, 4): start_s, end_s, pitch, velocity; songs one after the other."""
    note_starts: npt.NDArray[np.int64]
    """(songs + 1,): where each song's notes begin."""
    windows: npt.NDArray[np.float32]
    """(windows, features), NaN where a window says too little."""
    window_starts: npt.NDArray[np.int64]
    corpus: npt.NDArray[np.int64]
    """(songs,): index into CORPORA."""
    split: npt.NDArray[np.int64]
    """(songs,): index into SPLITS."""

    def songs_of(self, split: str) -> npt.NDArray[np.int64]:
        """Return the indices of the songs of a split."""
        return np.flatnonzero(self.split == SPLITS.index(split))

    def song(self, index: int) -> npt.NDArray[np.float32]:
        """Return the notes (n, 4) of one song."""
        return self.notes[self.note_starts[index] : self.note_starts[index + 1]]

    def windows_of(self, index: int) -> npt.NDArray[np.float32]:
        """Return the features (windows, features) of one song, a row every EVERY_S."""
        return self.windows[self.window_starts[index] : self.window_starts[index + 1]]


def read_notes(midi: bytes) -> npt.NDArray[np.float64] | None:
    """Return tidied notes (n, 4) of a MIDI file, drums left out; None when it cannot be read."""
    import symusic

    try:
        score: Any = symusic.Score.from_midi(midi, ttype="second")
    except (RuntimeError, ValueError):
        return None
    rows = [
        (note.time, note.time + note.duration, note.pitch, note.velocity)
        for part in score.tracks
        if not part.is_drum
        for note in part.notes
        if note.duration > 0.01 and note.velocity > 0
    ]
    if len(rows) < FEWEST_NOTES:
        return None
    notes = tidy(np.array(rows, dtype=np.float64))
    notes[:, :2] -= notes[0, 0]
    return notes


def _measured(song: Song) -> tuple[Song, npt.NDArray[np.float32], npt.NDArray[np.float32]] | None:
    notes = read_notes(song.midi)
    if notes is None:
        return None
    windows = measure_ahead(notes, EVERY_S, WINDOW_S)
    if not CORPORA[song.corpus].velocity_known:
        for name in ("velocity_mean", "velocity_spread"):
            windows[:, FEATURES.index(name)] = np.nan
    return song, notes.astype(np.float32), windows.astype(np.float32)


def cache_name(data: Path) -> str:
    """Return the cache's file name: a hash of the recipe and the archives' names and sizes."""
    digest = hashlib.sha256(RECIPE.encode())
    for corpus in CORPORA:
        size = (data / f"{corpus.name}.tar.gz").stat().st_size
        digest.update(f"{corpus.name}:{size};".encode())
    digest.update((data / "splits.tsv").read_bytes())
    return f"music-{digest.hexdigest()[:16]}.npz"


def load(data: Path, cache: Path, workers: int = 2) -> MusicSet:
    """Return the music of the data folder, from the cache when it is there."""
    found = list(songs(data)) if not (cache / cache_name(data)).exists() else []
    path = cache / cache_name(data)
    if found:
        cache.mkdir(parents=True, exist_ok=True)
        _write(path, found, workers)
    with np.load(path, allow_pickle=False) as arrays:
        return MusicSet(**{name: arrays[name] for name in arrays.files})


def _write(path: Path, found: list[Song], workers: int) -> None:
    with ProcessPoolExecutor(workers) as pool:
        results = pool.map(_measured, found, chunksize=16)
        done = track(results, description="Reading music", total=len(found))
        kept = [row for row in done if row is not None]
    partial = path.with_suffix(".partial.npz")
    np.savez(
        partial,
        notes=np.concatenate([notes for _, notes, _ in kept]),
        note_starts=np.cumsum([0] + [len(notes) for _, notes, _ in kept]),
        windows=np.concatenate([windows for _, _, windows in kept]),
        window_starts=np.cumsum([0] + [len(windows) for _, _, windows in kept]),
        corpus=np.array([song.corpus for song, _, _ in kept]),
        split=np.array([SPLITS.index(song.split) for song, _, _ in kept]),
    )
    partial.replace(path)
