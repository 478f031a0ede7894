"""Numbers as a recogniser writes them: words to values and digits to words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ("", "", *["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
NUMBER_WORDS = frozenset([*UNITS, *filter(None, TENS), "hundred", "thousand", "oh", "fourty"])
INSIDE_NUMBER = frozenset(["and", "a", "point", "half"])
ORDINALS = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]
ARTICLES = frozenset(["a", "an"])


def to_words(value: int) -> str:
    """Return the English words of an integer in 0..999999, without "and"."""
    if value < 20:
        return UNITS[value]
    if value < 100:
        return TENS[value // 10] + (f" {UNITS[value % 10]}" if value % 10 else "")
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if value >= size:
            head = f"{to_words(value // size)} {name}"
            return head + (f" {to_words(value % size)}" if value % size else "")
    raise AssertionError(value)


def spell_digits(text: str) -> str:
    """Return the text with numerals spelled: "2nd" second, "2.5" two point five, "120" words."""
    text = re.sub(r"\b(10|[1-9])(?:st|nd|rd|th)\b", lambda m: ORDINALS[int(m[1])], text)
    return re.sub(r"(\d{1,6})(?:\.(\d{1,3})(?!\d))?\d*", _spell_match, text)


def _spell_match(match: re.Match[str]) -> str:
    words = to_words(int(match[1]))
    if match[2] and int(match[2]):
        words += " point " + " ".join(UNITS[int(d)] for d in match[2].rstrip("0"))
    return f" {words} "


@lru_cache(maxsize=4096)
def read_number(text: str) -> float | None:
    """Return the value of number words, or None.

    Reads what musicians say: "one hundred and twenty", "one twenty", "one oh five", "a hundred",
    "two and a half", "five point five", "a couple", "a dozen".
    """
    words = text.replace("fourty", "forty").split()
    if not words:
        return None
    if words[-3:] == ["and", "a", "half"]:
        whole = read_number(" ".join(words[:-3])) if len(words) > 3 else None
        return None if whole is None else whole + 0.5
    if "point" in words:
        return _read_decimal(words)
    if words in (["a", "couple"], ["a", "couple", "of"], ["couple"]):
        return 2.0
    if words == ["a", "dozen"]:
        return 12.0
    if words[0] in ARTICLES:
        words = ["one", *words[1:]]
    return _read_integer(words)


def _read_decimal(words: Sequence[str]) -> float | None:
    point = words.index("point")
    whole = _read_integer(words[:point])
    digits = [UNITS.index(w) for w in words[point + 1 :] if w in UNITS[:10]]
    if whole is None or not digits or len(digits) != len(words) - point - 1:
        return None
    return whole + float("0." + "".join(map(str, digits)))


def _read_integer(words: Sequence[str]) -> float | None:
    if not words or any(w not in NUMBER_WORDS and w != "and" for w in words):
        return None
    value = _text2num(" ".join(words))
    if value is None and len(words) >= 2:
        value = _read_spoken_pair(words)
    return value


def _read_spoken_pair(words: Sequence[str]) -> float | None:
    """Read "one twenty", "two ten", "one oh five", "ninety six" said as hundreds and rest."""
    head, rest = words[0], [w for w in words[1:] if w != "and"]
    if head not in UNITS[1:10]:
        return None
    if rest and rest[0] in ("oh", "zero"):
        rest = rest[1:]
    tail = _text2num(" ".join(rest)) if rest else None
    if tail is None or not 0 < tail < 100:
        return None
    return UNITS.index(head) * 100 + tail


def _text2num(text: str) -> float | None:
    from text_to_num import text2num

    try:
        return float(text2num(text, "en"))
    except ValueError:
        return None
