"""From mood words to music: how each mood moves the features, in standard deviations.

Signs follow what moves listeners' labels: valence goes with major against minor and key clarity;
arousal with rates, loudness and short notes (Spearman figures in docs/music.md). A mood is a place
in that plane plus a colour of its own (register, spread, chords).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from skills.music.generator.features import FEATURES

FloatArray = npt.NDArray[np.float64]

VALENCE = {"major_minus_minor": 1.3, "third_mode": 1.2, "pitch_mean": 0.35}
"""What +1 of valence is, in standard deviations: bright moods lie higher, unless they say so."""
CLARITY = 0.5
UNCLARITY = -0.3
"""Key clarity of a mood of high and of one of low valence, in standard deviations."""
AROUSAL = {
    "onset_rate": 0.6,
    "note_rate": 0.7,
    "log_duration": -0.7,
    "chord_size": 0.4,
    "pitch_spread": 0.4,
}
"""Where +1 of arousal lies, in standard deviations of the training music; loudness has levels."""
FURTHEST = {
    "onset_rate": 0.6,
    "note_rate": 0.75,
    "log_duration": 0.7,
    "chord_size": 0.5,
    "pitch_spread": 0.4,
}
"""How far +1 of arousal may take an answer from its phrase, in standard deviations."""
SHARE_OF_THE_WAY = 0.6
"""A phrase of rates or note lengths far on the other side is taken this much of the way to the
mood, if that is further."""
HEARD = {"onset_rate": 0.65, "note_rate": 0.73, "log_duration": -0.63}
"""How much of arousal is heard in each: means of the two sets' Spearman figures. Loudness is left
out: a mood is to be heard without it."""
ENOUGH, LEAST_SHARE = 0.8, 0.5
"""So much of a mood's arousal is to be heard (times HEARD, in deviations); where the phrase and
note lengths do it, rates go only this share of their way."""
HEIGHT_REACH = {
    "happy": 0.4,
    "energetic": 0.4,
    "playful": 0.8,
    "tense": 0.6,
    "dark": 1.5,
    "sad": 0.9,
    "calm": 0.6,
    "romantic": 0.6,
    "dreamy": 0.8,
}
"""How far a mood may take the register, in standard deviations."""
MOST_OCTAVES = 0.7
"""Of onset rate that a mood may leave its phrase."""
SLOWEST = 0.1
"""Onsets a second."""
TUNE_ALONE = 1.2
"""A phrase of fewer notes an onset is a tune, which no mood gives chords."""

PLANE: Mapping[str, tuple[float, float, float, Mapping[str, float]]] = {
    "happy": (1.0, 0.7, 88, {}),
    "energetic": (0.8, 1.3, 102, {}),
    "playful": (1.0, 0.7, 86, {"pitch_mean": 0.8, "log_duration": -1.3, "top_step": 0.8}),
    "tense": (-1.4, 1.2, 97, {"log_duration": -0.5}),
    "dark": (-1.2, -1.1, 43, {"pitch_mean": -1.4, "log_duration": 1.0, "pitch_spread": -0.7}),
    "sad": (-1.4, -1.1, 44, {"pitch_mean": -0.8}),
    "calm": (1.0, -1.2, 44, {"pitch_mean": -0.1}),
    "dreamy": (0.7, -1.1, 43, {"pitch_mean": 0.9, "log_duration": 1.6, "pitch_spread": 0.3}),
    "romantic": (0.8, -1.0, 46, {"pitch_mean": -0.1, "chord_size": 0.3, "pitch_spread": 0.5}),
}
"""Mood: (valence, arousal, mean velocity, colour). The colour replaces what the plane says; 0
leaves a feature to the phrase."""
MOOD_STRENGTH = 1.3
"""Of a mood that is asked for plainly, against this table."""
MUCH = 1.5
"""Beyond this strength mode and register are not asked for any harder."""
AROUSAL_BEYOND = 0.7
"""Of what "much" has beyond "as asked", so much goes into rates, lengths and chords: they move
enough, and too quick is not happier."""


def mood_targets(mood: str, strength: float = 1.0) -> dict[str, float]:
    """Return the features that a mood speaks of and where it wants them, z-scored.

    strength: 1 as asked, 0.5 "a bit", 1.5 "much"; raises KeyError for an unknown mood.
    """
    valence, arousal, _, colour = PLANE[mood]
    targets = {name: weight * valence for name, weight in VALENCE.items()}
    targets["key_clarity"] = CLARITY if valence > 0 else UNCLARITY
    targets |= {name: weight * arousal for name, weight in AROUSAL.items()}
    targets |= colour
    force = {name: _damped(strength) if name in AROUSAL else strength for name in targets}
    if valence < 0:
        force["key_clarity"] = min(strength, 1.0)  # much sadder is still in a key
    return {name: MOOD_STRENGTH * force[name] * value for name, value in targets.items() if value}


def _damped(strength: float) -> float:
    """Return the strength of what arousal moves."""
    return min(strength, 1.0) + AROUSAL_BEYOND * max(strength - 1.0, 0.0)


def emphasis(strength: float) -> float:
    """Return how much more than as asked mode and register count: 1 as asked, 2 for "much"."""
    return 2.0 * float(np.clip(strength, 1.0, MUCH)) - 1.0


def mood_valence(mood: str) -> float:
    """Return where a mood lies between low (-) and high (+) valence."""
    return PLANE[mood][0]


def mood_reach(mood: str, strength: float = 1.0) -> dict[str, float]:
    """Return how far from the phrase a mood takes what it moves, in standard deviations."""
    arousal = abs(PLANE[mood][1])
    reach = {name: far * arousal * _damped(strength) for name, far in FURTHEST.items()}
    height = HEIGHT_REACH.get(mood, 0.0) * min(strength, 1.0) * emphasis(strength)
    return reach | {"pitch_mean": height}


def mood_level(mood: str) -> tuple[float, bool]:
    """Return a mood's mean velocity, and whether it is louder than music at large."""
    _, arousal, level, _ = PLANE[mood]
    return level, arousal > 0


