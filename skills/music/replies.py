"""Words for replies: the templates of replies.toml, and how lengths, keys and changes are said."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from assistant.contract import ParameterValue
from skills.music.request import Request
from skills.music.theory.key import parse_key

REPLIES_FILE: Final = Path(__file__).with_name("replies.toml")

_NUMBERS: Final = (
    *("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen", "twenty"),
)
_ORDINALS: Final = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    "tenth",
)
_COMPARATIVES: Final = {
    "happy": "happier",
    "sad": "sadder",
    "calm": "calmer",
    "dark": "darker",
    "dreamy": "dreamier",
}
_LEVELS: Final = {
    ("register_change", "higher"): "higher",
    ("register_change", "lower"): "lower",
    ("tempo_change", "faster"): "faster",
    ("tempo_change", "slower"): "slower",
    ("duration_change", "longer"): "longer",
    ("duration_change", "shorter"): "shorter",
    ("density_change", "more"): "busier",
    ("density_change", "less"): "sparser",
    ("creativity_change", "more"): "bolder",
    ("creativity_change", "less"): "closer to what you played",
    ("volume_change", "louder"): "louder",
    ("volume_change", "quieter"): "softer",
}
_AMOUNTS: Final = {"little": "a bit ", "much": "much "}


@cache
def _templates() -> Mapping[str, Mapping[str, str]]:
    with REPLIES_FILE.open("rb") as file:
        return tomllib.load(file)


def reply(verb: str, case: str, **words: object) -> str:
    """Return the sentence for a case of a verb."""
    return _templates()[verb][case].format(**words)


def not_yet(intent: str) -> str:
    """Return the sentence for an intent that is understood and not built."""
    return _templates()["not_yet"][intent]


def unbuilt_intents() -> frozenset[str]:
    """Return the intents that are understood and not built."""
    return frozenset(_templates()["not_yet"])


def number(value: int) -> str:
    """Return a whole number as words up to twenty, else as digits."""
    return _NUMBERS[value] if 0 <= value < len(_NUMBERS) else str(value)


def ordinal(value: int) -> str:
    """Return "first", "second" … as words up to ten, else "number 11"."""
    return _ORDINALS[value - 1] if 1 <= value <= len(_ORDINALS) else f"number {value}"


def seconds(value: float) -> str:
    """Return a length as a person says it: "five seconds", "7.5 seconds", "one second"."""
    rounded = round(value, 1)
    if rounded != int(rounded):
        return f"{rounded:g} seconds"
    return f"{number(int(rounded))} second{'' if rounded == 1 else 's'}"


def are_seconds(value: float) -> str:
    """Return a length with its verb: "are five seconds", "is one second"."""
    words = seconds(value)
    return f"{'are' if words.endswith('s') else 'is'} {words}"


def notes(count: int) -> str:
    """Return a count of notes: "one note", "twelve notes"."""
    return f"{number(count)} note{'' if count == 1 else 's'}"


def beats(bpm: float) -> str:
    """Return a tempo: "96 beats per minute"."""
    return f"{round(bpm)} beats per minute"


def changes(said: Mapping[str, ParameterValue], *, again: bool) -> list[str]:
    """Return what was asked for, in words, one item a parameter.

    ``again``: against an answer that was heard ("happier"), not afresh ("happy").
    """
    amount = _AMOUNTS.get(str(said.get("amount", "")), "")
    words = [_LEVELS[key] for key in said.items() if key in _LEVELS]
    items = [amount + word if word != "closer to what you played" else word for word in words]
    if "mood" in said:
        items.insert(0, _mood(str(said["mood"]), amount, again=again))
    return items + _fixed(said)


def asked(request: Request) -> list[str]:
    """Return all that an answer was asked to be, however many commands it took.

    Its length and instrument are left out: whoever tells this tells those beside it.
    """
    items = [
        words[value > neutral] for value, neutral, words in _levels(request) if value != neutral
    ]
    if request.mood is not None:
        strength = request.mood_strength
        amount = "very " if strength > 1.0 else "a bit " if strength < 1.0 else ""
        items.insert(0, amount + request.mood)
    named = ("key", "tempo_bpm", "style")
    return items + _fixed({name: value for name in named if (value := getattr(request, name))})


def _levels(request: Request) -> tuple[tuple[float, float, tuple[str, str]], ...]:
    """Return each level, what it is when nobody asked, and the words for less and for more."""
    return (
        (request.register_shift, 0, ("lower", "higher")),
        (request.tempo_factor, 1.0, ("slower", "faster")),
        (request.density, 0, ("sparser", "busier")),
        (request.creativity, 0, ("closer to what you played", "bolder")),
        (request.velocity_shift, 0, ("softer", "louder")),
    )


def _mood(mood: str, amount: str, *, again: bool) -> str:
    if again:
        return amount + _COMPARATIVES.get(mood, f"more {mood}")
    return {"much ": "very "}.get(amount, amount) + mood


def _fixed(said: Mapping[str, ParameterValue]) -> list[str]:
    """Return the parameters that name a value rather than a direction."""
    items = []
    if "key" in said:
        items.append(f"in {parse_key(str(said['key'])).spoken}")
    if "tempo_bpm" in said:
        items.append(f"at {beats(float(said['tempo_bpm']))}")
    if "style" in said:
        items.append(f"in {a_or_an(str(said['style']))} style")
    if "instrument" in said:
        items.append(on_instrument(str(said["instrument"])))
    return items


def on_instrument(name: str) -> str:
    """Return "on strings", "on the piano"."""
    plural = name.endswith("s") and name not in ("bass", "brass", "bagpipes")
    return f"on {name}" if plural else f"on the {name}"


def a_or_an(words: str) -> str:
    """Return the words with their article."""
    return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"


def listed(items: list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]])) if items else ""


def how(items: list[str]) -> str:
    """Return the items as a tail of a sentence: ", happier, in G major"; "" for none."""
    return "".join(f", {item}" for item in items)
