"""The words of parameters as data: phrase to value, and where they occur in a sentence."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assistant.contract import ModelError, ParameterValue
from assistant.understanding.key_names import find_keys
from assistant.understanding.number_words import INSIDE_NUMBER, NUMBER_WORDS, UNITS

PARAMETER_TYPES = ("word", "integer", "number", "key", "text")
NUMBERED = frozenset(["number", "option", "version", "take", "answer", "variation", "idea"])
UNIT_WORDS = {
    "tempo_bpm": ("bpm", "beats"),
    "duration_seconds": ("seconds", "second", "minutes", "minute", "secs"),
    "duration_bars": ("bars", "bar", "measures", "measure"),
    "volume_percent": ("percent",),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the contract: type, range and the words for its values."""

    name: str
    type: str
    minimum: float
    maximum: float
    words: Mapping[str, Mapping[ParameterValue, tuple[str, ...]]]
    """kind -> value -> phrases."""


@dataclass(frozen=True, slots=True)
class Find:
    """Words of a parameter met in a sentence."""

    start: int
    end: int
    parameter: str
    kind: str


class Vocabulary:
    """All parameters, and the phrases of all of them."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.parameters = {p.name: p for p in parameters}
        self._values: dict[tuple[str, str], ParameterValue] = {}
        self._phrases: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for parameter in parameters:
            for kind, values in parameter.words.items():
                for value, phrases in values.items():
                    for phrase in phrases:
                        self._add(parameter.name, kind, value, phrase)
        self._longest = max((len(words) for words in self._phrases), default=0)
        self._first_words = {words[0] for words in self._phrases}

    def _add(self, name: str, kind: str, value: ParameterValue, phrase: str) -> None:
        known = self._values.setdefault((name, phrase), value)
        if known != value:
            raise ModelError(f"parameters.yml gives {phrase!r} to both {known} and {value}")
        kinds = self._phrases.setdefault(tuple(phrase.split()), [])
        if name not in [n for n, _ in kinds]:
            kinds.append((name, kind))

    def value(self, parameter: str, phrase: str) -> ParameterValue | None:
        """Return the value that a phrase stands for, or None."""
        return self._values.get((parameter, phrase))

    def phrases(self, parameter: str) -> list[str]:
        """Return all phrases of a parameter."""
        return [phrase for name, phrase in self._values if name == parameter]

    def find(self, words: Sequence[str]) -> list[Find]:
        """Return the longest finds of every parameter in a sentence, in order of start."""
        found: list[Find] = []
        for start, word in enumerate(words):
            if word not in self._first_words:
                continue
            seen = {f.parameter for f in found if f.end > start}
            for end in range(min(len(words), start + self._longest), start, -1):
                for name, kind in self._phrases.get(tuple(words[start:end]), ()):
                    if name not in seen:
                        found.append(Find(start, end, name, kind))
                        seen.add(name)
        found += [Find(s, e, "key", "key") for s, e in find_keys(words)]
        found += find_numbered(words)
        return sorted(found + find_numbers(words), key=lambda f: (f.start, -f.end, f.parameter))


def find_numbered(words: Sequence[str]) -> list[Find]:
    """Return stretches like "take seven", "option two": which one of several."""
    return [
        Find(at - 1, at + 1, "choice", "unit")
        for at in range(1, len(words))
        if words[at - 1] in NUMBERED
        and words[at] in UNITS[1:21]
        and list(words[at + 1 : at + 2]) not in (["more"], ["last"])  # "the answer one more time"
    ]


def find_numbers(words: Sequence[str]) -> list[Find]:
    """Return stretches of number words: with their unit ("bars") or as a plain "number"."""
    found, start = [], 0
    while start < len(words):
        end = _number_end(words, start)
        if end == start:
            start += 1
            continue
        found.append(_with_unit(words, start, end))
        start = found[-1].end
    return found


def _number_end(words: Sequence[str], start: int) -> int:
    first = words[start]
    after = words[start + 1] if start + 1 < len(words) else ""
    if first in ("a", "an", "half", "couple") and after not in ("hundred", "couple", "dozen"):
        return start + 1 if first == "a" and _unit_of(after) else start
    if first not in NUMBER_WORDS and first not in ("a", "an"):
        return start
    end = start + 1
    while end < len(words) and (words[end] in NUMBER_WORDS or _joins(words, end)):
        end += 1
    return end


def _joins(words: Sequence[str], at: int) -> bool:
    word, after = words[at], words[at + 1] if at + 1 < len(words) else ""
    if word in ("couple", "dozen"):
        return words[at - 1] == "a"
    if word == "of":
        return words[at - 1] == "couple"
    if word == "and" and after == "a":
        return words[at + 2 : at + 3] == ["half"]
    if word == "a":
        return words[at - 1] == "and" and after == "half"
    if word == "half":
        return words[at - 1] == "a"
    return word in INSIDE_NUMBER and after in NUMBER_WORDS and words[at - 1] in NUMBER_WORDS


def _unit_of(word: str) -> str:
    return next((name for name, units in UNIT_WORDS.items() if word in units), "")


def _with_unit(words: Sequence[str], start: int, end: int) -> Find:
    unit = _unit_of(words[end]) if end < len(words) else ""
    if not unit:
        return Find(start, end, "number", "plain")
    if unit == "tempo_bpm" and words[end] == "beats":
        tail = list(words[end + 1 : end + 3])
        end += 3 if tail and tail[0] in ("per", "a", "the") and tail[-1:] == ["minute"] else 1
    elif list(words[end + 1 : end + 4]) == ["and", "a", "half"]:
        end += 4
    else:
        end += 1
    return Find(start, end, unit, "unit")


def load_vocabulary(folder: Path) -> Vocabulary:
    """Read ``parameters.yml`` of a skill's folder; raises ModelError with what is wrong."""
    path = folder / "parameters.yml"
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=fast_loader())
    except (OSError, yaml.YAMLError) as error:
        raise ModelError(f"The words of understanding cannot be read from {path}.") from error
    return Vocabulary([_read_parameter(name, entry) for name, entry in data.items()])


