import pytest

from assistant.contract import ParameterValue
from assistant.understanding.parameters import read_parameters, read_value
from assistant.understanding.templates import Span
from assistant.understanding.training_data import LanguageData


@pytest.mark.parametrize(
    ("parameter", "words", "value"),
    [
        ("mood", "cheerful", "happy"),
        ("mood", "more melancholic", "sad"),
        ("mood", "chearful", "happy"),
        ("mood", "wednesday", None),
        ("tempo_bpm", "one twenty beats per minute", 120),
        ("tempo_bpm", "a hundred", 100),
        ("tempo_bpm", "nine hundred", None),
        ("tempo_change", "half time", "slower"),
        ("tempo_change", "too fast", "slower"),
        ("key", "f sharp minor", "F# minor"),
        ("style", "jazzy", "jazz"),
        ("instrument", "church organ", "organ"),
        ("duration_bars", "eight bars", 8),
        ("duration_bars", "fours", 4),
        ("duration_bars", "for bars", 4),
        ("duration_bars", "a bar", 1),
        ("duration_seconds", "half a minute", 30.0),
        ("duration_seconds", "a minute and a half", 90.0),
        ("duration_seconds", "two and a half seconds", 2.5),
        ("volume_percent", "fifty percent", 50),
        ("volume_percent", "full volume", 100),
        ("choice", "the second one", 2),
        ("choice", "b", 2),
        ("amount", "a bit", "little"),
        ("format", "a wave file", "wav"),
        ("span", "what i just played", "past"),
        ("name", "blue door", "blue door"),
        ("register_change", "an octave up", "higher"),
        ("switch", "without", "off"),
    ],
)
def test_spans_become_the_values_of_the_contract(
    language: LanguageData, parameter: str, words: str, value: ParameterValue | None
) -> None:
    vocabulary = language.vocabulary
    read = read_value(vocabulary.parameters[parameter], words.split(), vocabulary)
    assert read == value
    assert type(read) is type(value)


def test_parameters_that_an_intent_does_not_take_are_left_out(language: LanguageData) -> None:
    spans = [Span(0, 1, "mood"), Span(1, 2, "instrument"), Span(2, 3, "mood")]
    words = ["sad", "piano", "happy"]
    accepted = frozenset(["mood"])
    assert read_parameters(words, spans, language.vocabulary, accepted) == {"mood": "sad"}
