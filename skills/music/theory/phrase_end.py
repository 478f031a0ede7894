"""Has the player finished? Heard from what is played and from the silence after it.

A small network tells, at any moment of a pause, how likely it is that no key follows within two
seconds: from the pause beside the player's own pauses and pulse, keys and pedal, and how final the
last moment sounds (docs/adr/0015). Fitted by ``python -m skills.music.training.theory.phrase_end``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from skills.music.keyboard.events import KeyEvent, Pedal
from skills.music.theory.ending import NAMES, Habits, evidence, habits
from skills.music.theory.playing import Playing

FloatArray = npt.NDArray[np.float64]

MODEL: Final = Path(__file__).with_name("phrase_end.json")
SOONEST_S: Final = 0.3
"""Nothing is over sooner than this after a key went down."""
FEWEST_STROKES: Final = 3
"""A key that is touched once or twice is no phrase yet: it ends after ``FEW_S`` of silence."""
FEW_S: Final = 2.5
LONGEST_S: Final = 2.0
"""A silence this long is an end whatever was played."""


@dataclass(frozen=True, slots=True)
class Ender:
    """The network's numbers."""

    mean: FloatArray
    """(features,), as are the next."""
    scale: FloatArray
    hidden: FloatArray
    """(hidden, features)."""
    hidden_bias: FloatArray
    out: FloatArray
    """(hidden,)."""
    out_bias: float
    threshold: float
    """A chance from here on is an end."""

    def chance(self, values: list[float]) -> float:
        """Return the probability that the phrase is over."""
        inner = np.tanh(
            self.hidden @ ((np.array(values) - self.mean) / self.scale) + self.hidden_bias
        )
        return float(1.0 / (1.0 + np.exp(-(self.out @ inner + self.out_bias))))


@lru_cache(maxsize=1)
def load_ender(path: Path = MODEL) -> Ender:
    """Read the numbers; ValueError when they are for other features."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    if tuple(stored.pop("names")) != NAMES:
        raise ValueError(f"{path.name} was fitted to other features")
    single = {name: float(stored.pop(name)) for name in ("out_bias", "threshold")}
    return Ender(**{name: np.array(rows) for name, rows in stored.items()}, **single)


class PhraseEnd:
    """Tells once that a phrase is over; fed in order of time, in one thread."""

    def __init__(self, ender: Ender | None = None) -> None:
        self._ender = ender or load_ender()
        self.reset()

    def reset(self) -> None:
        """Forget the phrase."""
        self.chance = 0.0
        """How likely it is that the phrase is over, as of the last tick."""
        self._playing = Playing()
        self._habits: Habits | None = None
        self._told = False

    def feed(self, event: KeyEvent) -> None:
        """Take the next stroke or pedal; a stroke after an end begins a new phrase."""
        if not isinstance(event, Pedal) and event.velocity:
            if self._told:
                self._begin()
            self._habits = None
        self._playing.feed(event)

    def tick(self, now_s: float) -> bool:
        """Return True when the phrase is over; once, then not until a key went down."""
        playing = self._playing
        if self._told or not playing.moments or now_s - playing.last_s < SOONEST_S:
            return False
        self.chance = self._chance(now_s)
        self._told = self.chance >= self._ender.threshold
        return self._told

    def _begin(self) -> None:
        pedal_down, pedal_s = self._playing.pedal_down, self._playing.pedal_s
        self.reset()
        self._playing.pedal_down, self._playing.pedal_s = pedal_down, pedal_s

    def _chance(self, now_s: float) -> float:
        playing = self._playing
        silent_s = 0.0 if playing.keys_down else now_s - playing.released_s
        if silent_s >= LONGEST_S:
            return 1.0
        if playing.strokes < FEWEST_STROKES:
            return float(silent_s >= FEW_S)
        if self._habits is None:
            self._habits = habits(playing)
        return self._ender.chance(evidence(playing, self._habits, now_s))
