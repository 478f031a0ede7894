"""From what was said to a complete request: new requests, and changes to the last one.

Every step is a fixed musical size, so that "faster" twice and "much faster" mean something. The
sizes are this project's own choices; the record of decision 0006 says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Literal

from assistant.contract import ParameterValue
from skills.music.request import (
    MAX_SECONDS,
    MAX_TEMPO_BPM,
    MIN_SECONDS,
    MIN_TEMPO_BPM,
    Request,
)

Parameters = Mapping[str, ParameterValue]

TEMPO_STEPS: Final = {"little": 1.1, "": 1.25, "much": 1.6}
LENGTH_STEPS: Final = {"little": 1.25, "": 1.5, "much": 2.0}
REGISTER_STEPS: Final = {"little": 5, "": 12, "much": 24}
"""Semitones: a fourth, an octave, two octaves."""
LEVEL_STEPS: Final = {"little": 1, "": 2, "much": 3}
"""Of the three levels of density and creativity in each direction."""
VELOCITY_STEPS: Final = {"little": 8, "": 16, "much": 28}
MOOD_STRENGTHS: Final = {"little": 0.5, "": 1.0, "much": 2.0}
MOOD_AGAIN_FACTORS: Final = {"little": 1.25, "": 1.5, "much": 2.0}
"""The same mood asked for once more is made stronger by this."""
MIN_MOOD_STRENGTH, MAX_MOOD_STRENGTH = 0.25, 3.0
MIN_TEMPO_FACTOR, MAX_TEMPO_FACTOR = 0.25, 4.0
MIN_LENGTH_FACTOR, MAX_LENGTH_FACTOR = 0.1, 20.0
MAX_REGISTER_SHIFT = 36
MAX_LEVEL = 3
MAX_VELOCITY_SHIFT = 64
UP: Final = frozenset({"faster", "longer", "higher", "more", "louder"})


def _limited(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def with_parameters(request: Request, said: Parameters, *, again: bool = False) -> Request:
    """Return the request changed by what was said; everything else stays.

    ``again``: the request was already carried out, so a mood that it had is made stronger.
    """
    for change in _CHANGES:
        request = change(request, said, again)
    return request


def _amount(said: Parameters) -> str:
    return str(said.get("amount", ""))


def _mood(request: Request, said: Parameters, again: bool) -> Request:
    if "mood" not in said:
        return request
    mood, amount = str(said["mood"]), _amount(said)
    strength = MOOD_STRENGTHS[amount]
    if again and mood == request.mood:
        strength = request.mood_strength * MOOD_AGAIN_FACTORS[amount]
    strength = _limited(strength, MIN_MOOD_STRENGTH, MAX_MOOD_STRENGTH)
    return replace(request, mood=mood, mood_strength=strength)


def _tempo(request: Request, said: Parameters, _again: bool) -> Request:
    if "tempo_bpm" in said:
        request = replace(request, tempo_bpm=int(said["tempo_bpm"]), tempo_factor=1.0)
    if "tempo_change" not in said:
        return request
    step = TEMPO_STEPS[_amount(said)]
    factor = step if said["tempo_change"] in UP else 1.0 / step
    if request.tempo_bpm is not None:
        bpm = _limited(round(request.tempo_bpm * factor), MIN_TEMPO_BPM, MAX_TEMPO_BPM)
        return replace(request, tempo_bpm=int(bpm))
    speed = _limited(request.tempo_factor * factor, MIN_TEMPO_FACTOR, MAX_TEMPO_FACTOR)
    return replace(request, tempo_factor=speed)


def _words(request: Request, said: Parameters, _again: bool) -> Request:
    changes = {name: str(said[name]) for name in ("key", "style", "instrument") if name in said}
    return replace(request, **changes)  # type: ignore[arg-type]


def _length(request: Request, said: Parameters, _again: bool) -> Request:
    if "duration_seconds" in said:
        seconds = float(said["duration_seconds"])
        request = replace(request, seconds=seconds, bars=None, length_factor=1.0)
    elif "duration_bars" in said:
        bars = int(said["duration_bars"])
        request = replace(request, bars=bars, seconds=None, length_factor=1.0)
    if "duration_change" not in said:
        return request
    step = LENGTH_STEPS[_amount(said)]
    return _stretched(request, step if said["duration_change"] in UP else 1.0 / step)


def _stretched(request: Request, factor: float) -> Request:
    if request.seconds is not None:
        seconds = _limited(request.seconds * factor, MIN_SECONDS, MAX_SECONDS)
        return replace(request, seconds=seconds)
    if request.bars is not None:
        nearest = max(round(request.bars * factor), request.bars + 1) if factor > 1 else None
        bars = nearest or min(round(request.bars * factor), request.bars - 1)
        return replace(request, bars=int(_limited(bars, 1, 256)))
    length = _limited(request.length_factor * factor, MIN_LENGTH_FACTOR, MAX_LENGTH_FACTOR)
    return replace(request, length_factor=length)


def _register(request: Request, said: Parameters, _again: bool) -> Request:
    if "register_change" not in said:
        return request
    step = REGISTER_STEPS[_amount(said)]
    shift = request.register_shift + (step if said["register_change"] in UP else -step)
    shift = int(_limited(shift, -MAX_REGISTER_SHIFT, MAX_REGISTER_SHIFT))
    return replace(request, register_shift=shift)


def _level(
    name: Literal["density", "creativity"],
) -> Callable[[Request, Parameters, bool], Request]:
    said_name = f"{name}_change"

    def change(request: Request, said: Parameters, _again: bool) -> Request:
        if said_name not in said:
            return request
        step = LEVEL_STEPS[_amount(said)]
        level = getattr(request, name) + (step if said[said_name] in UP else -step)
        level = int(_limited(level, -MAX_LEVEL, MAX_LEVEL))
        if name == "density":
            return replace(request, density=level)
        return replace(request, creativity=level)

    return change


def _loudness(request: Request, said: Parameters, _again: bool) -> Request:
    """Louder and quieter said of new music is how it is played, not the volume."""
    if "volume_change" not in said:
        return request
    step = VELOCITY_STEPS[_amount(said)]
    shift = request.velocity_shift + (step if said["volume_change"] in UP else -step)
    shift = int(_limited(shift, -MAX_VELOCITY_SHIFT, MAX_VELOCITY_SHIFT))
    return replace(request, velocity_shift=shift)


_CHANGES: Final = (
    _mood,
    _tempo,
    _words,
    _length,
    _register,
    _level("density"),
    _level("creativity"),
    _loudness,
)

ADJUSTABLE: Final = frozenset(
    {
        "mood",
        "tempo_bpm",
        "tempo_change",
        "key",
        "style",
        "instrument",
        "duration_seconds",
        "duration_bars",
        "duration_change",
        "register_change",
        "density_change",
        "creativity_change",
        "volume_change",
    }
)
"""Parameters that change what is generated; the others change what is done with it."""
