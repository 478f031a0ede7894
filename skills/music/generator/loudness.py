"""How loud a mood is played: the level moves to the mood's, the shape stays as it was drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skills.music.generator.features import CHORD_S

FloatArray = npt.NDArray[np.float64]

SOFTEST, LOUDEST = 30.0, 114.0
LEAST_SPREAD, MOST_SPREAD = 4.0, 12.0
"""Standard deviation of the velocities; a mood has some dynamics even after a flat score."""
TOP_LIFT, INNER_DROP = 5.0, 4.0
"""How a flat drawing is shaped: the highest note of each chord sings, the rest steps back."""
BEYOND = 12.0
"""Velocities that "much" goes past the mood's level."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """What an answer's loudness is brought to."""

    level: float
    """Mean velocity."""


def level_of(wanted: float, phrase: float, rises: bool, strength: float) -> float:
    """Return the level of an answer: as far from the phrase's towards the mood's as asked.

    wanted, phrase: mean velocities; rises: the mood is louder than music at large. A phrase that is
    loud (soft) enough already keeps its level.
    """
    goal = max(wanted, phrase) if rises else min(wanted, phrase)
    level = phrase + min(strength, 1.0) * (goal - phrase)
    level += (1 if rises else -1) * BEYOND * max(strength - 1.0, 0.0)
    return float(np.clip(level, SOFTEST + 6, LOUDEST - 8))


def shaped(notes: FloatArray, loudness: Loudness) -> FloatArray:
    """Return notes (n, 4) brought to a level; flat ones get modest dynamics."""
    if not len(notes):
        return notes
    rows = notes.copy()
    velocity = rows[:, 3] - rows[:, 3].mean()
    spread = float(velocity.std())
    if spread < LEAST_SPREAD:
        contour = _contour(rows)
        velocity = velocity + contour - contour.mean()
    elif spread > MOST_SPREAD:
        velocity *= MOST_SPREAD / spread
    rows[:, 3] = np.clip(np.round(loudness.level + velocity), SOFTEST, LOUDEST)
    return rows


def _contour(rows: FloatArray) -> FloatArray:
    """Return velocities that let the melody sing and follow its height a little."""
    together = np.abs(rows[:, None, 0] - rows[None, :, 0]) <= CHORD_S
    higher = rows[None, :, 2] > rows[:, None, 2]
    top = ~(together & higher).any(axis=1)
    melody = rows[top, 2]
    height = np.clip((rows[:, 2] - melody.mean()) / 2.0, -TOP_LIFT, TOP_LIFT)
    return np.where(top, height + TOP_LIFT, -INNER_DROP)
