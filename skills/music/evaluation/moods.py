"""Are the moods heard: what each moves, what a judge hears, and whether "a bit" is less."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from skills.music.evaluation.cases import Case, Figure, interval
from skills.music.evaluation.judge import QUADRANTS, Judge, Verdict
from skills.music.generator.features import FEATURES, measure

FloatArray = npt.NDArray[np.float64]

Heard = list[tuple[Case, Verdict]]


def verdicts(cases: Sequence[Case], judge: Judge) -> Heard:
    """Return what the judge heard of every answer with a mood."""
    pairs = [(case, judge.hear(case.answer)) for case in cases if case.mood in QUADRANTS]
    return [(case, verdict) for case, verdict in pairs if verdict is not None]


def _wanted(case: Case) -> tuple[bool, bool]:
    return QUADRANTS[case.mood or ""]


def accuracy(heard: Heard, seed: int = 0) -> dict[str, Figure]:
    """Return how often arousal, valence and quadrant are heard as asked; and moods shuffled."""
    right = {
        "arousal": [(v.arousal > 0.5) == _wanted(c)[1] for c, v in heard],
        "valence": [(v.valence > 0.5) == _wanted(c)[0] for c, v in heard],
        "quadrant": [v.quadrant == _wanted(c) for c, v in heard],
    }
    order = np.random.default_rng(seed).permutation(len(heard))
    right["quadrant_shuffled"] = [
        v.quadrant == _wanted(heard[int(k)][0]) for (_, v), k in zip(heard, order, strict=True)
    ]
    figures = {name: interval(np.array(values, dtype=float)) for name, values in right.items()}
    return figures | pair_wins(heard)


def pair_wins(heard: Heard) -> dict[str, Figure]:
    """Return how often, after one phrase, the mood that should be higher is heard higher."""
    by_phrase: dict[str, Heard] = {}
    for case, verdict in heard:
        by_phrase.setdefault(case.name, []).append((case, verdict))
    wins: dict[str, list[float]] = {"valence": [], "arousal": []}
    for group in by_phrase.values():
        for (one, heard_one), (other, heard_other) in combinations(group, 2):
            for k, axis in enumerate(("valence", "arousal")):
                if _wanted(one)[k] == _wanted(other)[k]:
                    continue
                more = getattr(heard_one, axis) > getattr(heard_other, axis)
                wins[axis].append(float(more == _wanted(one)[k]))
    return {f"pair_wins_{axis}": interval(np.array(won)) for axis, won in wins.items()}


def moved(cases: Sequence[Case], deviation: FloatArray) -> dict[str, dict[str, float]]:
    """Return by mood how far each feature lies from the phrase's, mean in standard deviations."""
    found: dict[str, list[FloatArray]] = {}
    for case in cases:
        answer, phrase = measure(case.answer), measure(case.phrase)
        if case.mood is not None and answer is not None and phrase is not None:
            found.setdefault(case.mood, []).append((answer - phrase) / deviation)
    return {
        mood: dict(zip(FEATURES, np.mean(rows, axis=0).tolist(), strict=True))
        for mood, rows in found.items()
    }


def distinct(cases: Sequence[Case]) -> float:
    """Return how many of the pairs of moods differ in at least one feature beyond chance.

    Two moods differ where, over the phrases that both answered, the mean difference of a feature is
    more than three of its standard errors.
    """
    by_mood: dict[str, dict[str, FloatArray]] = {}
    for case in cases:
        values = measure(case.answer)
        if case.mood is not None and values is not None:
            by_mood.setdefault(case.mood, {})[case.name] = values
    pairs = list(combinations(sorted(by_mood), 2))
    apart = 0
    for one, other in pairs:
        shared = sorted(set(by_mood[one]) & set(by_mood[other]))
        gaps = np.array([by_mood[one][name] - by_mood[other][name] for name in shared])
        if len(gaps) > 2:
            error = gaps.std(axis=0, ddof=1) / np.sqrt(len(gaps)) + 1e-9
            apart += bool((np.abs(gaps.mean(axis=0)) > 3 * error).any())
    return apart / len(pairs) if pairs else float("nan")


def ordered(little: Heard, plain: Heard, much: Heard) -> dict[str, Figure]:
    """Return how often "a bit" moves less than plain and plain less than "much", by axis.

    Answers are compared phrase by phrase and mood by mood, in the direction that the mood wants.
    """
    tables = [
        {(case.name, case.mood): (verdict, _wanted(case)) for case, verdict in heard}
        for heard in (little, plain, much)
    ]
    steps: dict[str, list[float]] = {"valence": [], "arousal": []}
    for key in set(tables[0]) & set(tables[1]) & set(tables[2]):
        for k, axis in enumerate(("valence", "arousal")):
            sign = 1.0 if tables[1][key][1][k] else -1.0
            less, _, more = (sign * getattr(table[key][0], axis) for table in tables)
            steps[axis].append(float(more > less))
    return {f"much_over_a_bit_{axis}": interval(np.array(v)) for axis, v in steps.items()}
