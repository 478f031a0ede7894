"""The critic: how much likelier is it that a person went on like this than that Encore did?

Boosted trees over the traits of (phrase, answer) pairs, taught on training songs: what really came
next against what was drawn. They are shipped as plain arrays and read without pickle.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.contract import ModelError
from skills.music.generator.traits import NAMES

FloatArray = npt.NDArray[np.float64]

FILE = "critic.npz"
ARRAYS = ("names", "feature", "threshold", "left", "right", "value", "base", "depth")


@dataclass(frozen=True, slots=True)
class Critic:
    """Trees side by side: T trees of N nodes; node 0 is the root, a leaf is its own child."""

    feature: npt.NDArray[np.int16]
    """(T, N) index into the traits' NAMES."""
    threshold: npt.NDArray[np.float32]
    """(T, N): at most this goes left."""
    left: npt.NDArray[np.int16]
    right: npt.NDArray[np.int16]
    value: npt.NDArray[np.float32]
    """(T, N) of the leaves: added to the log-odds."""
    base: float
    depth: int

    def log_odds(self, pairs: FloatArray) -> FloatArray:
        """Return the log-odds (C,) for human, of traits (C, names)."""
        rows = np.arange(len(pairs))[:, None]
        trees = np.arange(len(self.feature))[None, :]
        node = np.zeros((len(pairs), len(self.feature)), dtype=np.int64)
        for _ in range(self.depth):
            goes_left = pairs[rows, self.feature[trees, node]] <= self.threshold[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        total: FloatArray = self.value[trees, node].sum(axis=1, dtype=np.float64)
        return total + self.base

    @staticmethod
    def load(folder: Path) -> Critic | None:
        """Read the critic of a model folder, None where it has none; ModelError when damaged."""
        path = folder / FILE
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in ARRAYS}
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"The music model's {path} is damaged; fetch it again.") from error
        if found.pop("names").tolist() != list(NAMES):
            raise ModelError(f"The critic in {folder} was made by another version of Encore.")
        return Critic(**found | {"base": float(found["base"]), "depth": int(found["depth"])})

    def save(self, folder: Path, model: str) -> None:
        """Write ``critic.npz`` into a model folder.

        model: SHA-256 of the weights whose answers it was taught on; it judges no other model well.
        """
        arrays = {name: getattr(self, name) for name in ARRAYS[1:]}
        np.savez_compressed(folder / FILE, names=np.array(NAMES), model=np.array(model), **arrays)

    @staticmethod
    def taught_on(folder: Path) -> str | None:
        """Return the SHA-256 of the weights that a folder's critic was taught on, if it says so."""
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return str(arrays["model"]) if "model" in arrays else None
