"""Has the player finished? Heard from what is played and from the silence after it.

Boosted trees tell, at any moment of a pause, how likely it is that no key follows within two
seconds: from the pause beside the player's own pauses and pulse, keys and pedal, and how final the
last moment sounds (docs/adr/0015). Fitted by ``python -m skills.music.training.theory.phrase_end``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp
from pathlib import Path
from typing import Final

import numpy as np

from skills.music.keyboard.events import KeyEvent, Pedal
from skills.music.theory.ending import NAMES, Habits, evidence, habits
from skills.music.theory.forest import Forest, read_forest, read_json
from skills.music.theory.playing import Playing

MODEL: Final = Path(__file__).with_name("phrase_end.json")
SOONEST_S: Final = 0.3
"""Nothing is over sooner than this after a key went down."""
FEWEST_STROKES: Final = 3
"""A key that is touched once or twice is no phrase yet: it ends after ``FEW_S`` of silence."""
FEW_S, LONGEST_S = 1.5, 2.0
"""A silence this long is an end whatever was played …"""
SLOWER, MOST_S = 1.3, 5.0
"""… unless the player has waited so long already: then it is this factor of that, within bounds."""
EVEN, EVEN_MOMENTS, EVEN_FACTOR, EVEN_S = 1.3, 8, 3.0, 0.8
"""Who has struck so many moments without a gap of 1.3 times the usual one, and then waits three
such gaps and 0.8 s without a key, has ended an exercise or a scale."""
RETURN_S: Final = 1.5
"""Who comes back so soon after an end that was told had not stopped: the pause is learnt."""
SURE: Final = 20.0


@dataclass(frozen=True, slots=True)
class Ender:
    """The fitted trees and the odds from which on a phrase is over."""

    forest: Forest
    odds: float
    """Logarithm of the odds."""


@lru_cache(maxsize=1)
def load_ender(path: Path = MODEL) -> Ender:
    """Read the numbers; ValueError when they are for other features."""
    stored = read_json(path)
    if tuple(stored["names"]) != NAMES:
        raise ValueError(f"{path.name} was fitted to other features")
    return Ender(read_forest(stored), float(stored["odds"]))


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
        self._told_s: float | None = None
        """When the end was told."""

    def feed(self, event: KeyEvent) -> None:
        """Take the next stroke or pedal; a stroke well after an end begins a new phrase."""
        if not isinstance(event, Pedal) and event.velocity:
            if self._told_s is not None and event.time_s - self._told_s > RETURN_S:
                self._begin()
            self._told_s = None
            self._habits = None
        self._playing.feed(event)

    def tick(self, now_s: float) -> bool:
        """Return True when the phrase is over; once, then not until a key went down."""
        playing = self._playing
        if self._told_s is not None or not playing.moments or now_s - playing.last_s < SOONEST_S:
            return False
        odds = self._odds(now_s)
        self.chance = 1.0 / (1.0 + exp(-odds))
        if odds < self._ender.odds:
            return False
        self._told_s = now_s
        return True

    def _begin(self) -> None:
        pedal_down, pedal_s = self._playing.pedal_down, self._playing.pedal_s
        self.reset()
        self._playing.pedal_down, self._playing.pedal_s = pedal_down, pedal_s

    def _odds(self, now_s: float) -> float:
        """Return the logarithm of the odds that the phrase is over.

        A pause no longer than one that the player went on after is none.
        """
        playing = self._playing
        silent_s = 0.0 if playing.keys_down else now_s - playing.released_s
        if playing.strokes < FEWEST_STROKES:
            return SURE if silent_s >= FEW_S else -SURE
        if self._habits is None:
            self._habits = habits(playing)
        since_s, longest_s = now_s - playing.last_s, self._habits.longest_s
        if since_s < longest_s:
            return -SURE
        if silent_s >= min(max(LONGEST_S, SLOWER * longest_s), MOST_S):
            return SURE
        is_even = longest_s < EVEN * self._habits.median_s and len(playing.moments) >= EVEN_MOMENTS
        if is_even and since_s >= EVEN_FACTOR * longest_s and silent_s >= EVEN_S:
            return SURE
        values = evidence(playing, self._habits, now_s)
        return self._ender.forest.score(np.array(values))
