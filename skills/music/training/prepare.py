"""From archives of MIDI files to one cached set of notes and features.

The cache is named by the hash of the archives and of this recipe: it is made again when either
changes. It holds numbers only and is read without pickle.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.progress import track

from skills.music.generator.codec import tidy
from skills.music.generator.features import FEATURES, measure_ahead
from skills.music.training.beats import NO_BEATS, from_score, from_table
from skills.music.training.corpora import CORPORA, Song, songs

RECIPE = "4"
"""Raise this when the notes or features are made in another way."""
WINDOW_S = 6.0
"""A condition describes the music that follows within this time."""
EVERY_S = 2.0
FEWEST_NOTES = 24
SHORTEST_S = 0.01
LONGEST_PEDAL_S = 6.0
"""No string sounds on under a pedal for longer, whatever a file says."""
SPLITS = ("train", "val", "test")
Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class MusicSet:
    """All songs in flat arrays."""

    notes: npt.NDArray[np.float32]
    """(notes, 5): start_s, end_s, pitch, velocity, end_s with the pedal; songs in a row."""
    note_starts: npt.NDArray[np.int64]
    """(songs + 1,): where each song's notes begin."""
    windows: npt.NDArray[np.float32]
    """(windows, features), NaN where a window says too little."""
    pedalled: npt.NDArray[np.float32]
    """(windows, features): the same of the notes as the pedal lets them sound."""
    window_starts: npt.NDArray[np.int64]
    beats: npt.NDArray[np.float32]
    """(beats, 2): seconds, place in bars (whole = a bar begins)."""
    beat_starts: npt.NDArray[np.int64]
    corpus: npt.NDArray[np.int64]
    """(songs,): index into CORPORA."""
    split: npt.NDArray[np.int64]
    """(songs,): index into SPLITS."""

    def songs_of(self, split: str) -> npt.NDArray[np.int64]:
        """Return the indices of the songs of a split."""
        return np.flatnonzero(self.split == SPLITS.index(split))

    def song(self, index: int) -> npt.NDArray[np.float32]:
        """Return the notes (n, 5) of one song."""
        return self.notes[self.note_starts[index] : self.note_starts[index + 1]]

    def windows_of(self, index: int, pedal: bool = False) -> npt.NDArray[np.float32]:
        """Return the features (windows, features) of one song, a row every EVERY_S."""
        rows = self.pedalled if pedal else self.windows
        return rows[self.window_starts[index] : self.window_starts[index + 1]]

    def beats_of(self, index: int) -> npt.NDArray[np.float32]:
        """Return the beats (n, 2) of one song; none where they are not known."""
        return self.beats[self.beat_starts[index] : self.beat_starts[index + 1]]


@dataclass(frozen=True, slots=True)
class Read:
    """One song as it goes into the set."""

    song: Song
    notes: Rows
    """(n, 5): start_s, end_s, pitch, velocity, end_s with the pedal."""
    windows: Rows
    pedalled: Rows
    beats: Rows


@dataclass(frozen=True, slots=True)
class Part:
    """One track of a MIDI file."""

    name: str
    notes: Rows
    """(n, 5): start_s, end_s, pitch, velocity, end_s with the pedal; as they stand in the file."""


def read_notes(midi: bytes) -> Rows | None:
    """Return tidied notes (n, 5) of a MIDI file, drums left out; None when it cannot be read."""
    return joined([part.notes for part in read_parts(midi)])


def read_parts(midi: bytes) -> list[Part]:
    """Return the tracks of a MIDI file that hold notes, drums left out; none where unreadable."""
    import symusic

    try:
        score: Any = symusic.Score.from_midi(midi, ttype="second")
    except (RuntimeError, ValueError):
        return []
    parts = []
    for own in score.tracks:
        held = [(pedal.time, pedal.time + pedal.duration) for pedal in own.pedals]
        rows = [] if own.is_drum else list(_sounding(own.notes, held))
        if rows:
            parts.append(Part(own.name, np.array(rows, dtype=np.float64)))
    return parts


