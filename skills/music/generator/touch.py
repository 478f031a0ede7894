"""How a mood is played: loudness moves to the mood's level, notes are held or shortened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skills.music.generator.consonance import RUBS
from skills.music.generator.features import CHORD_S

FloatArray = npt.NDArray[np.float64]

SOFTEST, LOUDEST = 30.0, 114.0
SOFT_SPREAD, LOUD_SPREAD, MOST_SPREAD = 11.0, 5.0, 13.0
"""Standard deviation of the velocities: at least the first in a quiet mood, which breathes, the
second in a loud one, also after a flat score; at most the third. The training music has 12."""
FLAT = 1.5
"""Drawings with less spread than this have no shape of their own."""
TOP_LIFT, INNER_DROP = 5.0, 4.0
"""How a flat drawing is shaped: the highest note of each chord sings, the rest steps back."""
HELD, SHORTENED, RINGING = 1.6, 0.85, 2.2
"""Note lengths of a quiet, a loud and a quiet mood whose notes ring on, against the drawn ones."""
BEYOND = 16.0
"""Velocities that "much" goes past the mood's level."""


@dataclass(frozen=True, slots=True)
class Touch:
    """How the keys are struck in a mood."""

    level: float
    """Mean velocity."""
    least_spread: float = LOUD_SPREAD
    """Standard deviation of the velocities, at least."""
    hold: float = 1.0
    """Note lengths against the drawn ones; a single line is not made to overlap."""
    rings: bool = False
    """A note of a single line may sound on over the next one where the two are consonant."""


def touch_of(
    wanted: float, phrase: float, rises: bool, strength: float, bright: bool = False
) -> Touch:
    """Return the touch of a mood of this level, after a phrase of this mean velocity.

    bright: of high valence; a quiet one lets the notes of a line ring into each other, a loud one
    shortens them.
    """
    rings = bright and not rises
    loud = SHORTENED if bright else 1.0  # tense music is not airy
    hold = (loud if rises else HELD) ** min(strength, 1.5)
    spread = LOUD_SPREAD if rises else SOFT_SPREAD
    return Touch(level_of(wanted, phrase, rises, strength), spread, hold, rings)


def level_of(wanted: float, phrase: float, rises: bool, strength: float) -> float:
    """Return the level of an answer: as far from the phrase's towards the mood's as asked.

    wanted, phrase: mean velocities; rises: the mood is louder than music at large. A phrase that is
    loud (soft) enough already keeps its level.
    """
    goal = max(wanted, phrase) if rises else min(wanted, phrase)
    level = phrase + min(strength, 1.0) * (goal - phrase)
    level += (1 if rises else -1) * BEYOND * max(strength - 1.0, 0.0)
    return float(np.clip(level, SOFTEST + 6, LOUDEST - 8))


def shaped(notes: FloatArray, touch: Touch) -> FloatArray:
    """Return notes (n, 4) with a mood's level, dynamics and lengths; flat ones get a shape."""
    if not len(notes):
        return notes
    rows = notes.copy()
    velocity = rows[:, 3] - rows[:, 3].mean()
    if velocity.std() < FLAT:
        velocity = _contour(rows)
        velocity -= velocity.mean()
    spread = float(velocity.std())
    if spread > 0.0:  # a part of one note has no shape
        velocity *= np.clip(spread, touch.least_spread, MOST_SPREAD) / spread
    rows[:, 3] = np.clip(np.round(touch.level + velocity), SOFTEST, LOUDEST)
    rows[:, 1] = rows[:, 0] + touch.hold * (rows[:, 1] - rows[:, 0])
    if touch.hold > 1.0 and _single_line(notes):
        if touch.rings:
            rows[:, 1] = rows[:, 0] + touch.hold * RINGING / HELD * (notes[:, 1] - notes[:, 0])
        latest = np.maximum(rows[1:, 0], notes[:-1, 1])
        if touch.rings:
            rubs = RUBS[np.abs(np.diff(rows[:, 2])).astype(np.int64) % 12]
            latest = np.where(rubs | (np.diff(rows[:, 2]) == 0), latest, rows[1:, 1])
        rows[:-1, 1] = np.minimum(rows[:-1, 1], latest)
    return rows


def _single_line(notes: FloatArray) -> bool:
    """Tell whether the notes hardly ever sound together."""
    overlap = notes[:-1, 1] > notes[1:, 0] + CHORD_S
    return len(notes) < 2 or float(overlap.mean()) < 0.15


def _contour(rows: FloatArray) -> FloatArray:
    """Return velocities that let the melody sing and follow its height a little."""
    together = np.abs(rows[:, None, 0] - rows[None, :, 0]) <= CHORD_S
    higher = rows[None, :, 2] > rows[:, None, 2]
    top = ~(together & higher).any(axis=1)
    melody = rows[top, 2]
    height = np.clip((rows[:, 2] - melody.mean()) / 2.0, -TOP_LIFT, TOP_LIFT)
    contour: FloatArray = np.where(top, height + TOP_LIFT, -INNER_DROP)
    return contour
