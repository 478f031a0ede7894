"""Whether the beats of a pulse hold three quavers or two: jigs and waltz songs against the rest.

A row of even quavers says nothing by its onsets alone; accents do: long notes, basses, leaps, tops
and what is repeated after how long.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from skills.music.notes import Phrase
from skills.music.theory.forest import Forest, read_forest, read_json

FloatArray = npt.NDArray[np.float64]

MODEL: Final = Path(__file__).with_name("metre.json")
"""Boosted trees over ``evidence``, fitted by the module of the same name in
skills/music/training/theory."""
PERIODS: Final = (6.0, 4.0, 3.0, 2.0, 1.5, 1.0, 0.75, 2 / 3, 0.5, 1 / 3, 0.25)
"""Periods, in beats, at which each kind of accent is looked for."""
LAGS: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Beats after which what was played may come again."""
NEAR_BEATS: Final = 0.08
CHORD_S: Final = 0.04
BASS_PITCH: Final = 55
LONGEST_S: Final = 1.5


def has_three(phrase: Phrase, beat_s: float) -> bool:
    """Tell whether beats of three fit better, where ``beat_s`` was found for beats of two.

    Then a beat is 3/2 of ``beat_s``: its two quavers and the next one.
    """
    return _forest().score(evidence(phrase, beat_s)) > 0.0


def evidence(phrase: Phrase, beat_s: float) -> FloatArray:
    """Return accents by PERIODS, what comes again by LAGS, and how dense it is; notes needed."""
    rows = phrase.to_array()
    starts = np.flatnonzero(np.diff(rows[:, 0], prepend=-1.0) > CHORD_S)
    times = rows[starts, 0] / beat_s
    tops = np.maximum.reduceat(rows[:, 2], starts)
    accents = _accents(rows, starts, tops)  # (kinds, moments)
    turns = np.exp(2j * np.pi * times[:, None] / np.array(PERIODS))
    sizes = np.maximum(accents.sum(axis=1, keepdims=True), 1e-9)
    waves = np.abs(accents @ turns) / sizes  # (kinds, periods)
    length = max(float(times[-1] - times[0]), 1.0)
    return np.concatenate([waves.ravel(), _again(times, tops), [len(times) / length]])


def _accents(rows: FloatArray, starts: npt.NDArray[np.int64], tops: FloatArray) -> FloatArray:
    """Return how much each moment stands out, a row a kind."""
    onsets = rows[starts, 0]
    gaps = np.minimum(np.diff(onsets, append=rows[:, 1].max()), LONGEST_S)
    lengths = np.maximum.reduceat(np.minimum(rows[:, 1] - rows[:, 0], LONGEST_S), starts)
    lowest = np.minimum.reduceat(rows[:, 2], starts)
    leaps = np.diff(tops, prepend=tops[0])
    after = np.append(leaps[1:], 0.0)
    loud = np.maximum.reduceat(rows[:, 3], starts)
    return np.stack(
        [
            np.ones(len(starts)),
            np.maximum(gaps, 0.0),
            lengths,
            lowest < BASS_PITCH,
            np.abs(leaps),
            (leaps > 0) & (after <= 0),
            (leaps < 0) & (after >= 0),
            np.diff(np.append(starts, len(rows))) - 1,
            np.maximum(loud - np.median(loud), 0.0),
        ]
    ).astype(np.float64)


def _again(times: FloatArray, tops: FloatArray) -> FloatArray:
    """Return for each of LAGS how often a moment, its top and its step come again."""
    steps = np.sign(np.diff(tops, prepend=tops[0]))
    found = []
    for lag in LAGS:
        place = np.clip(np.searchsorted(times, times + lag - NEAR_BEATS), 0, len(times) - 1)
        is_there = np.abs(times[place] - times - lag) <= NEAR_BEATS
        inside = max(float((times + lag <= times[-1] + NEAR_BEATS).sum()), 1.0)
        hits = max(float(is_there.sum()), 1.0)
        same = (tops[place] == tops) & is_there
        alike = (steps[place] == steps) & is_there
        found += [is_there.sum() / inside, same.sum() / hits, alike.sum() / hits]
    return np.array(found)


@lru_cache(maxsize=1)
def _forest() -> Forest:
    return read_forest(read_json(MODEL))
