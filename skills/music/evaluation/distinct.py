"""Are the nine moods nine: does a classifier tell them, and does each move what it promises?

A mood promises to move some features in a direction (``generator.moods``). It is held to that
against the answer without a mood to the same phrase, and against every other mood that promises
less of a feature or the opposite. Tests are Wilcoxon's signed ranks over phrases, corrected for
their number after Holm (1979).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from skills.music.evaluation.cases import Case, Figure, interval
from skills.music.evaluation.heard import heard
from skills.music.generator.features import FEATURES, measure
from skills.music.generator.moods import mood_level, mood_targets

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ByMood = Mapping[str, Sequence[Case]]
Table = dict[str, dict[str, FloatArray]]
"""Mood: name of the phrase: features of the answer."""

FOLDS: Final = 5
APART: Final = 0.5
"""Standard deviations between two moods' promises from which one promises more than the other."""
LEVEL_DEVIATION: Final = 14.0
"""MIDI velocity: a standard deviation of played loudness, to compare moods' levels by."""
SURE: Final = 0.05
MIDDLE_LEVEL: Final = 70.0


def promises(mood: str) -> dict[str, float]:
    """Return where a mood wants the features it speaks of, in standard deviations."""
    level, _ = mood_level(mood)
    return mood_targets(mood) | {"velocity_mean": (level - MIDDLE_LEVEL) / LEVEL_DEVIATION}


def told_apart(by_mood: ByMood, seed: int = 0) -> dict[str, Any]:
    """Return how often a linear classifier names the mood of an answer to a phrase it never saw.

    It reads the judges' 42 numbers of the answer less those of the phrase. Returns the share right
    with its interval, the same with moods shuffled within each phrase, and the table of what was
    taken for what (rows: asked, shares of the row).
    """
    rows, moods, names = _changes(by_mood)
    if len(set(names)) < FOLDS:
        return {}
    order = sorted(by_mood)
    told = _classified(rows, moods, names)
    right = (told == moods).astype(np.float64)
    chance = np.random.default_rng(seed)
    mixed = moods.copy()
    for name in set(names.tolist()):
        own = np.flatnonzero(names == name)
        mixed[own] = chance.permutation(mixed[own])
    table = np.zeros((len(order), len(order)))
    np.add.at(table, (moods, told), 1.0)
    return {
        "accuracy": interval(right),
        "shuffled": interval((_classified(rows, mixed, names) == mixed).astype(np.float64)),
        "chance": 1.0 / len(order),
        "moods": order,
        "taken_for": table / np.maximum(table.sum(axis=1, keepdims=True), 1.0),
    }


def _changes(by_mood: ByMood) -> tuple[FloatArray, IntArray, npt.NDArray[np.str_]]:
    rows, moods, names = [], [], []
    for number, mood in enumerate(sorted(by_mood)):
        for case in by_mood[mood]:
            answer, phrase = heard(case.answer), heard(case.phrase)
            if answer is not None and phrase is not None:
                rows.append(answer - phrase)
                moods.append(number)
                names.append(case.name)
    return np.array(rows), np.array(moods, dtype=np.int64), np.array(names)


def _classified(rows: FloatArray, moods: IntArray, names: npt.NDArray[np.str_]) -> IntArray:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(
        StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    )
    told = cross_val_predict(model, rows, moods, groups=names, cv=GroupKFold(FOLDS))
    return np.asarray(told, dtype=np.int64)


def kept(
    by_mood: ByMood, without: Sequence[Case], deviation: FloatArray
) -> dict[str, dict[str, Any]]:
    """Return by mood and promised feature how an answer differs from the one without a mood.

    Each holds the share of phrases moved in the promised direction, the mean move in that direction
    in standard deviations (features,), and whether that is beyond chance.
    """
    table, scale = _measured(by_mood), dict(zip(FEATURES, deviation.tolist(), strict=True))
    found: dict[str, dict[str, Any]] = {}
    chances: list[tuple[dict[str, Any], float]] = []
    plain = _measured({"": list(without)})[""]
    for mood in by_mood:
        for name, wanted in promises(mood).items():
            gaps = _gaps(table[mood], plain, name) * np.sign(wanted)
            row = _row(gaps, scale[name])
            found.setdefault(mood, {})[name] = row
            chances.append((row, _p_value(gaps)))
    _mark(chances)
    return found


def pairs(by_mood: ByMood, deviation: FloatArray) -> dict[str, Any]:
    """Return for each pair of moods on which promised features they differ, beyond chance.

    Also how often a classifier of the two names the right one (0.5 = cannot).
    """
    table, scale = _measured(by_mood), dict(zip(FEATURES, deviation.tolist(), strict=True))
    found: dict[str, Any] = {}
    chances: list[tuple[dict[str, Any], float]] = []
    for one, other in combinations(sorted(by_mood), 2):
        mine, theirs = promises(one), promises(other)
        features = {}
        for name in sorted(set(mine) | set(theirs)):
            apart = mine.get(name, 0.0) - theirs.get(name, 0.0)
            if abs(apart) < APART:
                continue
            gaps = _gaps(table[one], table[other], name) * np.sign(apart)
            features[name] = _row(gaps, scale[name])
            chances.append((features[name], _p_value(gaps)))
        told = told_apart({one: by_mood[one], other: by_mood[other]})
        found[f"{one}, {other}"] = {
            "told_apart": told.get("accuracy"),
            "features": features,
        }
    _mark(chances)
    for pair in found.values():
        pair["kept"] = sum(bool(row["sure"]) for row in pair["features"].values())
        pair["promised"] = len(pair["features"])
    return found


def _measured(by_mood: ByMood) -> Table:
    table: Table = {}
    for mood, cases in by_mood.items():
        rows = {case.name: measure(case.answer) for case in cases}
        table[mood] = {name: values for name, values in rows.items() if values is not None}
    return table


def _gaps(one: Mapping[str, FloatArray], other: Mapping[str, FloatArray], name: str) -> FloatArray:
    """Return the differences of a feature, phrase by phrase."""
    column = FEATURES.index(name)
    shared = sorted(set(one) & set(other))
    return np.array([one[phrase][column] - other[phrase][column] for phrase in shared])


def _row(gaps: FloatArray, deviation: float) -> dict[str, Any]:
    won = (gaps > 0) + 0.5 * (gaps == 0)
    mean: Figure = interval(gaps / deviation)
    return {"share": float(np.mean(won)) if len(gaps) else None, "moved": mean, "sure": False}


def _p_value(gaps: FloatArray) -> float:
    """Return the chance of gaps so far above zero; 1 where nothing differs."""
    from scipy.stats import wilcoxon

    if not (gaps != 0).any():
        return 1.0
    return float(wilcoxon(gaps, alternative="greater", method="approx").pvalue)


def _mark(chances: Sequence[tuple[dict[str, Any], float]]) -> None:
    """Mark the rows that are beyond chance, all tests together (Holm)."""
    for rank, (row, chance) in enumerate(sorted(chances, key=lambda pair: pair[1])):
        if chance * (len(chances) - rank) > SURE:
            return
        row["sure"] = True
