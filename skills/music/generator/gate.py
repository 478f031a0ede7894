"""The honest gate: measures every candidate and lets the best of N through.

It looks at what can be measured of a candidate beside the phrase and the wish: is it alive, does it
fit the key, does it have the wished texture and mood, does it only repeat, how likely was it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from skills.music.generator.features import measure, pitch_classes
from skills.music.generator.sampling import Drawn

FloatArray = npt.NDArray[np.float64]

SHORTEST_NOTE_S = 0.05
LONGEST_SAME_PITCH_RUN = 8
COMMON_INTERVALS = 6
"""A run of this many melodic steps found in the phrase counts as copied."""
WEIGHT_WISH, WEIGHT_COPY, WEIGHT_LIKELIHOOD = 1.0, 1.0, 0.15


@dataclass(frozen=True, slots=True)
class Standard:
    """What candidates are held against."""

    target: FloatArray
    """(features,) z-scored."""
    weights: FloatArray
    """(features,) how much each feature counts; 0 = nothing was said about it."""
    key_weight: float
    mean: FloatArray
    deviation: FloatArray
    key_profile: FloatArray | None
    """(12,) unit vector of the phrase's or the asked key's pitch classes."""
    phrase: FloatArray
    """(n, 4) the phrase's notes; may be empty."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Judged:
    """One candidate and its figures."""

    notes: FloatArray
    score: float
    report: dict[str, float]


def degenerate(notes: FloatArray) -> bool:
    """Tell whether nobody would call it music: empty, one pitch, a trill, or only flickers."""
    pitches = notes[:, 2]
    distinct = len(set(pitches.tolist()))
    if len(notes) < 2 or distinct < 2 or (len(notes) >= 8 and distinct == 2):
        return True
    return bool(((notes[:, 1] - notes[:, 0]) < SHORTEST_NOTE_S).mean() > 0.4)


def longest_run(pitches: FloatArray) -> int:
    """Return how many times in a row the same pitch comes at most."""
    best = run = 1
    for before, after in pairwise(pitches.tolist()):
        run = run + 1 if before == after else 1
        best = max(best, run)
    return best


def copied_share(phrase: FloatArray, notes: FloatArray) -> float:
    """Return the share of runs of six melodic steps that stand in the phrase as they are."""
    if len(notes) <= COMMON_INTERVALS or len(phrase) <= COMMON_INTERVALS:
        return 0.0
    window = np.lib.stride_tricks.sliding_window_view
    heard = {row.tobytes() for row in window(np.diff(phrase[:, 2]), COMMON_INTERVALS)}
    played = window(np.diff(notes[:, 2]), COMMON_INTERVALS)
    return sum(row.tobytes() in heard for row in played) / len(played)


def longest_silence_s(notes: FloatArray, seconds: float) -> float:
    """Return the longest time in which no note sounds."""
    ends = np.maximum.accumulate(notes[:, 1])
    gaps = np.append(notes[1:, 0], seconds) - ends
    return float(max(notes[0, 0], gaps.max(initial=0.0)))


def _unit(vector: FloatArray) -> FloatArray:
    return vector / (np.linalg.norm(vector) + 1e-9)


def judge(candidate: Drawn, notes: FloatArray, standard: Standard) -> Judged:
    """Score one candidate; notes are its notes as they would be played, cut to length."""
    report = {"notes": float(len(notes)), "likelihood": candidate.log_likelihood}
    if degenerate(notes):
        return Judged(notes, -np.inf, report | {"degenerate": 1.0})
    features = measure(notes)
    wish = 0.0
    if features is not None and standard.weights.any():
        z = (features - standard.mean) / standard.deviation
        off = np.minimum(np.abs(z - standard.target), 3.0)
        wish = float(np.average(off, weights=standard.weights))
    key = 1.0
    if standard.key_profile is not None:
        key = float(_unit(pitch_classes(notes)) @ standard.key_profile)
    copied = copied_share(standard.phrase, notes)
    silence = longest_silence_s(notes, standard.seconds)
    runs = longest_run(notes[:, 2])
    penalty = max(0.0, silence - 1.5) + 0.2 * max(0, runs - LONGEST_SAME_PITCH_RUN)
    score = (
        -WEIGHT_WISH * wish
        + standard.key_weight * key
        - WEIGHT_COPY * copied
        + WEIGHT_LIKELIHOOD * candidate.log_likelihood
        - penalty
    )
    report |= {"off_target": wish, "key_fit": key, "copied": copied, "silence_s": silence}
    return Judged(notes, score, report | {"score": score, "degenerate": 0.0})


def best(judged: Sequence[Judged]) -> Judged | None:
    """Return the best candidate that is alive, None when there is none."""
    alive = [j for j in judged if np.isfinite(j.score)]
    return max(alive, key=lambda j: j.score) if alive else None
