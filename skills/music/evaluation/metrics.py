"""How well answers go on from their phrases: alive, in key, in pulse, new, like what came next.

Each figure is a mean over cases with a bootstrap interval. A copy of the phrase scores best on key
and overlap: read them together with novelty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from skills.music.evaluation.cases import Case, Figure, interval
from skills.music.evaluation.overlap import overlap_area
from skills.music.evaluation.realness import FEWEST, realness
from skills.music.generator.features import pitch_classes
from skills.music.generator.gate import copied_share, onset_rate

FloatArray = npt.NDArray[np.float64]

FLICKER_S: Final = 0.05
FEWEST_FOR_OVERLAP = 20
FEWEST_TRUTH = 4


def broken(notes: FloatArray) -> bool:
    """Tell whether an answer is empty, one pitch, a two-note trill, or mostly flickers."""
    pitches = set(notes[:, 2].tolist())
    if len(notes) < 2 or len(pitches) < 2 or (len(notes) >= 8 and len(pitches) == 2):
        return True
    return bool(((notes[:, 1] - notes[:, 0]) < FLICKER_S).mean() > 0.5)


def key_fit(one: FloatArray, other: FloatArray) -> float:
    """Return the cosine of two pieces' pitch-class profiles."""
    a, b = pitch_classes(one), pitch_classes(other)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9))


def rate_change(phrase: FloatArray, answer: FloatArray) -> float:
    """Return how many octaves the rate of onsets goes up; 0 = the same pulse."""
    return float(np.log2(onset_rate(answer) / onset_rate(phrase)))


def novelty(phrase: FloatArray, answer: FloatArray) -> float:
    """Return 1 - the longest run of melodic steps out of the phrase, as a share of the answer.

    Notes of one onset come in the order of their ends, then of their pitches, whatever their rows.
    """
    phrase, answer = (rows[np.lexsort(rows.T[2::-1])] for rows in (phrase, answer))
    return 1.0 - max(copied_share(phrase, answer), 1.0 / len(answer))


def coherence(cases: Sequence[Case], seed: int = 0) -> dict[str, Figure]:
    """Return how answers go on from their phrases; needs two different phrases for key wins."""
    alive = [case for case in cases if len(case.answer) >= 2]
    chance = np.random.default_rng(seed)
    own = np.array([key_fit(case.phrase, case.answer) for case in alive])
    other = np.array(
        [key_fit(_another(alive, k, chance).phrase, c.answer) for k, c in enumerate(alive)]
    )
    ends = [case.answer[:, 1].max() if len(case.answer) else 0.0 for case in cases]
    late = np.abs(np.array(ends) - np.array([case.seconds for case in cases]))
    rates = np.array([rate_change(case.phrase, case.answer) for case in alive])
    return {
        "degenerate": interval(np.array([float(broken(case.answer)) for case in cases])),
        "length_error_p95_s": interval(late, "p95"),
        "key_fit_own": interval(own),
        "key_fit_win": interval((own > other).astype(np.float64)),
        "rate_ratio": interval(np.abs(rates), "median"),
        "rate_change": interval(rates),
        "novelty": interval(np.array([novelty(case.phrase, case.answer) for case in alive])),
        "notes": interval(np.array([float(len(case.answer)) for case in alive])),
    }


def continuation(cases: Sequence[Case], seed: int = 0) -> dict[str, Figure]:
    """Return all figures of a set of answers: coherence, and beside what really came next."""
    alive = [case for case in cases if len(case.answer) >= 2]
    return coherence(cases, seed) | _against_truth(alive)


def _another(cases: Sequence[Case], own: int, chance: np.random.Generator) -> Case:
    """Return a random case of another phrase; its own where there is no other."""
    others = [k for k, case in enumerate(cases) if case.name != cases[own].name]
    return cases[int(chance.choice(others))] if others else cases[own]


def _against_truth(alive: Sequence[Case]) -> dict[str, Figure]:
    """Return the figures that need what really came next, where there are enough cases."""
    pairs = [case for case in alive if len(case.truth) >= FEWEST_TRUTH]
    figures = {}
    if len(pairs) >= FEWEST_FOR_OVERLAP:
        figures["overlap"] = overlap_area([c.answer for c in pairs], [c.truth for c in pairs])
    if len(pairs) >= FEWEST:
        figures["realness_auc"] = realness(pairs)
    return figures
