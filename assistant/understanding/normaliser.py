"""Typed text made equal to what a recogniser writes: the one normaliser of both engines."""

from __future__ import annotations

import re
import unicodedata

from assistant.understanding.number_words import spell_digits, to_words

WAKE_WORD = "maestro"

_SYMBOLS = {"%": " percent ", "&": " and ", "+": " plus ", "=": " equals ", "♯": "#", "♭": "b"}
_SHARP = re.compile(r"\b([a-g])\s*#")
_BPM = re.compile(r"(?<=\d)\s*bpm\b|\bb\.? ?p\.? ?m\b\.?")
_UNIT_AFTER_DIGIT = re.compile(r"(?<=\d)\s*(seconds|second|secs|sec|s|bars|bar|minutes|min)\b")
_UNITS = {"s": "seconds", "sec": "seconds", "secs": "seconds", "min": "minutes"}
_FOURS = re.compile(r"\b(trad(?:e|ing)|swap|exchange|do) ([248])'?s\b")
_NUMBER_SIGN = re.compile(r"#\s*(?=\d)")
_FILE_ENDING = re.compile(r"(?:^|(?<=\s))\.(?=(?:mid|midi|wav)\b)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_NOT_WORD = re.compile(r"[^a-z0-9' ]+")
_LOOSE_APOSTROPHE = re.compile(r"(?<![a-z])'|'(?![a-z])")


def normalise_text(text: str) -> str:
    """Return text as a recogniser writes it: lower case, no punctuation, numbers as words.

    "Play it in F# minor, at 120 BPM!" -> "play it in f sharp minor at one hundred twenty bpm".
    Apostrophes inside words stay ("don't"). Idempotent.
    """
    text = unicodedata.normalize("NFKC", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    text = _spell_capital_flats(text).lower()
    for symbol, words in _SYMBOLS.items():
        text = text.replace(symbol, words)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = _SHARP.sub(r"\1 sharp ", text)
    text = _NUMBER_SIGN.sub(" number ", text)
    text = _FOURS.sub(lambda m: f"{m[1]} {to_words(int(m[2]))}s", text)
    text = _BPM.sub(" bpm", text)
    text = _UNIT_AFTER_DIGIT.sub(lambda m: " " + _UNITS.get(m[1], m[1]), text)
    text = _FILE_ENDING.sub("dot ", _THOUSANDS.sub("", text))
    text = _NOT_WORD.sub(" ", spell_digits(text))
    text = _LOOSE_APOSTROPHE.sub(" ", text)
    return " ".join(text.split())


def _spell_capital_flats(text: str) -> str:
    """Return text with note names written as signs spelled: "Bb" b flat, "Eb" e flat, "Am" a minor.

    Only capitals are read: a lower-case "am" or "ab" is a word.
    """
    text = re.sub(r"\b([A-G])b(?=\b|m\b|maj|min)", r"\1 flat ", text)
    text = re.sub(r"\b([A-G])(#| flat |)m\b", r"\1\2 minor", text)
    text = re.sub(r"\b([A-G])(#| flat |)\s?maj\b", r"\1\2 major", text)
    text = re.sub(r"\b([A-G])(#| flat |)\s?min\b", r"\1\2 minor", text)
    return re.sub(r"\b([ac-g]|(?<=in )b|(?<=to )b)b(?= (?:major|minor)\b)", r"\1 flat", text)


def split_words(text: str) -> list[str]:
    """Return the words of normalised text as the engines see them: apostrophes closed up."""
    return text.replace("'", "").split()


def strip_wake_word(text: str, wake_word: str = WAKE_WORD) -> str:
    """Return normalised text without a wake word at its start, unless nothing else was said."""
    words = text.split()
    called = words[:1] in (["hey"], ["okay"], ["ok"]) and words[1:2] == [wake_word]
    if called:
        words = words[1:]
    if words[:1] == [wake_word] and len(words) > 1:
        return " ".join(words[1:])
    return " ".join(words) if not called else f"{text.split()[0]} {wake_word}"
