"""The key of a phrase: names of keys, and the key that fits the notes best."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from skills.music.notes import Phrase
from skills.music.theory.forest import read_json
from skills.music.theory.harmony import features, turns

FloatArray = npt.NDArray[np.float64]
Mode = Literal["major", "minor"]

_LETTERS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS: Final = {"": 0, "#": 1, "b": -1, "sharp": 1, "flat": -1, "♯": 1, "♭": -1}
_KEY_WORDS = re.compile(
    r"\s*([A-Ga-g])[\s-]*(#|♯|♭|b|sharp|flat)?[\s-]*(major|minor|maj|min|m)?\s*", re.IGNORECASE
)
_MAJOR_NAMES: Final = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_NAMES: Final = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
"""Of two spellings the one with fewer signs in its key signature (six each: sharps in common use
for F#, flats for Eb minor)."""


_MAJOR_PROFILE: Final = (3.9, -2.0, 1.0, -1.1, 3.6, 1.7, -3.6, 4.4, -1.0, 0.4, -5.7, 0.9)
_MINOR_PROFILE: Final = (5.6, -5.9, 2.4, 3.0, -3.3, 1.8, -1.9, 5.8, 0.5, -7.0, 0.1, -0.3)
_MODE_BIAS: Final = (0.67, -0.67)
"""Weight of each step above the tonic, on the square roots of the shares of the notes' pitch
classes: a softmax over the 24 keys fitted to 3,649 cuts of 4 to 12 s of POP909 (MIT) and 2,500 of
OpenScore Lieder (CC0), training songs only, by
scripts/fit_key_profiles.py (docs/adr/0006)."""
_PROFILES: Final = np.array([_MAJOR_PROFILE, _MINOR_PROFILE])
MODEL: Final = Path(__file__).with_name("key.json")
"""A small network over ``harmony.features``, fitted by the module of the same name in
skills/music/training/theory (docs/adr/0015)."""
PLAIN_SHARE: Final = 0.3
"""Weight of the pitch classes alone beside the network: 0 to .4 are as good on validation songs."""
_FEATURE_TURNS: Final = turns()
_TURNS: Final = (np.arange(12)[None, :] + np.arange(12)[:, None]) % 12
"""(tonic, step) → pitch class."""


@dataclass(frozen=True, slots=True)
class Key:
    """A major or minor key."""

    tonic: int
    """Pitch class, 0 = C .. 11 = B."""
    mode: Mode
    clarity: float = 1.0
    """Probability of this key less that of the next best, 0..1; 1 when the key was named."""

    def __post_init__(self) -> None:
        if not 0 <= self.tonic <= 11:
            raise ValueError(f"a tonic must be in 0..11, not {self.tonic}")
        if self.mode not in ("major", "minor"):
            raise ValueError(f"a mode must be major or minor, not {self.mode!r}")

    @property
    def name(self) -> str:
        """The key as the contract writes it: "C major", "F# minor", "Bb major"."""
        names = _MAJOR_NAMES if self.mode == "major" else _MINOR_NAMES
        return f"{names[self.tonic]} {self.mode}"

    @property
    def spoken(self) -> str:
        """The key as a voice says it: "F sharp minor"."""
        return self.name.replace("#", " sharp").replace("b ", " flat ")


def parse_key(name: str) -> Key:
    """Read "F# minor", "bb major", "e flat minor", "C" (major); ValueError when it is no key."""
    match = _KEY_WORDS.fullmatch(name)
    if match is None:
        raise ValueError(f"a key must be like 'C major' or 'F# minor', not {name!r}")
    letter, sign, mode = match.groups()
    tonic = _LETTERS[letter.upper()] + _SIGNS[(sign or "").lower()]
    minor = mode is not None and (mode == "m" or mode.lower().startswith("min"))
    return Key(tonic % 12, "minor" if minor else "major")


def find_key(phrase: Phrase) -> Key:
    """Return the key that fits the notes best; C major with clarity 0 when there are none.

    Relative keys are the usual mistake; docs/theory.md has the figures.
    """
    if not phrase.notes:
        return Key(0, "major", 0.0)
    return key_of_chances(key_chances(phrase))


def key_of_chances(chances: FloatArray) -> Key:
    """Return the likeliest of the keys and its lead over the next one."""
    order = np.argsort(chances)
    best, second = int(order[-1]), int(order[-2])
    mode: Mode = "major" if best < 12 else "minor"
    return Key(best % 12, mode, float(chances[best] - chances[second]))


def key_chances(phrase: Phrase) -> FloatArray:
    """Return the probability of each key, (24,): C .. B major, then C .. B minor.

    A weighted mean of the logarithms of what the network and the pitch classes alone say: the
    network is better on tunes, the pitch classes are steadier on what it has not met, as a scale.
    """
    counts = np.bincount([note.pitch % 12 for note in phrase.notes], minlength=12)
    plain = np.log(chances_of_counts(counts) + 1e-9)
    learnt = np.log(_softmax(_network().scores(features(phrase)).ravel()) + 1e-9)
    return _softmax(PLAIN_SHARE * plain + (1 - PLAIN_SHARE) * learnt)


def chances_of_counts(counts: npt.NDArray[np.integer]) -> FloatArray:
    """Return the probability of each key, (24,), from counts (12,) of pitch classes alone."""
    shares = np.sqrt(counts / counts.sum())  # (12,)
    logits = (_PROFILES @ shares[_TURNS].T + np.array(_MODE_BIAS)[:, None]).ravel()
    return _softmax(logits)


@dataclass(frozen=True, slots=True)
class _Network:
    """Scores each tonic from the features turned to it."""

    hidden: FloatArray
    """(hidden, WIDTH)."""
    hidden_bias: FloatArray
    straight: FloatArray
    """(2, WIDTH): major, minor."""
    straight_bias: FloatArray
    out: FloatArray
    """(2, hidden)."""

    def scores(self, row: FloatArray) -> FloatArray:
        """Return (2, 12): mode, tonic."""
        turned = row[_FEATURE_TURNS].T  # (WIDTH, tonic)
        inner = np.maximum(self.hidden @ turned + self.hidden_bias[:, None], 0.0)
        scores: FloatArray = self.straight @ turned + self.straight_bias[:, None]
        return scores + self.out @ inner


@lru_cache(maxsize=1)
def _network() -> _Network:
    return _Network(**{name: np.array(rows) for name, rows in read_json(MODEL).items()})


def _softmax(logits: FloatArray) -> FloatArray:
    odds = np.exp(logits - logits.max())
    chances: FloatArray = odds / odds.sum()
    return chances
