"""What is heard: voices from lists, music, rooms; every level is that of the sounding parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, AudioReader, FloatSamples

LEVEL = 0.08
"""Root mean square of voices and of music at equal loudness (-22 dBFS)."""
HISS = 3e-4
GAP_S = 2.2
"""Silence between clips of a track: longer than any sentence waits."""
SOUND_FILES = {".wav", ".flac", ".ogg", ".opus"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """One clip in a track."""

    text: str
    begin_s: float
    end_s: float
    """When the last audible sample was."""


@dataclass(frozen=True, slots=True)
class Track:
    """Voices in a row, with silence between them, and a hiss."""

    name: str
    sound: FloatSamples
    spoken: tuple[Spoken, ...]

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.sound) / SPEECH_RATE_HZ


def read(path: Path) -> FloatSamples:
    """Return a sound file as mono samples of -1..1 at 16 kHz."""
    return np.asarray(np.concatenate(list(AudioReader(path).blocks())) / 32768, np.float32)


def at_level(sound: FloatSamples, level: float = LEVEL) -> FloatSamples:
    """Return a sound at a root mean square, counted where it sounds."""
    frames = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    power = (frames**2).mean(axis=1)
    loud = power[power > 0.01 * power.max(initial=1e-12)]
    if not len(loud):
        return sound
    return np.asarray(sound * (level / np.sqrt(loud.mean())), np.float32)


def spoken_track(folder: Path, gap_s: float = GAP_S) -> Track:
    """Return the clips of ``folder/list.tsv`` (file, text, …) in a row."""
    gap = np.zeros(round(gap_s * SPEECH_RATE_HZ), np.float32)
    parts, spoken, at = [gap], [], len(gap)
    for line in (folder / "list.tsv").read_text("utf-8").splitlines():
        file, text = line.split("\t")[:2]
        clip = at_level(read(folder / file))
        audible = np.flatnonzero(np.abs(clip) > 0.01)
        begin, end = (at + int(audible[k]) for k in (0, -1))
        spoken.append(Spoken(text, begin / SPEECH_RATE_HZ, end / SPEECH_RATE_HZ))
        parts += [clip, gap]
        at += len(clip) + len(gap)
    return Track(folder.name, _hissing(np.concatenate(parts)), tuple(spoken))


def file_tracks(
    folder: Path, seconds: float = 600.0, gap_s: float = 0.6, *, is_level: bool = False
) -> Iterator[Track]:
    """Yield all sound below a folder, short files joined to tracks of about ten minutes.

    ``is_level``: each file at the level of the voices; else as it is.
    """
    gap = np.zeros(round(gap_s * SPEECH_RATE_HZ), np.float32)
    parts: list[FloatSamples] = []
    for path in sound_files(folder):
        sound = read(path)
        parts += [at_level(sound) if is_level else sound, gap]
        if sum(map(len, parts)) >= seconds * SPEECH_RATE_HZ:
            yield Track(path.stem, _hissing(np.concatenate(parts)), ())
            parts = []
    if parts:
        yield Track(folder.name, _hissing(np.concatenate(parts)), ())


def sound_files(folder: Path) -> list[Path]:
    """Return the sound files below a folder, by name."""
    return sorted(path for path in folder.rglob("*") if path.suffix in SOUND_FILES)


def bed(music: Path, number: int, seconds: float = 600.0) -> FloatSamples:
    """Return what plays beside a track: a file, or files of a folder in turn, each at one level."""
    if music.is_file():
        return read(music)
    files = sound_files(music)
    order = np.random.default_rng(number).permutation(len(files))
    parts: list[FloatSamples] = []
    while order.size and sum(map(len, parts)) < seconds * SPEECH_RATE_HZ:
        parts.append(at_level(read(files[order[0]])))
        order = order[1:]
    return np.concatenate(parts)


def repeated(sound: FloatSamples, frames: int) -> FloatSamples:
    """Return a sound from its beginning, again and again, so many frames long."""
    return np.resize(sound, frames)


def delayed(sound: FloatSamples, seconds: float) -> FloatSamples:
    """Return what is heard of a sound that much later."""
    frames = round(seconds * SPEECH_RATE_HZ)
    return np.concatenate([np.zeros(frames, np.float32), sound])[: len(sound)]


def in_room(sound: FloatSamples, seed: int = 0, reverb_s: float = 0.25) -> FloatSamples:
    """Return a sound as a small room gives it back: direct, then noise that dies away (-6 dB)."""
    from scipy.signal import fftconvolve

    rng = np.random.default_rng(seed)
    length = round(reverb_s * SPEECH_RATE_HZ)
    echo = rng.normal(0, 1, length) * np.exp(-6.9 * np.arange(length) / length)
    echo[:30] = 0.0
    echo *= 0.5 / np.sqrt((echo**2).sum())
    echo[0] = 1.0
    return np.asarray(fftconvolve(sound, echo)[: len(sound)], np.float32)


def mean(values: Iterable[float]) -> float:
    """Return the mean; nan without any."""
    known = list(values)
    return sum(known) / len(known) if known else float("nan")


def _hissing(sound: FloatSamples) -> FloatSamples:
    hiss = np.random.default_rng(1).normal(0, HISS, len(sound))
    return np.asarray(sound + hiss, np.float32)