def joined(parts: Sequence[Rows]) -> Rows | None:
    """Return the notes (n, 5) of all parts as one piano plays them; None when they are too few.

    The fifth column is when the note falls silent: its key is up and so is the pedal, or it is
    struck again.
    """
    if sum(map(len, parts)) < FEWEST_NOTES:
        return None
    notes = tidy(np.concatenate(parts))
    following: dict[int, float] = {}
    for row in notes[::-1]:  # a key struck again ends what still sounds
        row[4] = min(max(row[4], row[1]), following.get(int(row[2]), np.inf))
        following[int(row[2])] = row[0]
    return notes


def _sounding(
    notes: Any, held: list[tuple[float, float]]
) -> Iterator[tuple[float, float, float, float, float]]:
    """Yield rows of one track: its notes and when they fall silent under the held pedal."""
    downs, ups = [down for down, _ in held], [up for _, up in held]
    for note in notes:
        end = note.time + note.duration
        if note.duration > SHORTEST_S and note.velocity > 0:
            place = bisect_right(downs, end) - 1
            silent = max(end, ups[place]) if place >= 0 else end
            yield note.time, end, note.pitch, note.velocity, min(silent, end + LONGEST_PEDAL_S)


def beats_in(song: Song) -> npt.NDArray[np.float64]:
    """Return a song's beats (n, 2): seconds, place in bars; none where they are not known."""
    import symusic

    if song.beats is not None:
        return from_table(song.beats)
    if CORPORA[song.corpus].beats is not None:
        return NO_BEATS
    return from_score(symusic.Score.from_midi(song.midi))


def _as_written(song: Song) -> list[Read]:
    notes = read_notes(song.midi)
    return [] if notes is None else [measured(song, notes, beats_in(song))]


def measured(song: Song, notes: Rows, beats: Rows) -> Read:
    """Return a song with its conditions, notes (n, 5) and beats (n, 2) from its first onset on."""
    start = notes[0, 0]
    notes, beats = notes - [start, start, 0, 0, start], beats - [start, 0]
    windows = measure_ahead(notes[:, :4], EVERY_S, WINDOW_S)
    sounding = notes[:, [0, 4, 2, 3]]
    same = bool((notes[:, 4] == notes[:, 1]).all())
    pedalled = windows if same else measure_ahead(sounding, EVERY_S, WINDOW_S)
    return Read(song, *(rows.astype(np.float32) for rows in (notes, windows, pedalled, beats)))


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
    path = cache / cache_name(data)
    if not path.exists():
        write(path, list(songs(data)), _as_written, workers)
    return stored(path)


def stored(path: Path) -> MusicSet:
    """Return the music of a cache file."""
    with np.load(path, allow_pickle=False) as arrays:
        return MusicSet(**{name: arrays[name] for name in arrays.files})


def write(
    path: Path, found: Sequence[Song], reader: Callable[[Song], list[Read]], workers: int
) -> None:
    """Write the cache file of songs as a reader makes them: any number of each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(workers) as pool:
        results = pool.map(reader, found, chunksize=16)
        done = track(results, description="Reading music", total=len(found))
        kept = [read for reads in done for read in reads]
    partial = path.with_suffix(".partial.npz")
    np.savez(
        partial,
        notes=_flat([read.notes for read in kept], 5),
        note_starts=_starts([read.notes for read in kept]),
        windows=_flat([read.windows for read in kept], len(FEATURES)),
        pedalled=_flat([read.pedalled for read in kept], len(FEATURES)),
        window_starts=_starts([read.windows for read in kept]),
        beats=_flat([read.beats for read in kept], 2),
        beat_starts=_starts([read.beats for read in kept]),
        corpus=np.array([read.song.corpus for read in kept], dtype=np.int64),
        split=np.array([SPLITS.index(read.song.split) for read in kept], dtype=np.int64),
    )
    partial.replace(path)


def _starts(rows: list[Rows]) -> npt.NDArray[np.int64]:
    return np.cumsum([0] + [len(own) for own in rows])


def _flat(rows: list[Rows], width: int) -> npt.NDArray[np.float32]:
    return np.concatenate([np.zeros((0, width), dtype=np.float32), *rows])
