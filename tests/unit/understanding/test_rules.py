import pytest

from assistant.understanding.rules import rule_intent


@pytest.mark.parametrize("text", ["stop", "please stop", "okay stop now", "can you stop it please"])
def test_stop_needs_no_model(text: str) -> None:
    assert rule_intent(text.split()) == "stop"


@pytest.mark.parametrize("text", ["undo", "undo that please", "no scrap that", "take that back"])
def test_undo_needs_no_model(text: str) -> None:
    assert rule_intent(text.split()) == "undo"


@pytest.mark.parametrize(
    "text",
    [
        "stop the drums",
        "stop the metronome",
        "dont stop",
        "undo the undo",
        "never mind",
        "",
        "play",
    ],
)
def test_what_only_looks_like_stop_or_undo_is_left_to_the_engines(text: str) -> None:
    assert rule_intent(text.split()) is None


@pytest.mark.parametrize(
    "text",
    ["continue in d minor no never mind", "make it faster forget it", "save that actually no"],
)
def test_a_sentence_that_is_taken_back_is_a_no(text: str) -> None:
    assert rule_intent(text.split()) == "deny"
