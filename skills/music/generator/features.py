"""What a listener's label of mood follows: measurable features of a few seconds of music.

Major against minor and key clarity move valence; note and onset rate, note length and loudness
move arousal (Spearman .27 to .77 on two sets with human labels, docs/music.md). The network is
conditioned on these, so a mood word is a point in this space, and "unspecified" is a mask.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

FEATURES = (
    "onset_rate",
    "note_rate",
    "log_duration",
    "pitch_mean",
    "pitch_spread",
    "velocity_mean",
    "velocity_spread",
    "chord_size",
    "major_minus_minor",
    "third_mode",
    "key_clarity",
    "top_step",
)
"""Names in the order of the vectors: rates a second, log seconds, semitones, MIDI velocity."""

# Krumhansl and Kessler's probe-tone profiles (1982), from C
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
CHORD_S = 0.05
"""Notes that start within this time are heard as one onset."""
LONGEST_WEIGHT_S = 2.0
"""A held note counts in the pitch-class profile for at most this long."""


def _rotations(profile: FloatArray) -> FloatArray:
    centred = (profile - profile.mean()) / np.linalg.norm(profile - profile.mean())
    return np.stack([np.roll(centred, tonic) for tonic in range(12)])


MAJOR_KEYS, MINOR_KEYS = _rotations(MAJOR), _rotations(MINOR)


def pitch_classes(notes: FloatArray) -> FloatArray:
    """Return seconds sounded per pitch class, shape (12,), of notes (n, 4)."""
    weights = np.minimum(notes[:, 1] - notes[:, 0], LONGEST_WEIGHT_S)
    profile = np.zeros(12)
    np.add.at(profile, notes[:, 2].astype(np.int64) % 12, weights)
    return profile


def key_fits(profile: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return correlations of a pitch-class profile with the 12 major and the 12 minor keys."""
    centred = profile - profile.mean()
    unit = centred / (np.linalg.norm(centred) + 1e-9)
    return MAJOR_KEYS @ unit, MINOR_KEYS @ unit


def _onset_groups(onsets: FloatArray) -> npt.NDArray[np.int64]:
    """Number each onset by the chord it belongs to; a chord begins 50 ms after the one before."""
    groups = np.zeros(len(onsets), dtype=np.int64)
    group, reference = 0, float(onsets[0])
    for i, onset in enumerate(onsets.tolist()):
        if onset - reference > CHORD_S:
            group, reference = group + 1, onset
        groups[i] = group
    return groups


def measure(notes: FloatArray) -> FloatArray | None:
    """Measure rows (start_s, end_s, pitch, velocity) in order of onset.

    Returns the vector of ``FEATURES``, or None when fewer than three notes say too little.
    """
    if len(notes) < 3:
        return None
    start, pitch, velocity = notes[:, 0], notes[:, 2], notes[:, 3]
    groups = _onset_groups(start)
    count = int(groups[-1]) + 1
    # the spacing of onsets, not the window, gives the rate: a window may end in silence
    span = max(float(start[-1] - start[0]), 0.25) * (count / max(count - 1, 1))
    profile = pitch_classes(notes)
    major, minor = key_fits(profile)
    tonic = int(major.argmax() if major.max() >= minor.max() else minor.argmax())
    third_major, third_minor = profile[(tonic + 4) % 12], profile[(tonic + 3) % 12]
    top = np.full(count, -1.0)
    np.maximum.at(top, groups, pitch)
    return np.array(
        [
            count / span,
            len(notes) / span,
            float(np.log(np.median(notes[:, 1] - start) + 1e-3)),
            pitch.mean(),
            pitch.std(),
            velocity.mean(),
            velocity.std(),
            len(notes) / count,
            major.max() - minor.max(),
            (third_major - third_minor) / (third_major + third_minor + 1e-3),
            max(major.max(), minor.max()),
            np.abs(np.diff(top)).mean() if count > 1 else 0.0,
        ]
    )


def measure_ahead(notes: FloatArray, every_s: float, window_s: float) -> FloatArray:
    """Measure the window that begins at 0, every_s, 2 every_s …; NaN rows where it says too little.

    Returns shape (windows, features).
    """
    starts = np.arange(0.0, float(notes[-1, 0]) + every_s, every_s)
    first = np.searchsorted(notes[:, 0], starts)
    last = np.searchsorted(notes[:, 0], starts + window_s)
    rows = [measure(notes[a:b]) for a, b in zip(first, last, strict=True)]
    blank = np.full(len(FEATURES), np.nan)
    return np.stack([blank if row is None else row for row in rows])
