"""The forty-two numbers by which a mood judge hears a few seconds of music.

They are named as a judge's file names them: rates, note lengths, register, loudness, mode and the
degrees of the scale. Mode and tonic are found with Krumhansl and Kessler's profiles (1982).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from skills.music.generator.features import MAJOR_KEYS, MINOR_KEYS, pitch_classes

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CHORD_S: Final = 0.05
LOW, MIDDLE, HIGH = 48, 60, 72
HARSH: Final = (1, 2, 6, 10, 11)
FEWEST_NOTES: Final = 4
REMEMBERED: Final = 50_000
"""Vectors kept: the same notes are asked for by every judge and classifier."""

NAMES: Final = (
    *"onset_rate note_rate log_ioi ioi_cv log_dur artic".split(),
    *"pitch_mean pitch_std pitch_range mel_mean bass_mean vel_mean vel_std".split(),
    *"poly chord_frac chord_size major_minus_minor key_clarity third_mode".split(),
    *"pc_entropy pc_set dissonance mel_absint mel_up mel_rep".split(),
    *"low_frac high_frac lh_density dens_slope dyn_slope".split(),
    *(f"deg{k}" for k in range(12)),
)


def heard(notes: FloatArray) -> FloatArray | None:
    """Return the vector of NAMES of rows (start_s, end_s, pitch, velocity); None below 4 notes."""
    if len(notes) < FEWEST_NOTES:
        return None
    return _heard(np.ascontiguousarray(notes, dtype=np.float64).tobytes())


@lru_cache(maxsize=REMEMBERED)
def _heard(stored: bytes) -> FloatArray:
    notes = np.frombuffer(stored).reshape(-1, 4)
    rows = notes[np.argsort(notes[:, 0], kind="stable")]
    chord = _chords(rows[:, 0])
    first = np.flatnonzero(np.append(True, np.diff(chord) > 0))
    moments = rows[first, 0]
    values = (
        _rhythm(rows, chord, moments)
        | _register(rows, first)
        | _texture(rows, chord)
        | _tonality(rows)
        | _direction(rows, moments)
    )
    vector = np.array([values[name] for name in NAMES])
    vector.flags.writeable = False
    return vector


def _chords(onsets: FloatArray) -> IntArray:
    """Number each note by its chord: a new one begins more than 50 ms after the last one began."""
    numbers, begun = np.zeros(len(onsets), dtype=np.int64), onsets[0]
    for i in range(1, len(onsets)):
        fresh = onsets[i] - begun > CHORD_S
        numbers[i] = numbers[i - 1] + fresh
        begun = onsets[i] if fresh else begun
    return numbers


def _rhythm(rows: FloatArray, chord: IntArray, moments: FloatArray) -> dict[str, float]:
    lengths = rows[:, 1] - rows[:, 0]
    span = max(float(rows[-1, 0] - rows[0, 0]), 0.25)
    total = max(float(rows[:, 1].max() - rows[0, 0]), 1e-3)
    gaps = np.diff(moments)
    gaps = gaps[gaps > 0] if len(gaps) else np.array([total])
    following = np.append(moments[1:], moments[-1] + np.median(gaps))[chord]
    held = np.clip(lengths / np.maximum(following - rows[:, 0], 0.03), 0.0, 8.0)
    return {
        "onset_rate": len(moments) / span,
        "note_rate": len(rows) / span,
        "log_ioi": float(np.log(np.median(gaps) + 1e-3)),
        "ioi_cv": float(gaps.std() / (gaps.mean() + 1e-6)),
        "log_dur": float(np.log(np.median(lengths) + 1e-3)),
        "artic": float(np.log(np.median(held) + 1e-3)),
        "poly": float(lengths.sum()) / total,
    }


def _register(rows: FloatArray, first: IntArray) -> dict[str, float]:
    pitch, velocity = rows[:, 2], rows[:, 3]
    top, bottom = np.maximum.reduceat(pitch, first), np.minimum.reduceat(pitch, first)
    steps = np.diff(top)
    return {
        "pitch_mean": pitch.mean(),
        "pitch_std": pitch.std(),
        "pitch_range": pitch.max() - pitch.min(),
        "mel_mean": top.mean(),
        "bass_mean": bottom.mean(),
        "vel_mean": velocity.mean(),
        "vel_std": velocity.std(),
        "mel_absint": np.abs(steps).mean() if len(steps) else 0.0,
        "mel_up": (steps > 0).mean() if len(steps) else 0.5,
        "mel_rep": (steps == 0).mean() if len(steps) else 0.0,
        "low_frac": (pitch < LOW).mean(),
        "high_frac": (pitch >= HIGH).mean(),
    }


def _texture(rows: FloatArray, chord: IntArray) -> dict[str, float]:
    sizes = np.bincount(chord)
    harsh = pairs = 0
    for number in np.flatnonzero(sizes > 1):
        pitch = np.unique(rows[chord == number, 2])
        between = (pitch[:, None] - pitch[None, :])[np.tril_indices(len(pitch), -1)] % 12
        harsh, pairs = harsh + int(np.isin(between, HARSH).sum()), pairs + len(between)
    return {
        "chord_frac": float((sizes >= 3).mean()),
        "chord_size": float(sizes.mean()),
        "dissonance": harsh / pairs if pairs else 0.0,
    }


def _tonality(rows: FloatArray) -> dict[str, float]:
    profile = pitch_classes(rows)
    centred = profile - profile.mean()
    centred = centred / (np.linalg.norm(centred) + 1e-9)
    majors, minors = MAJOR_KEYS @ centred, MINOR_KEYS @ centred
    major, minor = float(majors.max()), float(minors.max())
    tonic = int(majors.argmax() if major >= minor else minors.argmax())
    share = profile / profile.sum()
    degrees = np.roll(share, -tonic)
    present = share[share > 0]
    return {
        "major_minus_minor": major - minor,
        "key_clarity": max(major, minor),
        "third_mode": (degrees[4] - degrees[3]) / (degrees[4] + degrees[3] + 1e-3),
        "pc_entropy": -float((present * np.log2(present)).sum()),
        "pc_set": float((share > 0.01).sum()),
    } | {f"deg{k}": float(degrees[k]) for k in range(12)}


def _direction(rows: FloatArray, moments: FloatArray) -> dict[str, float]:
    onset, velocity = rows[:, 0] - rows[0, 0], rows[:, 3]
    span = max(float(onset[-1]), 0.25)
    early = int((moments - moments[0] < span / 2).sum())
    slope = 0.0
    if onset[-1] > 1.0 and velocity.std() > 0:
        slope = float(np.polyfit(onset, velocity, 1)[0])
    return {
        "lh_density": float((rows[:, 2] < MIDDLE).sum()) / span,
        "dens_slope": (len(moments) - 2 * early) / max(len(moments), 1),
        "dyn_slope": 10 * slope,
    }
