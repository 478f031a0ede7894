"""Boosted decision trees as plain numbers: what a fitted model needs to be asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Nodes = Sequence[tuple[int, float, int, int, float]]
"""Of one tree: feature asked (-1 at a leaf), largest value that goes left, places of the left and
the right node, value at a leaf."""


@dataclass(frozen=True, slots=True)
class Forest:
    """The sum of trees; all nodes in flat arrays, a leaf leads to itself."""

    base: float
    roots: npt.NDArray[np.int64]
    """(trees,)."""
    feature: npt.NDArray[np.int64]
    """(nodes,), as are the next."""
    threshold: npt.NDArray[np.float64]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    depth: int
    """Most questions on any way to a leaf."""

    def score(self, features: npt.NDArray[np.float64]) -> float:
        """Return the logarithm of the odds for one row (features,)."""
        node = self.roots
        for _ in range(self.depth):
            goes_left = features[self.feature[node]] <= self.threshold[node]
            node = np.where(goes_left, self.left[node], self.right[node])
        return self.base + float(self.value[node].sum())


def forest_of(base: float, trees: Sequence[Nodes]) -> Forest:
    """Join trees; each one's nodes come parents first."""
    nodes: list[tuple[int, float, int, int, float]] = []
    roots, depth = [], 0
    for tree in trees:
        start = len(nodes)
        roots.append(start)
        depth = max(depth, _depth(tree))
        for place, (feature, threshold, left, right, value) in enumerate(tree):
            own = start + place
            if feature < 0:
                nodes.append((0, np.inf, own, own, value))
            else:
                nodes.append((feature, threshold, start + left, start + right, 0.0))
    feature_of, most, left_of, right_of, value_of = (np.array(c) for c in zip(*nodes, strict=True))
    return Forest(base, np.array(roots), feature_of, most, left_of, right_of, value_of, depth)


def read_forest(stored: dict[str, Any]) -> Forest:
    """Return what ``stored_forest`` wrote."""
    return forest_of(stored["base"], stored["trees"])


def stored_forest(base: float, trees: Sequence[Nodes]) -> dict[str, Any]:
    """Return the numbers as JSON can hold them."""
    return {"base": base, "trees": [[list(node) for node in tree] for tree in trees]}


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a file of the package."""
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return stored


def _depth(tree: Nodes) -> int:
    depths = [0] * len(tree)
    for place, (feature, _, left, right, _value) in enumerate(tree):
        if feature >= 0:
            depths[left] = depths[right] = depths[place] + 1
    return max(depths)
