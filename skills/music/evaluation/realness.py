"""Can a classifier tell answers from what people really played next?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from skills.music.evaluation.cases import Case, Figure
from skills.music.evaluation.heard import NAMES, heard

FloatArray = npt.NDArray[np.float64]

FOLDS: Final = 5
FEWEST: Final = 100
"""Cases from which on there is enough to learn from."""
RESAMPLINGS: Final = 200
COLUMNS: Final = (*NAMES, *(f"change of {name}" for name in NAMES))


def rows_of(cases: Sequence[Case]) -> tuple[FloatArray, FloatArray, list[str]]:
    """Return features (2 n, columns), 1 for drawn and 0 for played, and the phrases' names."""
    rows, drawn, names = [], [], []
    for case in cases:
        phrase = heard(case.phrase)
        for notes, label in ((case.answer, 1.0), (case.truth, 0.0)):
            values = heard(notes)
            if phrase is not None and values is not None:
                rows.append(np.concatenate([values, values - phrase]))
                drawn.append(label)
                names.append(case.name)
    return np.array(rows), np.array(drawn), names


def realness(cases: Sequence[Case]) -> Figure:
    """Return the area under the curve of boosted trees, folds by phrase; 0.5 = cannot tell.

    The interval is of resampled phrases. What really came next, as its own answer, is not asked.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict

    if all(case.answer is case.truth for case in cases):
        return Figure(0.5, 0.5, 0.5)
    rows, drawn, names = rows_of(cases)
    model = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.06, max_leaf_nodes=15, l2_regularization=1.0, random_state=0
    )
    told = cross_val_predict(
        model, rows, drawn, groups=names, cv=GroupKFold(FOLDS), method="predict_proba"
    )[:, 1]
    phrases, of_phrase = np.unique(names, return_inverse=True)
    chance = np.random.default_rng(0)
    again = []
    for _ in range(RESAMPLINGS):
        drawn_phrases = chance.integers(len(phrases), size=len(phrases))
        weights = np.bincount(drawn_phrases, minlength=len(phrases))[of_phrase]
        again.append(roc_auc_score(drawn, told, sample_weight=weights))
    low, high = np.quantile(again, (0.025, 0.975))
    return Figure(float(roc_auc_score(drawn, told)), float(low), float(high))


def giveaways(cases: Sequence[Case], count: int = 8) -> list[tuple[str, float]]:
    """Return the single features that tell best, with their areas under the curve."""
    from sklearn.metrics import roc_auc_score

    rows, drawn, _ = rows_of(cases)
    areas = [
        (name, 0.5 + abs(float(roc_auc_score(drawn, rows[:, k])) - 0.5))
        for k, name in enumerate(COLUMNS)
    ]
    return sorted(areas, key=lambda pair: -pair[1])[:count]
