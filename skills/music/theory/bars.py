"""Where the bars of a pulse begin: long, low, loud and new notes fall on first beats."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from skills.music.notes import Phrase

FloatArray = npt.NDArray[np.float64]

NEAR_BEATS: Final = 0.2
"""A note so close to a beat is struck on it."""
FEWEST_BARS: Final = 2.0
BASS_PITCH: Final = 55
LONGEST_S: Final = 2.0
WEIGHTS: Final = {"long": 1.0, "low": 1.0, "new_bass": 1.0, "count": 0.5, "loud": 0.3}
TRIPLE_LEAD: Final = 0.25
"""Three beats a bar are rare: they must fit so much better than four."""
LEAST_LEAD: Final = 0.15
"""A first beat that leads the next best by less is a guess: then there are no bars."""


class Bars(NamedTuple):
    """A bar grid on a pulse."""

    beats_a_bar: int
    downbeat: int
    """Which beat, counted from the first of the pulse, begins a bar."""
    lead: float
    """How much better it fits than the next best first beat, in spreads of the evidence."""


def find_bars(phrase: Phrase, beat_s: float, first_beat_s: float) -> Bars | None:
    """Return the bars of a pulse; None when it is too short or nothing marks them.

    A tune without a bass leaves its bars open: long and loud notes alone are wrong too often.
    """
    if min((n.pitch for n in phrase.notes), default=BASS_PITCH) >= BASS_PITCH:
        return None
    evidence = _evidence(phrase, beat_s, first_beat_s)
    if len(evidence) < 4 * FEWEST_BARS or evidence.std() < 1e-6:
        return None
    evidence = (evidence - evidence.mean()) / evidence.std()
    four, three = _fit(evidence, 4), _fit(evidence, 3)
    best = three if three[1][0] - four[1][0] > TRIPLE_LEAD else four
    beats_a_bar, (first, second), downbeat = best
    if first - second < LEAST_LEAD:
        return None
    return Bars(beats_a_bar, downbeat, float(first - second))


def _fit(evidence: FloatArray, beats_a_bar: int) -> tuple[int, tuple[float, float], int]:
    """Return the bar, the mean evidence on the best and second-best first beats, the best."""
    means = [float(evidence[start::beats_a_bar].mean()) for start in range(beats_a_bar)]
    order = np.argsort(means)[::-1]
    return beats_a_bar, (means[order[0]], means[order[1]]), int(order[0])


def _evidence(phrase: Phrase, beat_s: float, first_beat_s: float) -> FloatArray:
    """Return how much each beat looks like the first of a bar, (beats,)."""
    rows = phrase.to_array()
    place = (rows[:, 0] - first_beat_s) / beat_s
    beat = np.round(place).astype(np.int64)
    on = (np.abs(place - beat) <= NEAR_BEATS) & (beat >= 0)
    rows, beat = rows[on], beat[on]
    if not len(rows):
        return np.zeros(0)
    beats = int(beat.max()) + 1
    lengths = np.minimum(rows[:, 1] - rows[:, 0], LONGEST_S)
    marks = np.zeros((len(WEIGHTS), beats))
    np.maximum.at(marks[0], beat, lengths)
    low = rows[:, 2] < BASS_PITCH
    np.maximum.at(marks[1], beat[low], lengths[low])
    marks[2] = _new_basses(rows[low, 2], beat[low], beats)
    marks[3] = np.bincount(beat, minlength=beats)
    np.maximum.at(marks[4], beat, rows[:, 3])
    spread = marks.std(axis=1, keepdims=True)
    marks = (marks - marks.mean(axis=1, keepdims=True)) / np.maximum(spread, 1e-6)
    evidence: FloatArray = np.array(list(WEIGHTS.values())) @ marks
    return evidence


def _new_basses(pitches: FloatArray, beat: npt.NDArray[np.int64], beats: int) -> FloatArray:
    """Return 1 at each beat whose lowest note is another one than the bass before."""
    lowest = np.full(beats, np.inf)
    np.minimum.at(lowest, beat, pitches)
    marks, before = np.zeros(beats), -1.0
    for place, bass in enumerate(lowest.tolist()):
        if np.isfinite(bass) and bass % 12 != before:
            marks[place], before = 1.0, bass % 12
    return marks
