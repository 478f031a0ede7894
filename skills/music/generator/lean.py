"""Which pitches an answer leans to: those of a key that was asked for, or of a mood's mode."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from skills.music.generator.features import MAJOR, MINOR, key_fits, pitch_classes
from skills.music.theory.key import Key

FloatArray = npt.NDArray[np.float64]

OFF_KEY = -3.0
"""Added to the logits of pitches outside a key that was asked for."""
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10, 11)}
"""Natural minor with the leading note."""
KEY_BIAS = 2.0
"""Largest logit by which a key that was asked for is set off against its relative key."""
MODE_BIAS = 1.2
"""Largest logit by which a mood leans to its mode."""
MOST_STRENGTH = 1.25


def key_bias(key: Key) -> tuple[FloatArray, FloatArray]:
    """Return the pitch bias (128,) and the unit pitch-class profile (12,) of a key.

    Both set it off against its relative key, which has the same notes; the profile is centred.
    """
    inside = {(key.tonic + step) % 12 for step in SCALES[key.mode]}
    own, other, apart = (MAJOR, MINOR, -3) if key.mode == "major" else (MINOR, MAJOR, 3)
    profile = np.roll(own, key.tonic)
    lean = profile - np.roll(other, key.tonic + apart)
    lean = lean / np.abs(lean).max() * KEY_BIAS
    bias = np.array([lean[p % 12] if p % 12 in inside else OFF_KEY for p in range(128)])
    centred = profile - profile.mean()
    return bias, centred / np.linalg.norm(centred)


def mood_bias(found: Key, heard: FloatArray, wanted: str, strength: float) -> FloatArray:
    """Return the pitch bias (128,) by which a mood leans to its mode ("major" or "minor").

    found, heard: the key and the notes of the phrase. After a phrase in the other mode it leans to
    the key of the wished mode that the phrase's own notes fit best: often the relative one.
    """
    here, there = (MAJOR, MINOR) if wanted == "minor" else (MINOR, MAJOR)
    tonic = found.tonic
    if wanted != found.mode:
        major, minor = key_fits(pitch_classes(heard))
        tonic = int((major if wanted == "major" else minor).argmax())
    lean = np.roll(there, tonic) - np.roll(here, found.tonic)
    lean = lean / np.abs(lean).max() * MODE_BIAS * min(strength, MOST_STRENGTH)
    return np.asarray(lean[np.arange(128) % 12])
