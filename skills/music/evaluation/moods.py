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
    """Return how often arousal, valence and quadrant are heard as asked.

    Where there are several moods, also with the moods shuffled among the answers.
    """
    right = {
        "arousal": [(v.arousal > 0.5) == _wanted(c)[1] for c, v in heard],
        "valence": [(v.valence > 0.5) == _wanted(c)[0] for c, v in heard],
        "quadrant": [v.quadrant == _wanted(c) for c, v in heard],
    }
    if len({case.mood for case, _ in heard}) > 1:
        order = np.random.default_rng(seed).permutation(len(heard))
        right["quadrant_shuffled"] = [
            v.quadrant == _wanted(heard[int(k)][0]) for (_, v), k in zip(heard, order, strict=True)
        ]
    figures = {name: interval(np.array(values, dtype=float)) for name, values in right.items()}
    return figures | pair_wins(heard)


def pair_wins(heard: Heard) -> dict[str, Figure]:
    """Return how often, after one phrase, the mood that should be higher is heard higher.

    Pairs that should differ in one axis or go up in both are compared; tense and calm, one higher
    in each, are not.
    """
    by_phrase: dict[str, Heard] = {}
    for case, verdict in heard:
        by_phrase.setdefault(case.name, []).append((case, verdict))
    wins: dict[str, list[float]] = {"valence": [], "arousal": []}
    for group in by_phrase.values():
        for pair in combinations(group, 2):
            low, high = sorted(pair, key=lambda heard: _wanted(heard[0]))
            if _wanted(low[0])[1] > _wanted(high[0])[1]:
                continue
            for k, axis in enumerate(("valence", "arousal")):
                if _wanted(low[0])[k] != _wanted(high[0])[k]:
                    wins[axis].append(float(getattr(high[1], axis) > getattr(low[1], axis)))
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


def ordered(little: Heard, plain: Heard, much: Heard) -> dict[str, Figure]:
    """Return how often more is heard as more: "a bit", as asked, "much"; by axis.

    Answers are compared phrase by phrase and mood by mood, in the direction that the mood wants.
    """
    tables = [
        {(case.name, case.mood): (verdict, _wanted(case)) for case, verdict in heard}
        for heard in (little, plain, much)
    ]
    steps: dict[str, list[float]] = {}
    for key in sorted(set(tables[0]) & set(tables[1]) & set(tables[2]), key=str):
        for k, axis in enumerate(("valence", "arousal")):
            sign = 1.0 if tables[1][key][1][k] else -1.0
            less, middle, more = (sign * getattr(table[key][0], axis) for table in tables)
            for name, won in (
                ("plain_over_a_bit", middle > less),
                ("much_over_plain", more > middle),
                ("much_over_a_bit", more > less),
            ):
                steps.setdefault(f"{name}_{axis}", []).append(float(won))
    return {name: interval(np.array(won)) for name, won in steps.items()}


def leaning(heard: Heard) -> dict[str, Figure]:
    """Return how surely the judge hears what was wanted, 0..1 (0.5 = undecided), by axis."""
    return {
        axis: interval(
            np.array(
                [
                    getattr(verdict, axis) if _wanted(case)[k] else 1.0 - getattr(verdict, axis)
                    for case, verdict in heard
                ]
            )
        )
        for k, axis in enumerate(("valence", "arousal"))
    }
