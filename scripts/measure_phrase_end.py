"""Measure when the end of a phrase is heard, beside the rule of a fixed silence.

Usage: python scripts/measure_phrase_end.py DATA_FOLDER [SPLIT] [PHRASES]

DATA_FOLDER holds splits.tsv and the archives. Phrases are cut from held-out performances of POP909
(skills/music/training/theory/performances.py). Of each one two things are asked. The player stops:
how long after the last key goes up is the end told? The player goes on as in truth: is it told in a
pause after which the next key comes within two seconds - within the phrase or where it was cut?
That is a false hand-over. Whoever rests longer has stopped.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from skills.music.keyboard.events import KeyEvent, Stroke
from skills.music.theory.phrase_end import PhraseEnd
from skills.music.training.theory.performances import REST_S, Cut, cuts, performances

TICK_S = 0.02
WAIT_S = 6.0
RULE_S = 0.6


class Detector(Protocol):
    """What tells ends."""

    def feed(self, event: KeyEvent) -> None:
        """Take an event."""

    def tick(self, now_s: float) -> bool:
        """Return True once at an end."""
        ...


class SilenceRule:
    """Ends a phrase so long after the last key went up."""

    def __init__(self, silence_s: float = RULE_S) -> None:
        self._silence_s = silence_s
        self._down: set[int] = set()
        self._last_s: float | None = None

    def feed(self, event: KeyEvent) -> None:
        """Take an event."""
        if isinstance(event, Stroke):
            (self._down.add if event.velocity else self._down.discard)(event.pitch)
            self._last_s = event.time_s

    def tick(self, now_s: float) -> bool:
        """Return True once at an end."""
        if self._last_s is None or self._down or now_s - self._last_s < self._silence_s:
            return False
        self._last_s = None
        return True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a phrase."""

    is_false: bool
    delay_s: float
    """After the last key went up; infinite when the end was never told."""
    since_stroke_s: float
    """After the last key went down."""


def told_s(detector: Detector, events: list[KeyEvent], until_s: float) -> list[float]:
    """Return when ends are told."""
    found, now_s = [], events[0].time_s
    for event in [*events, None]:
        next_s = until_s if event is None else event.time_s
        while now_s < next_s:
            if detector.tick(now_s):
                found.append(now_s)
            now_s += TICK_S
        if event is not None:
            detector.feed(event)
    return found


def judge(cut: Cut, detector: Detector, other: Detector) -> Outcome:
    """Let one detector hear the player stop, the other (its twin) the true continuation."""
    stopped = cut.stopped()
    strikes = [e.time_s for e in cut.gone_on(2 * WAIT_S) if isinstance(e, Stroke) and e.velocity]
    last_s = max(t for t in strikes if t <= cut.end_s)
    next_s = min((t for t in strikes if t > cut.end_s), default=np.inf)
    up_s = max(e.time_s for e in stopped if isinstance(e, Stroke))
    until_s = min(next_s, last_s + WAIT_S)
    false = [t for t in told_s(other, cut.gone_on(2 * WAIT_S), until_s) if is_false(t, strikes)]
    ends = [t for t in told_s(detector, stopped, up_s + WAIT_S) if t > last_s]
    end_s = ends[0] if ends else np.inf
    return Outcome(bool(false), max(end_s - up_s, 0.0), end_s - last_s)


def is_false(told: float, strikes: list[float]) -> bool:
    """Return whether the next key came soon after the one before the end that was told."""
    before = max(t for t in strikes if t <= told)
    after = min((t for t in strikes if t > told), default=np.inf)
    return after - before < REST_S


def main(data: Path, split: str = "test", phrases: str = "100") -> None:
    """Print a line a kind of phrase and detector."""
    chance = np.random.default_rng(11)
    found: dict[tuple[str, str], list[Cut]] = defaultdict(list)
    for performance in performances(data, split):
        for cut in cuts(performance, chance):
            found[cut.performance.hands, cut.ending].append(cut)
    kinds = {"learned": PhraseEnd, "600 ms": SilenceRule}
    everything: dict[str, list[Outcome]] = defaultdict(list)
    for (hands, ending), own in found.items():
        chance.shuffle(own)
        for name, kind in kinds.items():
            outcomes = [judge(c, kind(), kind()) for c in own[: int(phrases)]]
            everything[name] += outcomes
            print(f"{hands:14} {ending:9} {name:8} {line(outcomes)}", flush=True)
    for name, outcomes in everything.items():
        print(f"{'all':24} {name:8} {line(outcomes)}")


def line(outcomes: list[Outcome]) -> str:
    """Return the figures of some phrases."""
    false = np.mean([o.is_false for o in outcomes])
    delays = np.array([o.delay_s for o in outcomes])
    strokes = np.array([o.since_stroke_s for o in outcomes])
    p50, p90 = np.quantile(delays, [0.5, 0.9], method="lower")
    return (
        f"{len(outcomes):5} phrases  false {false:6.1%}  after the last key-up p50 {p50:.2f} s "
        f"p90 {p90:.2f} s  after the last stroke p50 {np.median(strokes):.2f} s"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
