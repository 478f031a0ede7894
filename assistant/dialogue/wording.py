"""Intents in words: for questions ("Did you mean: save it, blue door?") and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.contract import Command, Intent, ParameterValue

TELLING = frozenset(
    {
        *("mood", "key", "style", "instrument", "name", "format", "span", "switch"),
        *("tempo_change", "duration_change", "register_change", "volume_change"),
    }
)
"""Parameters whose value needs no name beside it."""
UNITS: Mapping[str, str] = {
    "tempo_bpm": "{:g} bpm",
    "duration_seconds": "{:g} s",
    "duration_bars": "{:g} bars",
    "volume_percent": "{:g} %",
}
SPOKEN_UNITS: Mapping[str, str] = {
    "tempo_bpm": "{:g} beats per minute",
    "duration_seconds": "{:g} seconds",
    "duration_bars": "{:g} bars",
    "volume_percent": "{:g} percent",
}
AMOUNTS: Mapping[str, str] = {"little": "a bit", "much": "much"}


def parameter_words(name: str, value: ParameterValue, units: Mapping[str, str] = UNITS) -> str:
    """Return a parameter in words: "happy", "90 bpm", "choice 2"."""
    if name in units:
        return units[name].format(value)
    if name in TELLING:
        return str(value)
    if name == "amount":
        return AMOUNTS.get(str(value), str(value))
    return f"{name.removesuffix('_change')} {value}"


def in_words(intent: Intent, commands: Mapping[str, Command]) -> str:
    """Return an intent as a question names it: "save it, blue door"."""
    command = commands.get(intent.name)
    ask = command.ask if command is not None else intent.name.replace("_", " ")
    said = [parameter_words(n, v, SPOKEN_UNITS) for n, v in intent.parameters.items()]
    return ", ".join([ask, *said])
