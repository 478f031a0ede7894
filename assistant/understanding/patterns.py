"""Words for parameters that are patterns, not lists: numbers, lengths, keys and names."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from assistant.understanding.number_words import to_words

COMMON_BARS = (1, 2, 2, 3, 4, 4, 4, 5, 6, 7, 8, 8, 8, 10, 12, 12, 16, 16, 20, 24, 32)
COMMON_SECONDS = (
    2,
    3,
    4,
    5,
    5,
    6,
    7,
    8,
    10,
    10,
    12,
    15,
    15,
    20,
    20,
    25,
    30,
    30,
    40,
    45,
    50,
    60,
    90,
)
BPM_UNITS = ("bpm", "beats per minute", "beats per minute", "beats a minute", "b p m")
SPECIAL_SECONDS = (
    "half a minute", "a minute", "one minute", "two minutes", "a minute and a half",
    "one and a half minutes", "three minutes", "two and a half seconds", "a couple of seconds",
    "seven and a half seconds", "five point five seconds", "two point five seconds", "a second",
)  # fmt: skip


def spoken_number(value: int, rng: random.Random) -> str:
    """Return a number above 100 in one of its spoken forms, else its words."""
    if value < 100 or value >= 1000:
        return to_words(value)
    hundreds, rest = divmod(value, 100)
    way = rng.random()
    if rest == 0:
        return "a hundred" if hundreds == 1 and way < 0.4 else to_words(value)
    if way < 0.45:
        return to_words(value)
    if way < 0.65:
        return f"{to_words(hundreds)} hundred and {to_words(rest)}"
    if way < 0.75 and hundreds == 1:
        return f"a hundred and {to_words(rest)}"
    return f"{to_words(hundreds)} {'oh ' if rest < 10 else ''}{to_words(rest)}"


def _bpm(rng: random.Random) -> str:
    value = rng.randint(30, 300) if rng.random() < 0.3 else 5 * rng.randint(8, 40)
    return spoken_number(value, rng)


def _bpm_unit(rng: random.Random) -> str:
    return f"{_bpm(rng)} {rng.choice(BPM_UNITS)}"


def _bars(rng: random.Random) -> str:
    if rng.random() < 0.06:
        return rng.choice(("a bar", "a couple of bars", "a measure"))
    count = rng.choice(COMMON_BARS)
    unit = "bar" if rng.random() < 0.6 else "measure"
    return f"{to_words(count)} {unit}{'' if count == 1 else 's'}"


def _bars_noun(rng: random.Random) -> str:
    return f"{to_words(rng.choice(COMMON_BARS))} {rng.choice(('bar', 'bar', 'measure'))}"


def _fours(rng: random.Random) -> str:
    return rng.choice(("fours", "fours", "fours", "fours", "eights", "eights", "twos", "sixes"))


def _seconds(rng: random.Random) -> str:
    if rng.random() < 0.25:
        return rng.choice(SPECIAL_SECONDS)
    return f"{to_words(rng.choice(COMMON_SECONDS))} seconds"


def _seconds_noun(rng: random.Random) -> str:
    return f"{to_words(rng.choice(COMMON_SECONDS))} second"


def _percent(rng: random.Random) -> str:
    value = 5 * rng.randint(0, 20) if rng.random() < 0.85 else rng.randint(1, 100)
    return "a hundred" if value == 100 and rng.random() < 0.3 else to_words(value)


def _percent_plain(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return rng.choice(("half", "maximum", "full", "max", "zero", "a quarter", "the maximum"))
    return _percent(rng)


def _percent_unit(rng: random.Random) -> str:
    return f"{_percent(rng)} percent"


def _key(rng: random.Random) -> str:
    tonic = rng.choice("abcdefgcdfg")
    sign = rng.choice(("", "", " sharp", " flat"))
    mode = rng.choice((" major", " major", " minor", " minor", " minor", "", ""))
    return f"{tonic}{sign}{mode}"


PATTERNS: Mapping[tuple[str, str], Callable[[random.Random], str]] = {
    ("tempo_bpm", ""): _bpm,
    ("tempo_bpm", "unit"): _bpm_unit,
    ("duration_bars", ""): _bars,
    ("duration_bars", "noun"): _bars_noun,
    ("duration_bars", "fours"): _fours,
    ("duration_seconds", ""): _seconds,
    ("duration_seconds", "noun"): _seconds_noun,
    ("volume_percent", ""): _percent_plain,
    ("volume_percent", "unit"): _percent_unit,
    ("key", ""): _key,
}


def draw_name(names: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    """Return a name for a take: two words, one word or a little sentence."""
    way = rng.random()
    if way < 0.25:
        return rng.choice(names["single"])
    if way < 0.5:
        return rng.choice(names["phrase"])
    article = rng.choice(("", "", "", "the ", "my "))
    return f"{article}{rng.choice(names['first'])} {rng.choice(names['last'])}"
