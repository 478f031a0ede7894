"""A judge of moods from a file: logistic regressions over the numbers of ``heard``.

The file holds ``{"judges": {name: {"features": […], "arousal": {...}, "valence": {...},
"quadrant": {...}}}}``, each target with ``mean``, ``scale``, ``coef``, ``intercept`` and
``classes``. Without a file a plain measure of our own stands in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from assistant.contract import InputError
from skills.music.evaluation.heard import NAMES, heard

FloatArray = npt.NDArray[np.float64]

QUADRANTS: Final[Mapping[str, tuple[bool, bool]]] = {
    "happy": (True, True),
    "energetic": (True, True),
    "playful": (True, True),
    "tense": (False, True),
    "dark": (False, False),
    "sad": (False, False),
    "calm": (True, False),
    "dreamy": (True, False),
    "romantic": (True, False),
}
"""(valence is high, arousal is high) of each mood."""
_NUMBER: Final = {(True, True): 1, (False, True): 2, (False, False): 3, (True, False): 4}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge heard."""

    valence: float
    """0..1, above 0.5 is high."""
    arousal: float
    quadrant: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class _Line:
    """Standardise, multiply, add."""

    mean: FloatArray
    scale: FloatArray
    weights: FloatArray
    """(classes or 1, features)."""
    bias: FloatArray

    def __call__(self, values: FloatArray) -> FloatArray:
        return np.asarray(self.weights @ ((values - self.mean) / self.scale) + self.bias)


@dataclass(frozen=True, slots=True)
class Judge:
    """One judge."""

    name: str
    columns: tuple[int, ...]
    valence: _Line
    arousal: _Line
    quadrant: _Line | None
    classes: tuple[int, ...] = ()

    def hear(self, notes: FloatArray) -> Verdict | None:
        """Judge rows (start_s, end_s, pitch, velocity); None when they are too few."""
        values = heard(notes)
        if values is None:
            return None
        chosen = values[list(self.columns)]
        valence, arousal = (
            1.0 / (1.0 + float(np.exp(-np.clip(line(chosen)[0], -50, 50))))
            for line in (self.valence, self.arousal)
        )
        corner = (valence > 0.5, arousal > 0.5)
        if self.quadrant is not None:
            number = self.classes[int(self.quadrant(chosen).argmax())]
            corner = next(c for c, n in _NUMBER.items() if n == number)
        return Verdict(valence, arousal, corner)


def read_judges(path: Path) -> list[Judge]:
    """Read every judge of a file; raises InputError with a sentence when it is not one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["judges"]
        return [_judge(name, entry) for name, entry in found.items()]
    except OSError as error:
        raise InputError(f"The judge {path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} does not hold mood judges.") from error


def _judge(name: str, entry: Mapping[str, object]) -> Judge:
    columns = tuple(NAMES.index(str(feature)) for feature in entry["features"])  # type: ignore[attr-defined]
    quadrant = entry.get("quadrant")
    return Judge(
        name,
        columns,
        _line(entry["valence"]),
        _line(entry["arousal"]),
        None if quadrant is None else _line(quadrant),
        () if quadrant is None else tuple(quadrant["classes"]),  # type: ignore[index]
    )


def _line(entry: object) -> _Line:
    assert isinstance(entry, dict)
    mean, scale, weights, bias = (
        np.asarray(entry[key], dtype=np.float64) for key in ("mean", "scale", "coef", "intercept")
    )
    return _Line(mean, scale, np.atleast_2d(weights), np.atleast_1d(bias))


def own_measure() -> Judge:
    """Return a plain judge: each feature weighs as much as it went with listeners' labels.

    Weights are the Spearman figures of two sets of piano music with human labels (docs/music.md);
    centres and scales those of played pop piano. It shares its features with the conditions.
    """
    valence = {"major_minus_minor": (0.48, 0.03, 0.2), "third_mode": (0.43, 0.04, 0.94)}
    arousal = {
        "note_rate": (0.73, 6.9, 3.6),
        "onset_rate": (0.65, 3.5, 1.7),
        "log_dur": (-0.63, -0.97, 0.59),
        "vel_mean": (0.76, 70.0, 14.0),
    }
    names = (*valence, *arousal)
    return Judge(
        "own measure",
        tuple(NAMES.index(name) for name in names),
        _weighted(names, valence),
        _weighted(names, arousal),
        None,
    )


def _weighted(names: tuple[str, ...], table: Mapping[str, tuple[float, float, float]]) -> _Line:
    rows = np.array([table.get(name, (0.0, 0.0, 1.0)) for name in names])
    return _Line(rows[:, 1], rows[:, 2], rows[:, :1].T, np.zeros(1))