FOLLOWED = (
    "onset_rate",
    "note_rate",
    "log_duration",
    "pitch_mean",
    "pitch_spread",
    "velocity_mean",
    "velocity_spread",
    "chord_size",
)
"""Texture: what an answer takes over from the phrase unless told otherwise."""
MODE = ("major_minus_minor", "third_mode", "key_clarity")
RATES = ("onset_rate", "note_rate")
FAR = (*RATES, "log_duration")
"""What goes further after a phrase that is far on the other side."""


Conditions = tuple[FloatArray, npt.NDArray[np.bool_], FloatArray]
Scale = tuple[FloatArray, FloatArray]
"""Mean and deviation of each feature in the training music."""


def conditions(
    phrase: FloatArray | None, moved: Mapping[str, float], reach: Mapping[str, float] | None = None
) -> Conditions:
    """Return target features (z-scored), which are said, and directions, each (features,).

    phrase: the phrase's z-scored features, None when it says too little. What the phrase already
    has more of than a mood asks for stays as it is, and none is taken further from the phrase than
    its reach: a mood moves the music no further than needed. Direction: 1 or -1 where reaching the
    target is enough (at least, at most), 0 where the phrase is followed.
    """
    target = np.zeros(len(FEATURES))
    said = np.zeros(len(FEATURES), dtype=bool)
    direction = np.zeros(len(FEATURES))
    for k, name in enumerate(FEATURES):
        own = None if phrase is None or name in MODE else float(phrase[k])
        if name in moved:
            wanted, direction[k] = moved[name], np.sign(moved[name])
            if own is not None:
                wanted = max(own, wanted) if wanted > 0 else min(own, wanted)
                furthest = (reach or {}).get(name, np.inf)
                if name in FAR:
                    furthest = max(furthest, SHARE_OF_THE_WAY * abs(wanted - own))
                wanted = float(np.clip(wanted, own - furthest, own + furthest))
                if name in (reach or {}):
                    direction[k] = 0.0
            target[k], said[k] = wanted, True
        elif own is not None and name in FOLLOWED:
            target[k], said[k] = own, True
    return np.clip(target, -3.5, 3.5), said, direction


def no_further_than_needed(
    target: FloatArray, phrase: FloatArray, mood: str, strength: float
) -> FloatArray:
    """Return targets (features,) whose rates leave the phrase only as far as the mood needs it.

    What the phrase and note lengths do for the mood, the pulse need not do.
    """
    wanted = ENOUGH * PLANE[mood][1] * _damped(strength)
    weights = np.array([HEARD.get(name, 0.0) for name in FEATURES])
    rates = np.isin(FEATURES, RATES)
    by_touch = float(weights @ np.where(rates, phrase, target))
    by_rates = float(weights @ np.where(rates, target - phrase, 0.0))
    share = (wanted - by_touch) / by_rates if by_rates else 0.0
    moved: FloatArray = phrase + float(np.clip(share, LEAST_SHARE, 1.0)) * (target - phrase)
    return np.where(rates, moved, target)


def within_octaves(target: FloatArray, measured: FloatArray, scale: Scale) -> FloatArray:
    """Return targets (features,) whose onsets stay near the phrase's and make its notes.

    measured: the phrase's features, unscaled. A tune gets as many notes as onsets, no longer than
    the time between them: longer ones could only be had by slowing down.
    """
    mean, deviation = scale
    onsets, notes, length, size = (FEATURES.index(name) for name in (*FAR, "chord_size"))
    plain = target * deviation + mean
    furthest = 2.0**MOST_OCTAVES
    rate = float(np.clip(plain[onsets], measured[onsets] / furthest, measured[onsets] * furthest))
    chord = max(measured[size], plain[size])
    if measured[size] < TUNE_ALONE:
        chord = measured[size]
        legato = -np.log(max(rate, SLOWEST))
        plain[length] = min(plain[length], max(legato, measured[length]))
    plain[onsets], plain[notes] = rate, min(plain[notes], rate * max(chord, 1.0))
    moved: FloatArray = (plain - mean) / deviation
    return moved
