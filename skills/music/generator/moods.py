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

VALENCE = {"major_minus_minor": 1.3, "third_mode": 1.2}
"""What +1 of valence is, in standard deviations."""
CLARITY = 0.5
UNCLARITY = -0.3
"""Key clarity of a mood of high and of one of low valence, in standard deviations."""
AROUSAL = {"onset_rate": 0.6, "note_rate": 0.7, "log_duration": -0.7}
"""Where +1 of arousal lies, in standard deviations of the training music; loudness has levels."""
FURTHEST = {"onset_rate": 0.55, "note_rate": 0.6, "log_duration": 0.7}
"""How far +1 of arousal may take an answer from its phrase, in standard deviations."""
SHARE_OF_THE_WAY = 0.5
"""A phrase far on the other side is taken this much of the way to the mood, if that is further."""
HEARD = {"onset_rate": 0.65, "note_rate": 0.73, "log_duration": -0.63, "velocity_mean": 0.76}
"""How much of arousal is heard in each: means of the two sets' Spearman figures."""
ENOUGH, LEAST_SHARE = 1.2, 0.6
"""So much of a mood's arousal is to be heard (times HEARD, in deviations); where loudness and touch
do it, rates go only this share of their way."""
FURTHEST_HEIGHT = 0.8
"""How far any mood may take the register, in standard deviations."""

PLANE: Mapping[str, tuple[float, float, float, Mapping[str, float]]] = {
    "happy": (1.0, 0.8, 90, {}),
    "energetic": (0.8, 1.5, 100, {}),
    "playful": (1.0, 0.7, 86, {"pitch_mean": 0.8, "log_duration": -1.3, "top_step": 0.8}),
    "tense": (-1.4, 1.2, 97, {"key_clarity": -0.2, "top_step": 0.3}),
    "dark": (-1.2, -1.0, 47, {"pitch_mean": -1.4, "chord_size": 0.4}),
    "sad": (-1.4, -1.1, 46, {"pitch_mean": -0.7}),
    "calm": (1.0, -1.2, 47, {}),
    "dreamy": (0.7, -1.1, 46, {"pitch_mean": 0.9, "log_duration": 1.6, "pitch_spread": 0.6}),
    "romantic": (0.8, -1.0, 47, {"chord_size": 0.7, "pitch_spread": 0.8}),
}
"""Mood: (valence, arousal, mean velocity, colour). The colour replaces what the plane says."""


def mood_targets(mood: str, strength: float = 1.0) -> dict[str, float]:
    """Return the features that a mood speaks of and where it wants them, z-scored.

    strength: 1 as asked, 0.5 "a bit", 1.5 "much"; raises KeyError for an unknown mood.
    """
    valence, arousal, _, colour = PLANE[mood]
    targets = {name: weight * valence for name, weight in VALENCE.items()}
    targets["key_clarity"] = CLARITY if valence > 0 else UNCLARITY
    targets |= {name: weight * arousal for name, weight in AROUSAL.items()}
    targets |= colour
    return {name: value * strength for name, value in targets.items()}


def mood_valence(mood: str) -> float:
    """Return where a mood lies between low (-) and high (+) valence."""
    return PLANE[mood][0]


def mood_reach(mood: str, strength: float = 1.0) -> dict[str, float]:
    """Return how far from the phrase a mood takes what it moves, in standard deviations."""
    arousal = abs(PLANE[mood][1])
    reach = {name: far * arousal * strength for name, far in FURTHEST.items()}
    return reach | {"pitch_mean": FURTHEST_HEIGHT * strength}


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


Conditions = tuple[FloatArray, npt.NDArray[np.bool_], FloatArray]


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

    What loudness and note lengths do for the mood, the pulse need not do.
    """
    wanted = ENOUGH * PLANE[mood][1] * strength
    weights = np.array([HEARD.get(name, 0.0) for name in FEATURES])
    rates = np.isin(FEATURES, ("onset_rate", "note_rate"))
    by_touch = float(weights @ np.where(rates, phrase, target))
    by_rates = float(weights @ np.where(rates, target - phrase, 0.0))
    share = (wanted - by_touch) / by_rates if by_rates else 0.0
    moved: FloatArray = phrase + float(np.clip(share, LEAST_SHARE, 1.0)) * (target - phrase)
    return np.where(rates, moved, target)
