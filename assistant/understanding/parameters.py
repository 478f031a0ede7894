"""From spans of text to the typed parameters of the contract: the one reader of both engines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from assistant.contract import ParameterValue
from assistant.understanding.key_names import read_key
from assistant.understanding.number_words import NUMBER_WORDS, read_number
from assistant.understanding.templates import Span
from assistant.understanding.vocabulary import Parameter, Vocabulary

HEARD_NUMBERS = {
    "for": "four", "fore": "four", "to": "two", "too": "two", "ate": "eight", "won": "one",
    "aid": "eight", "wan": "one", "tree": "three", "sex": "six", "tin": "ten",
}  # fmt: skip
"""What recognisers write for small numbers; read so only inside a span of a length."""
FOURS = {
    "fours": 4, "force": 4, "fores": 4, "eights": 8, "twos": 2, "sixes": 6, "threes": 3,
}  # fmt: skip
HALF_MINUTE = ({"half", "minute"}, {"half", "a", "minute"})
AFTER_CHOICE = frozenset(
    "again please was is but sounds sounded better best once and as to in instead".split()
)
SIMILAR_ENOUGH = 85.0
"""rapidfuzz ratio (0..100) from which a word heard wrong is read as a word of the vocabulary."""


def read_parameters(
    words: Sequence[str], spans: Iterable[Span], vocabulary: Vocabulary, accepted: frozenset[str]
) -> dict[str, ParameterValue]:
    """Return parameter values of the spans that the intent accepts; unreadable spans are left out.

    Words may hold apostrophes, which only names keep. The first readable span of a parameter
    counts.
    """
    values: dict[str, ParameterValue] = {}
    for span in spans:
        parameter = vocabulary.parameters.get(span.parameter)
        if parameter is None or span.parameter not in accepted or span.parameter in values:
            continue
        said = words[span.start : span.end]
        if parameter.name == "choice" and _is_article(words, span):
            continue
        if parameter.type != "text":
            said = [w.replace("'", "") for w in said]
        value = read_value(parameter, said, vocabulary)
        if value is not None:
            values[span.parameter] = value
    return values


def _is_article(words: Sequence[str], span: Span) -> bool:
    """True for "a" or "one" before a noun: no choice, unlike "play a again"."""
    if span.end - span.start > 1 or words[span.start] not in ("a", "one"):
        return False
    return span.end < len(words) and words[span.end] not in AFTER_CHOICE


def read_value(
    parameter: Parameter, words: Sequence[str], vocabulary: Vocabulary
) -> ParameterValue | None:
    """Return the typed value that words state for a parameter, or None."""
    match parameter.type:
        case "text":
            return " ".join(words) or None
        case "key":
            return read_key(words)
        case "word":
            return _read_word(parameter.name, words, vocabulary)
    listed = _inside(parameter.name, words, vocabulary)
    if listed is not None:
        return listed
    number = _read_amount(parameter.name, words)
    if number is None or not parameter.minimum <= number <= parameter.maximum:
        return None
    return int(number) if parameter.type == "integer" else float(number)


def _read_word(name: str, words: Sequence[str], vocabulary: Vocabulary) -> ParameterValue | None:
    value = _inside(name, words, vocabulary)
    if value is not None:
        return value
    from rapidfuzz import fuzz, process

    found = process.extractOne(" ".join(words), vocabulary.phrases(name), scorer=fuzz.ratio)
    if found is None or found[1] < SIMILAR_ENOUGH:
        return None
    return vocabulary.value(name, found[0])


def _inside(name: str, words: Sequence[str], vocabulary: Vocabulary) -> ParameterValue | None:
    """Return the value of the longest listed phrase inside the words."""
    for size in range(len(words), 0, -1):
        for start in range(len(words) - size + 1):
            value = vocabulary.value(name, " ".join(words[start : start + size]))
            if value is not None:
                return value
    return None


def _read_amount(name: str, words: Sequence[str]) -> float | None:
    if name == "duration_bars" and words and words[-1] in FOURS:
        return float(FOURS[words[-1]])
    if name == "tempo_bpm":
        words = list(takewhile(lambda w: w not in ("beats", "bpm", "b"), words))
    if name == "duration_seconds" and set(words) - {"the", "last"} in HALF_MINUTE:
        return 30.0
    if name == "duration_seconds" and words == ["minute"]:
        return 60.0
    number = _leading_number(words)
    if number is not None and name == "duration_seconds" and _in_minutes(words):
        number *= 60.0
    return number


def _in_minutes(words: Sequence[str]) -> bool:
    return any(w in ("minute", "minutes") for w in words)


def _leading_number(words: Sequence[str]) -> float | None:
    """Return the number said in the words, units aside: "eight bars", "a minute and a half"."""
    spoken = [w for w in words if w not in _UNIT_WORDS]
    spoken = [
        HEARD_NUMBERS.get(w, w) if not any(x in NUMBER_WORDS for x in spoken) else w for w in spoken
    ]
    for end in range(len(spoken), 0, -1):
        for start in range(end):
            number = read_number(" ".join(spoken[start:end]))
            if number is not None:
                return 1.0 if spoken[start:end] in (["a"], ["an"]) else number
    return None


_UNIT_WORDS = frozenset(
    [
        "bars",
        "bar",
        "measures",
        "measure",
        "seconds",
        "second",
        "secs",
        "minutes",
        "minute",
        "percent",
        "bpm",
        "beats",
        "per",
        "b",
        "p",
        "m",
        "about",
        "around",
        "exactly",
        "another",
        "of",
        "long",
        "each",
    ]
)
