"""Answers that take no learning: the phrase again, and an order-1 chain of its notes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

SHORTEST_GAP_S, LONGEST_GAP_S = 0.06, 2.0
CHAIN_VELOCITY = 80


def repeat(phrase: FloatArray, seconds: float) -> FloatArray:
    """Return the phrase played again from its start, cut to length."""
    again = phrase.copy()
    again[:, :2] -= again[0, 0]
    again = again[again[:, 0] < seconds]
    again[:, 1] = np.minimum(again[:, 1], seconds)
    return again


def markov(phrase: FloatArray, seconds: float, chance: np.random.Generator) -> FloatArray:
    """Return pitches of an order-1 chain of the phrase, one by one, with gaps drawn from it."""
    pitches = phrase[:, 2].astype(int).tolist()
    gaps = np.clip(np.diff(phrase[:, 0]), SHORTEST_GAP_S, LONGEST_GAP_S)
    gaps = gaps if len(gaps) else np.array([0.5])
    after: dict[int, list[int]] = {}
    for before, following in pairwise(pitches):
        after.setdefault(before, []).append(following)
    now_s, pitch, rows = 0.0, pitches[-1], []
    while now_s < seconds:
        pitch = int(chance.choice(after.get(pitch, pitches)))
        gap = float(chance.choice(gaps))
        rows.append((now_s, min(seconds, now_s + gap), float(pitch), float(CHAIN_VELOCITY)))
        now_s += gap
    return np.array(rows)
