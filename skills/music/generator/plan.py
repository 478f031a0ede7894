"""From a phrase and a request to a plan of the answer: length, key, tempo, register, conditions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from skills.music.generator.codec import heard_from_s
from skills.music.generator.features import FEATURES, measure
from skills.music.generator.gate import Weights
from skills.music.generator.lean import key_bias, mood_bias
from skills.music.generator.moods import (
    MODE,
    TUNE_ALONE,
    conditions,
    emphasis,
    mood_level,
    mood_reach,
    mood_targets,
    mood_valence,
    no_further_than_needed,
    within_octaves,
)
from skills.music.generator.touch import Touch, touch_of
from skills.music.notes import Phrase
from skills.music.request import DEFAULT_SECONDS, MAX_SECONDS, MIN_SECONDS, Request
from skills.music.theory.key import Key, find_key, parse_key
from skills.music.theory.tempo import BEATS_A_BAR, Tempo, find_tempo

FloatArray = npt.NDArray[np.float64]

ASSUMED_BPM = 100.0
"""Tempo of a phrase without a pulse, when bars or a tempo are asked for."""
FEATURES_S = 10.0
"""The phrase's texture is measured over at most this much of its end."""
DENSITY_STEP = 0.8
TEMPERATURE, CREATIVITY_STEP = 1.0, 0.07
GUIDANCE = 3.0
"""How hard a mood, key or density that was asked for pushes the logits; 1 = not beyond learned."""
MODE_IMPORTANCE, FOLLOWED_IMPORTANCE = 6.0, 0.5
"""Of major or minor, and of what is only to stay as it was, against what a request moves."""
PLAIN = Weights()
PUSHED = Weights(critic=0.3, key=16.0, rate=6.0, wish=12.0, chance=0.1)
"""With a mood, density or key asked for: the critic knows only music without a wish."""
TOP_P = 1.0
LOUDEST_CONDITION = 1.5
"""Standard deviations: beyond, the network has heard too little to be told so."""
HARSHNESS = 8.0
"""Log-odds of rubbing instead of none at a valence of 1, against it; below 0 for it."""
LOWEST_MEAN, HIGHEST_MEAN = 46.0, 82.0
"""Between these mean pitches the network has heard enough music."""
MIN_STRETCH, MAX_STRETCH = 0.4, 2.5


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is decided before sampling."""

    heard: FloatArray
    """(n, 4) the phrase as the network reads it: its end, in the asked key."""
    octaves: int
    """How many octaves higher than played the network reads and draws: at the edges of the
    keyboard it has heard too little."""
    handover_s: float
    """The end of the phrase on the clock of ``heard``."""
    seconds: float
    """Asked length of the answer."""
    stretch: float
    """Tempo of the answer against the phrase; the answer is drawn at the phrase's tempo."""
    tempo_bpm: float | None
    """Tempo of the answer."""
    pulse: Tempo | None
    """Of the phrase, on its clock."""
    target: FloatArray
    said: npt.NDArray[np.bool_]
    direction: FloatArray
    """(features,) 1 or -1: reaching the target is enough; 0: as near as can be."""
    importance: FloatArray
    """(features,) how much the gate looks at each."""
    weights: Weights
    """Of the gate's figures."""
    guidance: float
    temperature: float
    top_p: float
    pitch_bias: FloatArray | None
    key_profile: FloatArray | None
    pace: float
    """Onsets a second that are planned, against the phrase's."""
    flat_velocity: int | None
    """Velocity of a phrase without dynamics: the answer has none either."""
    touch: Touch | None
    """How a mood strikes the keys; None: as the phrase does."""


def answer_seconds(phrase: Phrase, request: Request, bar_s: float) -> float:
    """Return the asked length in seconds: as said, else as long as the phrase, 5 s at least."""
    if request.seconds is not None:
        seconds = request.seconds
    elif request.bars is not None:
        seconds = request.bars * bar_s
    else:
        seconds = max(phrase.length_s, DEFAULT_SECONDS)
    return float(np.clip(seconds * request.length_factor, MIN_SECONDS, MAX_SECONDS))


