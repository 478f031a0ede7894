import pytest

from assistant.understanding.embedded import EngineAnswer
from assistant.understanding.reading import decide, read_answer
from assistant.understanding.repair import repair_spans
from assistant.understanding.templates import Span
from assistant.understanding.training_data import LanguageData


def repaired(language: LanguageData, text: str, intent: str = "adjust") -> dict[str, str]:
    words = text.split()
    spans = repair_spans(words, (), language.vocabulary, language.accepts[intent])
    return {s.parameter: " ".join(words[s.start : s.end]) for s in spans}


def test_clear_words_that_the_tagger_left_alone_are_put_in(language: LanguageData) -> None:
    assert repaired(language, "slow it down a bit in f sharp minor on strings") == {
        "tempo_change": "slow it down",
        "amount": "a bit",
        "key": "f sharp minor",
        "instrument": "strings",
    }


def test_the_way_of_a_mood_is_no_amount(language: LanguageData) -> None:
    assert repaired(language, "in a dreamy way") == {"mood": "dreamy"}


def test_eight_bars_long_is_not_longer(language: LanguageData) -> None:
    assert repaired(language, "make it eight bars long") == {"duration_bars": "eight bars"}


def test_words_inside_a_name_are_left_alone(language: LanguageData) -> None:
    words = "call it sad piano".split()
    spans = [Span(2, 4, "name")]
    accepted = language.accepts["save"] | {"mood", "instrument"}
    assert repair_spans(words, spans, language.vocabulary, accepted) == spans


def test_a_past_span_outside_recording_needs_a_length(language: LanguageData) -> None:
    text = "vary what i played"
    answer = EngineAnswer((("vary", 0.9),), (Span(1, 4, "span"),))
    read = read_answer(text, text.split(), answer, "rasa", language.vocabulary, language.accepts)
    assert dict(read.parameters) == {}


def test_names_keep_their_apostrophes(language: LanguageData) -> None:
    answer = EngineAnswer((("save", 0.9),), (Span(2, 4, "name"),))
    read = read_answer(
        "call it anna's song",
        ["call", "it", "annas", "song"],
        answer,
        "embedded",
        language.vocabulary,
        language.accepts,
    )
    assert read.parameters == {"name": "anna's song"}


@pytest.mark.parametrize(
    ("ranking", "name"),
    [
        ([("jam", 0.6), ("out_of_scope", 0.4)], "jam"),
        ([("jam", 0.5), ("out_of_scope", 0.45)], "out_of_scope"),
        ([("jam", 0.1), ("vary", 0.1)], "out_of_scope"),
    ],
)
def test_talk_counts_more_than_a_command(ranking: list[tuple[str, float]], name: str) -> None:
    decided, confidence = decide(ranking, talk_weight=1.4, unsure=0.15)
    assert decided == name
    assert 0.0 <= confidence <= 1.0


def test_of_two_values_the_one_said_after_no_counts(language: LanguageData) -> None:
    words = "on strings no on the flute".split()
    spans = repair_spans(
        words, [Span(1, 2, "instrument")], language.vocabulary, language.accepts["adjust"]
    )
    assert spans == [Span(5, 6, "instrument")]


def test_a_percentage_needs_no_direction(language: LanguageData) -> None:
    words = "turn it down to fifty percent".split()
    spans = (Span(0, 3, "volume_change"), Span(4, 6, "volume_percent"))
    answer = EngineAnswer((("volume", 0.9),), spans)
    read = read_answer(
        " ".join(words), words, answer, "embedded", language.vocabulary, language.accepts
    )
    assert dict(read.parameters) == {"volume_percent": 50}
