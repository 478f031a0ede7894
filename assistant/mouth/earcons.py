"""Earcons: small soft sounds in the key of the music, so that they never clash with it."""

from __future__ import annotations

import functools
import re
from enum import Enum

import numpy as np

from assistant.audio_files import FloatSamples

RATE_HZ = 44_100
PEAK = 0.12
"""Of full scale (-18 dB): to be noticed beside quiet playing, never to startle."""
NOTE_S, STEP_S = 0.22, 0.085
"""How long a note rings, and when the next one begins."""
ATTACK_S = 0.008
"""A rise without a click."""
C5_HZ = 523.25
"""The tonic is the one from F#4 to F5: above most voices, and its octave does not whistle yet."""
_TONICS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KEY = re.compile(r"([A-G])([#b]?) (major|minor)")


class Earcon(Enum):
    """What a sound tells, as steps of the scale (0 = the tonic, 7 = its octave)."""

    LISTENING = (0, 4)
    """Rises to the fifth and stays open, like a question."""
    UNDERSTOOD = (2, 4, 7)
    """Up through the chord and home."""
    NOT_UNDERSTOOD = (4, 1)
    """Sinks, and does not come home."""


@functools.lru_cache(maxsize=96)
def earcon(kind: Earcon, key: str = "C major") -> FloatSamples:
    """Return the sound at ``RATE_HZ``, one channel, 0.3 to 0.4 s.

    ``key`` is written as in commands ("F# minor"); anything else counts as C major.
    """
    steps = kind.value
    frames = round((STEP_S * (len(steps) - 1) + NOTE_S) * RATE_HZ)
    sound = np.zeros(frames, dtype=np.float64)
    for place, step in enumerate(steps):
        note = _bell(C5_HZ * 2 ** (_semitones(step, key) / 12))
        start = round(place * STEP_S * RATE_HZ)
        sound[start : start + len(note)] += note[: frames - start]
    quiet: FloatSamples = (sound * (PEAK / np.abs(sound).max())).astype(np.float32)
    quiet.flags.writeable = False
    return quiet


def _semitones(step: int, key: str) -> int:
    """Return a step of the key's scale in semitones above C5."""
    found = _KEY.fullmatch(key.strip())
    letter, sign, mode = found.groups() if found else ("C", "", "major")
    tonic = (_TONICS[letter] + {"#": 1, "b": -1, "": 0}[sign] + 6) % 12 - 6
    scale = (0, 2, 4, 5, 7, 9, 11) if mode == "major" else (0, 2, 3, 5, 7, 8, 10)
    return tonic + 12 * (step // 7) + scale[step % 7]


def _bell(pitch_hz: float) -> FloatSamples:
    """Return one struck note: a sine with a little of its octave, ringing out."""
    times = np.arange(round(NOTE_S * RATE_HZ)) / RATE_HZ
    wave = np.sin(2 * np.pi * pitch_hz * times) + 0.2 * np.sin(4 * np.pi * pitch_hz * times)
    rise = np.minimum(times / ATTACK_S, 1.0)
    fall = np.minimum((NOTE_S - times) / 0.02, 1.0)
    note: FloatSamples = (wave * rise * fall * np.exp(-times * 14)).astype(np.float32)
    return note