def transposition(found: Key, asked: Key) -> int:
    """Return the smallest shift in semitones that brings a phrase into the asked key's notes.

    Between major and minor the relative keys are matched: C major becomes A minor unmoved.
    """
    tonic = found.tonic
    if found.mode != asked.mode:
        tonic += -3 if asked.mode == "minor" else 3
    return (asked.tonic - tonic + 6) % 12 - 6


def octaves_nearer(phrase: Phrase) -> int:
    """Return how many octaves up a phrase at the edge of the keyboard is moved to be heard."""
    rows = phrase.to_array()
    late = rows[rows[:, 0] >= phrase.length_s - FEATURES_S]
    mean = float((late if len(late) else rows[-1:])[:, 2].mean())
    if mean > HIGHEST_MEAN:
        return -math.ceil((mean - HIGHEST_MEAN) / 12)
    return math.ceil(max(LOWEST_MEAN - mean, 0.0) / 12)


def _leaning(
    request: Request, asked: Key | None, found: Key, heard: FloatArray
) -> tuple[FloatArray | None, FloatArray | None]:
    """Return the pitch bias (128,) and pitch-class profile (12,) of a request, None for none."""
    if asked is not None:
        return key_bias(asked)
    if request.mood is None:
        return None, None
    wanted = "major" if mood_valence(request.mood) > 0 else "minor"
    return mood_bias(found, heard, wanted, request.mood_strength), None


def _pace(
    measured: FloatArray | None, target: FloatArray, scale: tuple[FloatArray, FloatArray]
) -> float:
    """Return the rate of onsets that is planned, against the phrase's."""
    if measured is None:
        return 1.0
    k, (mean, deviation) = FEATURES.index("onset_rate"), scale
    planned = target[k] * deviation[k] + mean[k]
    return float(np.clip(planned / measured[k], 0.25, 4.0))


def _stretch(request: Request, tempo: Tempo | None) -> tuple[float, float | None]:
    """Return the answer's tempo against the phrase's, and the answer's tempo if there is one."""
    bpm = tempo.bpm if tempo is not None else None
    factor = request.tempo_factor
    if request.tempo_bpm is not None:
        factor = request.tempo_bpm / (bpm or ASSUMED_BPM)
        while factor > MAX_STRETCH:  # twice the tempo in half the note values is the same music
            factor /= 2
        while factor < MIN_STRETCH:
            factor *= 2
        return factor, float(request.tempo_bpm)
    factor = float(np.clip(factor, MIN_STRETCH, MAX_STRETCH))
    return factor, None if bpm is None else bpm * factor


def _moved(request: Request, asked: Key | None, level: float | None) -> dict[str, float]:
    """Return the features that the request moves, z-scored; level: z-scored loudness of a mood."""
    moved: dict[str, float] = {}
    if request.mood is not None:
        moved = mood_targets(request.mood, request.mood_strength)
    if level is not None:
        moved["velocity_mean"] = float(np.clip(level, -LOUDEST_CONDITION, LOUDEST_CONDITION))
    if asked is not None:
        sign = 1.0 if asked.mode == "major" else -1.0
        moved |= {"major_minus_minor": 1.2 * sign, "third_mode": 1.1 * sign, "key_clarity": 0.6}
    return moved


def _touch(request: Request, heard: FloatArray) -> Touch | None:
    if request.mood is None:
        return None
    wanted, rises = mood_level(request.mood)
    bright = mood_valence(request.mood) > 0
    return touch_of(wanted, float(heard[:, 3].mean()), rises, request.mood_strength, bright)