def fast_loader() -> Any:
    """Return libyaml's safe loader where PyYAML has it, else the pure one."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _read_parameter(name: str, entry: Mapping[str, Any]) -> Parameter:
    if entry.get("type") not in PARAMETER_TYPES:
        raise ModelError(f"Parameter {name} needs a type out of {', '.join(PARAMETER_TYPES)}.")
    words: dict[str, dict[ParameterValue, tuple[str, ...]]] = {}
    for value, kinds in entry.get("values", {}).items():
        for kind, text in kinds.items():
            phrases = tuple(" ".join(p.split()) for p in str(text).split(","))
            words.setdefault(kind, {})[value] = tuple(p for p in phrases if p)
    return Parameter(
        name,
        entry["type"],
        float(entry.get("minimum", float("-inf"))),
        float(entry.get("maximum", float("inf"))),
        words,
    )


class WordFiller:
    """Fills the slots of templates from the vocabulary, the patterns and the names."""

    def __init__(self, vocabulary: Vocabulary, names: Mapping[str, Sequence[str]]) -> None:
        self._vocabulary = vocabulary
        self._names = names

    def fill(self, parameter: str, kind: str, rng: random.Random) -> str:
        """Return words for a slot; raises KeyError when the data know no such slot."""
        from assistant.understanding.patterns import PATTERNS, draw_name

        if parameter == "name":
            return draw_name(self._names, rng)
        pattern = PATTERNS.get((parameter, kind))
        if pattern is not None:
            return pattern(rng)
        words = self._vocabulary.parameters[parameter].words
        if not kind:
            kind = "noun" if "noun" in words else "er"
        if kind in words:
            return rng.choice(rng.choice(list(words[kind].values())))
        default = words.get("er", words.get("noun", {}))
        for value, phrases in default.items():
            if str(value) == kind:
                return rng.choice(phrases)
        raise KeyError(f"{parameter}.{kind}")
