"""Conversations with the real engine: each is a row of sentences and what comes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from skills.music.theory.key import parse_key
from tests.unit.dialogue.conftest import Talk

CONTINUE = "continue what i play in a happy mood"


def requests(talk: Talk) -> list[tuple[str | None, str | None, float, float, int]]:
    """Return mood, instrument, speed, length and seed of every request."""
    return [
        (r.mood, r.instrument, round(r.tempo_factor, 2), round(r.length_factor, 2), r.seed)
        for _, r in talk.sitting.generator.asked
    ]


@pytest.mark.parametrize(
    ("sentences", "last"),
    [
        (["again but sadder"], ("sad", None, 1.0, 1.0, 1)),
        (["same with piano"], ("happy", "piano", 1.0, 1.0, 1)),
        (["make it longer"], ("happy", None, 1.0, 1.5, 1)),
        (["in the same key but faster"], ("happy", None, 1.25, 1.0, 1)),
        (["like that but on strings"], ("happy", "strings", 1.0, 1.0, 1)),
        (["not so fast"], ("happy", None, 0.8, 1.0, 1)),
        (["again but sadder", "and on strings", "a bit faster"], ("sad", "strings", 1.1, 1.0, 1)),
        (["sadder", "scrap that", "on strings"], ("happy", "strings", 1.0, 1.0, 1)),
        (["another version", "sadder"], ("sad", None, 1.0, 1.0, 2)),
        (["another version but sadder"], ("sad", None, 1.0, 1.0, 2)),
        (["another version", "the first one but slower"], ("happy", None, 0.8, 1.0, 1)),
    ],
)
def test_a_change_merges_into_the_last_request(
    talk: Talk, sentences: list[str], last: tuple[str | None, ...]
) -> None:
    for sentence in (CONTINUE, *sentences):
        talk.say(sentence)
    assert requests(talk)[-1] == last


def test_the_same_key_is_the_key_of_the_answer(talk: Talk) -> None:
    talk.say(CONTINUE)
    reply = talk.say("in the same key but faster")
    key = talk.sitting.last_request.key
    assert key is not None
    assert f"in {parse_key(key).spoken}" in reply
    talk.say("compose something new in the same key")
    assert talk.sitting.last_request.key == key
    talk.say("compose something calm")
    assert talk.sitting.last_request.key is None


@pytest.mark.parametrize(
    ("choice", "seed"),
    [
        ("the first one", 1),
        ("i would like the second one", 2),
        ("the second one", 2),
        ("the first one again", 1),
        ("play the third one", 3),
        ("b", 2),
        ("option b", 2),
        ("number three", 3),
        ("play the first one", 1),
        ("yes the second one", 2),
        ("um the second one please", 2),
    ],
)
def test_one_of_the_answers_is_opened_by_its_number(talk: Talk, choice: str, seed: int) -> None:
    for sentence in (CONTINUE, "another version", "another version"):
        talk.say(sentence)
    talk.say(choice)
    assert talk.sitting.stage.presented[-1].seed == seed
    assert len(talk.sitting.generator.asked) == 3  # nothing was made anew
    assert talk.reply.facts["answer"] == seed


def test_answers_that_were_undone_can_still_be_chosen(talk: Talk) -> None:
    for sentence in (CONTINUE, "another version", "scrap that", "sadder", "the second one"):
        talk.say(sentence)
    assert talk.sitting.stage.presented[-1].seed == 2
    assert talk.say("scrap that").startswith("Back to the one before")
    assert talk.sitting.last_request.mood == "sad"


def test_a_choice_beyond_the_answers_says_how_many_there_are(talk: Talk) -> None:
    assert "no answer to choose yet" in talk.say("play the second one")
    talk.say(CONTINUE)
    assert "only one answer" in talk.say("the second one")
    talk.say("another version")
    assert "There are two answers." in talk.say("play the fifth one")


def test_a_command_about_one_answer_opens_it_first(talk: Talk) -> None:
    for sentence in (CONTINUE, "another version"):
        talk.say(sentence)
    talk.say("save the first one as happy cat")
    assert talk.sitting.takes.find("happy cat").details["seed"] == 1


@pytest.mark.parametrize(
    "answer",
    ["blue door", "call it blue door", "um let's call it blue door please", "as blue door"],
)
def test_the_name_of_a_take_is_asked_and_given(talk: Talk, answer: str) -> None:
    talk.say(CONTINUE)
    assert talk.say("save it") == "Saved as take. What shall I call it?"
    assert talk.say(answer) == "Saved as blue door."
    assert [take.name for take in talk.sitting.takes.list()] == ["blue door"]


@pytest.mark.parametrize("answer", ["never mind", "no", "no thanks"])
def test_a_take_keeps_its_number_when_no_name_is_wanted(talk: Talk, answer: str) -> None:
    talk.say(CONTINUE)
    talk.say("save it")
    assert talk.say(answer) == "All right, I leave it."
    assert [take.name for take in talk.sitting.takes.list()] == ["take"]


@pytest.mark.parametrize(
    "command", ["sadder", "play it again", "another version", "stop", "the first one"]
)
def test_a_command_instead_of_a_name_is_carried_out(talk: Talk, command: str) -> None:
    talk.say(CONTINUE)
    talk.say("save it")
    talk.say(command)
    assert [take.name for take in talk.sitting.takes.list()] == ["take"]
    assert talk.understood[-1].name != "save"


def test_talk_instead_of_a_name_is_no_name(talk: Talk) -> None:
    talk.say(CONTINUE)
    talk.say("save it")
    talk.say("what is the weather like in paris tomorrow")
    assert [take.name for take in talk.sitting.takes.list()] == ["take"]


def test_a_take_is_opened_by_name_and_changed(talk: Talk) -> None:
    for sentence in (CONTINUE, "save this as blue door", "compose something dark"):
        talk.say(sentence)
    assert talk.say("load blue door").startswith("blue door is open: five seconds.")
    talk.say("on strings")
    request = talk.sitting.last_request
    assert (request.mood, request.instrument, request.seed) == ("happy", "strings", 1)


def test_a_take_without_its_name_is_asked_for_by_letter(talk: Talk) -> None:
    for sentence in (CONTINUE, "save this as blue door", "another version", "save this as morning"):
        talk.say(sentence)
    assert talk.say("open a saved take") == "Which take: A, morning; or B, blue door?"
    assert talk.say("b").startswith("blue door is open")


def test_a_take_that_is_not_there_names_the_nearest(talk: Talk) -> None:
    assert "no saved takes yet" in talk.say("load blue door")
    for sentence in (CONTINUE, "save this as blue door"):
        talk.say(sentence)
    assert "Did you mean blue door?" in talk.say("load blue dog")
    assert talk.say("yes").startswith("blue door is open")


@pytest.mark.parametrize(
    "sentence",
    [
        "continue in a happy mood, no, never mind",
        "compose something sad, forget it",
        "compose something dark, actually no",
        "never mind",
        "no",
    ],
)
def test_a_command_that_is_taken_back_makes_nothing(talk: Talk, sentence: str) -> None:
    talk.say(sentence)
    assert talk.sitting.generator.asked == []
    assert talk.understood[-1].name == "deny"


@pytest.mark.parametrize(
    "sentence", ["stop the drums", "never stop", "don't stop", "don't ever stop"]
)
def test_what_is_no_stop_stops_nothing(talk: Talk, sentence: str) -> None:
    talk.say(CONTINUE)
    talk.say(sentence)
    assert talk.understood[-1].name != "stop"


def test_a_question_is_answered_by_yes_with_what_was_said(silent: Talk) -> None:
    assert "shall I make something up?" in silent.say(CONTINUE)
    silent.say("yes please")
    assert silent.sitting.last_request.mood == "happy"


def test_without_anybody_to_answer_nothing_is_asked(tmp_path: Path, talk: Talk) -> None:
    alone = Talk(tmp_path / "alone", talk.house._understanding, asks=False)  # type: ignore[arg-type]
    alone.sitting.skill.hear(talk.sitting.skill._room.listening.phrase())
    alone.say(CONTINUE)
    assert alone.say("save it") == "Saved as take."


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("what can you do", "You can say:"),
        ("help", "You can say:"),
        ("help with moods", "dreamy"),
        ("how do i save", "save this as blue door"),
        ("how do i change the tempo", "ninety beats per minute"),
    ],
)
def test_help_is_about_what_was_asked(talk: Talk, question: str, words: str) -> None:
    assert words in talk.say(question)


def test_what_was_set_is_asked_for_and_read_as_an_answer(talk: Talk) -> None:
    talk.say("from now on")
    assert talk.understood[-1].name == "set"
    assert talk.say("strings") == "From now on: on strings."