def make_plan(phrase: Phrase, request: Request, mean: FloatArray, deviation: FloatArray) -> Plan:
    """Decide everything about the answer to a phrase of at least one note.

    mean, deviation: (features,) scale of the network's conditions.
    """
    tempo = find_tempo(phrase)
    asked = parse_key(request.key) if request.key else None
    found = find_key(phrase)
    octaves = octaves_nearer(phrase)
    shift = 12 * octaves + (transposition(found, asked) if asked else 0)
    rows = (phrase.transposed(shift) if shift else phrase).to_array()
    late = rows[rows[:, 0] >= heard_from_s(phrase.length_s)]
    heard = late if len(late) else rows[-1:]
    recent = heard[heard[:, 0] >= phrase.length_s - FEATURES_S]
    measured = measure(recent) if len(recent) >= 3 else measure(heard)
    own = None if measured is None else (measured - mean) / deviation
    flat = len(heard) > 2 and float(np.ptp(heard[:, 3])) == 0.0
    touch = _touch(request, heard)
    v = FEATURES.index("velocity_mean")
    level = None if touch is None else (touch.level - mean[v]) / deviation[v]
    moved = _moved(request, asked, level)
    reach = mood_reach(request.mood, request.mood_strength) if request.mood else None
    if measured is not None and measured[FEATURES.index("chord_size")] < TUNE_ALONE:
        moved.pop("chord_size", None)
    target, said, direction = conditions(own, moved, reach)
    if request.mood is not None and own is not None and measured is not None:
        target = no_further_than_needed(target, own, request.mood, request.mood_strength)
        target = within_octaves(target, measured, (mean, deviation))
    if request.mood_strength < 1.0:  # "a bit" is no more than a bit
        direction[[FEATURES.index(name) for name in MODE]] = 0.0
    for name in ("onset_rate", "note_rate"):
        k = FEATURES.index(name)
        target[k] = np.clip(target[k] + DENSITY_STEP * request.density, -3.5, 3.5)
        said[k] |= request.density != 0
    stretch, bpm = _stretch(request, tempo)
    bias, profile = _leaning(request, asked, found, heard)
    beats_a_bar = tempo.beats_counted if tempo else BEATS_A_BAR
    bar_s = beats_a_bar * 60.0 / (bpm or ASSUMED_BPM)
    pushed = request.mood is not None or request.density != 0 or asked is not None
    return Plan(
        heard=heard,
        octaves=octaves,
        handover_s=phrase.length_s,
        seconds=answer_seconds(phrase, request, bar_s),
        stretch=stretch,
        tempo_bpm=bpm,
        pulse=tempo,
        target=target,
        said=said,
        direction=direction,
        importance=_importance(said, moved, request),
        weights=_weights(request, pushed),
        guidance=_guidance(request) if pushed else 1.0,
        temperature=TEMPERATURE + CREATIVITY_STEP * request.creativity,
        top_p=TOP_P,
        pitch_bias=bias,
        key_profile=profile,
        pace=_pace(measured, target, (mean, deviation)) if pushed else 1.0,
        flat_velocity=int(heard[0, 3]) if flat and request.mood is None else None,
        touch=touch,
    )


def _guidance(request: Request) -> float:
    """Return how hard the request pushes the logits: less for a bit, no harder for much."""
    return 1.0 + (GUIDANCE - 1.0) * min(request.mood_strength if request.mood else 1.0, 1.0)


def _weights(request: Request, pushed: bool) -> Weights:
    """Return how much each of the gate's figures counts."""
    if request.mood is None:
        return PUSHED if pushed else PLAIN
    valence, strength = mood_valence(request.mood), request.mood_strength
    harsh = HARSHNESS * valence * (strength if valence > 0 else min(strength, 1.0))
    return replace(PUSHED, harsh=harsh)


def _importance(
    said: npt.NDArray[np.bool_], moved: Mapping[str, float], request: Request
) -> FloatArray:
    """Return how much the gate looks at each feature: loudness is brought about, not chosen."""
    importance: FloatArray = np.where(said, FOLLOWED_IMPORTANCE, 0.0)
    mode = MODE_IMPORTANCE * emphasis(request.mood_strength)
    for k, name in enumerate(FEATURES):
        if name.startswith("velocity"):
            importance[k] = 0.0
        elif name in moved:
            importance[k] = mode if name in MODE else 1.0
        elif request.density and name in ("onset_rate", "note_rate"):
            importance[k] = 1.0
    return importance
