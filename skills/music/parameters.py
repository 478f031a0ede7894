"""The parameters of a command: which there are, and what each may be.

One table for every door: words that were understood, and lines of a batch file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from assistant.contract import InputError, ParameterValue
from skills.music.request import (
    MAX_SECONDS,
    MAX_TEMPO_BPM,
    MIN_SECONDS,
    MIN_TEMPO_BPM,
    MOODS,
)
from skills.music.theory.key import parse_key

Check = Callable[[str, object], ParameterValue]


def _word(*allowed: str) -> Check:
    def check(name: str, value: object) -> ParameterValue:
        if value not in allowed:
            raise InputError(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
        return str(value)

    return check


def _text(name: str, value: object) -> ParameterValue:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{name} must be some words, not {value!r}.")
    return value.strip()


def _number(low: float, high: float, *, whole: bool = False) -> Check:
    kind = "a whole number" if whole else "a number"

    def check(name: str, value: object) -> ParameterValue:
        number = _finite(value)
        if number is None or (whole and number % 1):
            raise InputError(f"{name} must be {kind}, not {value!r}.")
        if not low <= number <= high:
            raise InputError(f"{name} must be from {low:g} to {high:g}, not {value!r}.")
        return int(number) if whole else number

    return check


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def _key(name: str, value: object) -> ParameterValue:
    try:
        return parse_key(str(value)).name
    except ValueError:
        raise InputError(f'{name} must be like "C major" or "F# minor", not {value!r}.') from None


CHECKS: Final[Mapping[str, Check]] = {
    "mood": _word(*MOODS),
    "tempo_bpm": _number(MIN_TEMPO_BPM, MAX_TEMPO_BPM, whole=True),
    "tempo_change": _word("faster", "slower"),
    "key": _key,
    "style": _text,
    "instrument": _text,
    "duration_seconds": _number(MIN_SECONDS, MAX_SECONDS),
    "duration_bars": _number(1, 256, whole=True),
    "duration_change": _word("longer", "shorter"),
    "creativity_change": _word("more", "less"),
    "register_change": _word("higher", "lower"),
    "density_change": _word("more", "less"),
    "volume_percent": _number(0, 100),
    "volume_change": _word("louder", "quieter"),
    "name": _text,
    "format": _word("midi", "wav"),
    "switch": _word("on", "off"),
    "span": _word("past"),
    "choice": _number(1, 99, whole=True),
    "amount": _word("little", "much"),
}
"""Every parameter that a command can carry."""


def checked(parameters: Mapping[str, object]) -> dict[str, ParameterValue]:
    """Return the parameters with their types; InputError names the first that is wrong."""
    for name in parameters:
        if name not in CHECKS:
            raise InputError(f"There is no parameter {name!r}; there are: {', '.join(CHECKS)}.")
    return {name: CHECKS[name](name, value) for name, value in parameters.items()}
