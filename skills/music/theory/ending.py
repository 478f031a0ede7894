"""What speaks for the end of a phrase: numbers of the playing so far and of the pause now."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, log, pi
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from skills.music.theory.key import chances_of_counts
from skills.music.theory.playing import Playing

FloatArray = npt.NDArray[np.float64]

PAUSE_NAMES: Final = (
    "since",
    "since_median",
    "since_long",
    "since_longest",
    "since_recent",
    "since_beat",
    "silent",
    "silent_longest",
    "silent_beat",
    "keys_down",
    "last_down",
    "pedal_down",
    "pedal_still",
)
"""What changes while the player waits; ratios of times are logarithms."""
WAITING_NAMES: Final = PAUSE_NAMES[:9]
"""Those that grow while nothing happens."""
PHRASE_NAMES: Final = (
    "median",
    "spread",
    "longest",
    "count",
    "length",
    "pulse",
    "on_beat",
    "last_gap",
    "last_size",
    "mean_size",
    "last_held",
    "legato",
    "softer",
    "lower_top",
    "lower_bass",
    "tonic_top",
    "tonic_bass",
    "triad",
    "cadence",
    "clear_key",
)
"""What the strokes so far tell."""
NAMES: Final = PAUSE_NAMES + PHRASE_NAMES

RECENT_MOMENTS: Final = 48
USUAL_GAP_S, USUAL_BEAT_S = 0.4, 0.6
"""Taken where the phrase is too short to tell."""
PULSES_HZ: Final = np.exp(np.linspace(np.log(0.8), np.log(3.4), 40))
PULSE_S: Final = 10.0
"""The pulse is looked for in the last seconds only: players are not machines."""
EDGE_S: Final = 0.03


class Habits(NamedTuple):
    """How the phrase went before the pause."""

    median_s: float
    long_s: float
    longest_s: float
    recent_s: float
    beat_s: float
    silence_s: float
    """Longest time without a key."""
    numbers: tuple[float, ...]
    """Values of PHRASE_NAMES."""


def habits(playing: Playing) -> Habits:
    """Return what the strokes so far tell; there is one at least."""
    moments = playing.moments[-RECENT_MOMENTS:]
    times = np.array([m.time_s for m in moments])
    gaps = sorted(np.diff(times).tolist()) or [USUAL_GAP_S]
    median_s, long_s = gaps[len(gaps) // 2], gaps[int(0.9 * (len(gaps) - 1) + 0.5)]
    recent = np.diff(times[-5:])
    recent_s = float(recent.mean()) if len(recent) else USUAL_GAP_S
    beat_s, pulse, on_beat = _pulse(times)
    last_gap_s = float(times[-1] - times[-2]) if len(times) > 1 else USUAL_GAP_S
    numbers = (
        _log(median_s),
        _log(long_s / median_s),
        _log(gaps[-1] / median_s),
        log(len(playing.moments)),
        _log(playing.last_s - playing.began_s + 0.5),
        pulse,
        on_beat,
        _log(last_gap_s / median_s),
        *_touch(playing, gaps, median_s),
        *_falls(playing),
        *_harmony(playing),
    )
    silence_s = max(playing.silences_s[-RECENT_MOMENTS:], default=0.0)
    return Habits(median_s, long_s, gaps[-1], recent_s, beat_s, silence_s, numbers)


def evidence(playing: Playing, before: Habits, now_s: float) -> list[float]:
    """Return the values of NAMES at this moment of a pause."""
    since_s = now_s - playing.last_s
    silent_s = 0.0 if playing.keys_down else now_s - max(playing.released_s, playing.last_s)
    last = playing.moments[-1]
    return [
        _log(since_s),
        _log(since_s / before.median_s),
        _log(since_s / before.long_s),
        _log(since_s / before.longest_s),
        _log(since_s / before.recent_s),
        _log(since_s / before.beat_s),
        _log(silent_s + EDGE_S),
        _log((silent_s + EDGE_S) / (before.silence_s + EDGE_S)),
        _log((silent_s + EDGE_S) / before.beat_s),
        float(min(playing.keys_down, 5)),
        len(last.down) / len(last.pitches),
        float(playing.pedal_down),
        _log(min(now_s - playing.pedal_s, 5.0) + EDGE_S),
        *before.numbers,
    ]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _log(value: float) -> float:
    return log(min(max(value, 0.02), 50.0))


def _pulse(times: FloatArray) -> tuple[float, float, float]:
    """Return the beat in seconds, its strength 0..1 and how far the last moment is on it, -1..1."""
    times = times[times >= times[-1] - PULSE_S]
    if len(times) < 4:
        return USUAL_BEAT_S, 0.0, 0.0
    back = times - times[-1]
    turns = np.exp(2j * pi * PULSES_HZ[:, None] * back)
    sums = turns.mean(axis=1)
    twice = np.exp(4j * pi * PULSES_HZ[:, None] * back).mean(axis=1)
    place = int(np.argmax(abs(sums) + 0.5 * abs(twice)))
    return 1.0 / float(PULSES_HZ[place]), abs(sums[place]), cos(float(np.angle(sums[place])))


def _touch(playing: Playing, gaps: list[float], median_s: float) -> tuple[float, ...]:
    """Return sizes of the last and the mean moment, how long the last one was held, legato."""
    moments = playing.moments[-RECENT_MOMENTS:]
    mean_size = sum(len(m.pitches) for m in moments) / len(moments)
    mean_held_s = sum(m.held_s for m in moments[:-1]) / max(len(moments) - 1, 1)
    mean_gap_s = sum(gaps) / len(gaps)
    last = moments[-1]
    return (
        log(len(last.pitches)),
        log(mean_size),
        _log(last.held_s / median_s),
        _log(mean_held_s / mean_gap_s),
    )


def _falls(playing: Playing) -> tuple[float, ...]:
    """Return how much softer and lower the last moment is than the ones before it."""
    *before, last = playing.moments[-17:]
    if not before:
        return 0.0, 0.0, 0.0
    softness = _mean([_mean(m.velocities) for m in before]) - _mean(last.velocities)
    top = _mean([max(m.pitches) for m in before]) - max(last.pitches)
    bass = _mean([min(m.pitches) for m in before]) - min(last.pitches)
    return softness / 20, top / 12, bass / 12


def _harmony(playing: Playing) -> tuple[float, ...]:
    """Return whether the last moment is the tonic: above, below, as a chord, after the fifth."""
    classes = [p % 12 for m in playing.moments[-RECENT_MOMENTS:] for p in m.pitches]
    chances = chances_of_counts(np.bincount(classes, minlength=12))
    tonics = chances[:12] + chances[12:]
    last = playing.moments[-1]
    bass, top = min(last.pitches) % 12, max(last.pitches) % 12
    basses = [min(m.pitches) % 12 for m in playing.moments[-7:-1]]
    best = int(np.argmax(chances))
    steps = (0, 4, 7) if best < 12 else (0, 3, 7)
    within = sum((p - best) % 12 in steps for p in last.pitches) / len(last.pitches)
    cadence = float(tonics[bass]) * float((bass + 7) % 12 in basses)
    return float(tonics[top]), float(tonics[bass]), within, cadence, float(chances.max())
