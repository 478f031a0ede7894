"""What happens when Encore got a sentence wrong, or is not sure: rows of sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.contract import Intent, Reply
from assistant.dialogue.doubt import Thresholds, doubts, question_about
from assistant.dialogue.phrases import is_not_what_i_meant, meant_instead, name_in, which_of
from assistant.dialogue.question import Question
from tests.unit.dialogue.conftest import Talk

CONTINUE = "continue what i play in a happy mood"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("no i meant sadder", "sadder"),
        ("i meant stop", "stop"),
        ("wrong i said stop", "stop"),
        ("no i said on strings", "on strings"),
        ("that is not what i meant i meant sadder", "sadder"),
        ("that's not what i said i said undo", "undo"),
        ("sorry i meant to save it", "save it"),
        ("what i meant was louder", "louder"),
        ("i said louder", None),
        ("i want it angrier", None),
        ("that's what i meant", None),
        ("sadder", None),
    ],
)
def test_what_was_meant_instead_is_found(text: str, rest: str | None) -> None:
    assert meant_instead(text) == rest


@pytest.mark.parametrize(
    ("text", "says_so"),
    [
        ("that is not what i meant", True),
        ("no that's not what i meant", True),
        ("that is not what i mint", True),
        ("wrong", True),
        ("no wrong", True),
        ("you misunderstood me", True),
        ("i didn't say that", True),
        ("that's what i meant", False),
        ("that sounds wrong", False),
        ("no", False),
        ("not that one", False),
    ],
)
def test_not_what_i_meant_is_recognised(text: str, says_so: bool) -> None:
    assert is_not_what_i_meant(text) is says_so


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("the second one", 2),
        ("second", 2),
        ("b", 2),
        ("a", 1),
        ("option a", 1),
        ("number two", 2),
        ("two", 2),
        ("one", 1),
        ("the first", 1),
        ("the last one", 3),
        ("the latter please", 3),
        ("um i meant the third one", 3),
        ("the fourth one", None),
        ("yes", None),
        ("the second one but slower", None),
        ("sadder", None),
    ],
)
def test_which_of_three_is_meant(text: str, number: int | None) -> None:
    assert which_of(text, 3) == number


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("blue door", "blue door"),
        ("call it blue door", "blue door"),
        ("um let's call it blue door please", "blue door"),
        ("how about morning song", "morning song"),
        ("the name is anna", "anna"),
        ("please", "please"),
    ],
)
def test_a_name_is_freed_from_the_words_around_it(text: str, name: str) -> None:
    assert name_in(text) == name


@pytest.mark.parametrize(
    ("sentences", "kept", "done"),
    [
        (["make it weep", "no i meant sadder"], ("make it weep", "adjust"), "sad"),
        (
            ["make it weep", "that is not what i meant", "sadder"],
            ("make it weep", "adjust"),
            "sad",
        ),
        (
            ["make it weep", "that's not what i meant", "i meant sadder"],
            ("make it weep", "adjust"),
            "sad",
        ),
        (["darker", "wrong", "no i said sadder"], ("darker", "adjust"), "sad"),
    ],
)
def test_a_sentence_that_was_got_wrong_is_kept_with_what_it_meant_and_done(
    talk: Talk, sentences: list[str], kept: tuple[str, str], done: str
) -> None:
    for sentence in (CONTINUE, *sentences):
        talk.say(sentence)
    assert talk.kept == [kept]
    assert talk.reply.text == "Noted. Again, sadder: five seconds."
    assert talk.sitting.last_request.mood == done


def test_what_was_done_wrong_is_taken_back_first(talk: Talk) -> None:
    for sentence in (CONTINUE, "a bit faster please", "no i meant a bit slower"):
        talk.say(sentence)
    assert round(talk.sitting.last_request.tempo_factor, 2) == 0.91
    assert talk.say("scrap that") == "Back to the one before: five seconds, happy."


@pytest.mark.parametrize(
    ("said", "meant", "instrument"),
    [
        ("same with piano", "no i meant strings", "strings"),
        ("on the harp", "i meant flute", "flute"),
    ],
)
def test_another_value_of_what_was_said_is_enough(
    talk: Talk, said: str, meant: str, instrument: str
) -> None:
    for sentence in (CONTINUE, said, meant):
        talk.say(sentence)
    assert talk.sitting.last_request.instrument == instrument


@pytest.mark.parametrize(
    ("said", "meant", "parameters"),
    [
        ("turn it up", "no i meant down", {"volume_change": "quieter"}),
        ("make it an octave higher", "i meant lower", {"register_change": "lower"}),
        ("metronome on", "no i meant off", {"switch": "off"}),
    ],
)
def test_the_opposite_of_a_word_is_put_in_its_place(
    talk: Talk, said: str, meant: str, parameters: dict[str, str]
) -> None:
    for sentence in (CONTINUE, said, meant):
        talk.say(sentence)
    assert talk.understood[-1].parameters == parameters


def test_a_sentence_that_did_nothing_takes_nothing_back(talk: Talk) -> None:
    for sentence in (CONTINUE, "a bit faster please", "mutter mutter", "no i meant a bit slower"):
        talk.say(sentence)
    assert talk.kept == [("mutter mutter", "adjust")]
    assert round(talk.sitting.last_request.tempo_factor, 2) == 1.0


def test_an_intent_is_told_by_its_name(talk: Talk) -> None:
    for sentence in (CONTINUE, "sadder", "put that thing where it was", "wrong"):
        talk.say(sentence)
    assert talk.say("undo").startswith("Noted. Back to the one before")
    assert talk.kept == [("put that thing where it was", "undo")]


@pytest.mark.parametrize("answer", ["never mind", "no"])
def test_nothing_is_kept_when_it_does_not_matter(talk: Talk, answer: str) -> None:
    for sentence in (CONTINUE, "that is not what i meant", answer):
        talk.say(sentence)
    assert (talk.kept, talk.reply.text) == ([], "All right, I leave it.")


def test_talk_that_was_taken_for_a_command_is_kept_as_talk(talk: Talk) -> None:
    for sentence in ("louder", "wrong", "i wasn't talking to you"):
        talk.say(sentence)
    assert talk.kept == [("louder", "out_of_scope")]


def test_an_answer_that_is_not_understood_is_asked_once_more(talk: Talk) -> None:
    for sentence in (CONTINUE, "that is not what i meant", "the purple monkey dishwasher"):
        talk.say(sentence)
    assert talk.reply.text.startswith("I did not get that either.")
    assert talk.say("sadder").startswith("Noted. Again, sadder")


def test_nothing_can_be_wrong_before_anything_was_said(talk: Talk) -> None:
    assert talk.say("that is not what i meant").startswith("There is no sentence yet")


def test_no_i_said_stop_stops_at_once_and_is_kept(talk: Talk) -> None:
    talk.say(CONTINUE)
    stops = talk.sitting.stage.stops
    assert talk.say("wrong i said stop") == "Stopped."
    assert talk.sitting.stage.stops > stops
    assert talk.kept == [(CONTINUE, "stop")]


def test_a_no_to_did_you_mean_asks_what_was_meant(talk: Talk) -> None:
    unsure = Intent("mutter", "save", 0.3, "embedded")
    talk.house._dialogue.asked(question_about((unsure,), {}), doubted=unsure)
    assert talk.say("no").startswith("Sorry. What did you mean?")
    talk.say("compose something calm")
    assert talk.kept == [("mutter", "compose")]


SAVE = Intent("mutter", "save", 0.5, "embedded", {"name": "blue"})
LOAD = Intent("mutter", "load", 0.45, "embedded", {"name": "blue"})
LIMITS = Thresholds(ask_below=0.3, confirm_below=0.7, near=0.1, suggest_above=0.25)


@pytest.mark.parametrize(
    ("intent", "heard", "asked"),
    [
        (SAVE, 1.0, ["save"]),
        (replace(SAVE, confidence=0.8), 1.0, []),
        (replace(SAVE, confidence=0.8), 0.8, ["save"]),
        (replace(SAVE, alternatives=(LOAD,)), 1.0, ["save", "load"]),
        (replace(SAVE, name="adjust", parameters={}), 0.1, []),
        (replace(SAVE, name="adjust", confidence=0.2), 1.0, ["adjust"]),
        (replace(SAVE, name="help", confidence=0.1), 1.0, []),
        (replace(SAVE, name="stop", confidence=0.1), 1.0, []),
        (replace(SAVE, engine="rules"), 1.0, []),
        (Intent("x", "out_of_scope", 0.5, "embedded", {}, (LOAD,)), 1.0, ["load"]),
        (Intent("x", "out_of_scope", 0.5, "embedded", {}, (LOAD, SAVE)), 1.0, ["load", "save"]),
        (Intent("x", "out_of_scope", 0.9, "embedded"), 1.0, []),
        (Intent("x", "out_of_scope", 0.5, "embedded", {}, (replace(LOAD, name="stop"),)), 1.0, []),
    ],
)
def test_it_is_asked_back_where_the_engine_is_not_sure(
    intent: Intent, heard: float, asked: list[str]
) -> None:
    found = doubts(intent, LIMITS, frozenset({"save", "load"}), heard)
    assert [reading.name for reading in found] == asked


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("a", "save"),
        ("b", "load"),
        ("the first", "save"),
        ("the second one please", "load"),
        ("the latter", "load"),
        ("save it", "save"),
        ("open a saved take", "load"),
    ],
)
def test_did_you_mean_a_or_b_is_answered_by_letter_number_or_words(
    talk: Talk, answer: str, name: str
) -> None:
    question = Question(question_about((SAVE, LOAD), talk.house.commands))
    move = question.answer(talk.house._understanding.parse(answer), lambda _text, _intent: SAVE)
    assert move is not None
    assert (move.intent.name, move.intent.parameters["name"], move.sure) == (name, "blue", True)


def test_yes_to_a_or_b_is_asked_again(talk: Talk) -> None:
    talk.house._dialogue.asked(question_about((SAVE, LOAD), talk.house.commands))
    assert talk.say("yes") == "Which one: A, save it, blue; or B, open a saved take, blue?"
    assert talk.say("the second") == "There are no saved takes yet. Say: save this as morning."


@pytest.mark.parametrize(
    ("answer", "bpm"), [("ninety", 90), ("at one hundred and twenty", 120), ("90 bpm", 90)]
)
def test_a_number_answers_a_question_for_it(talk: Talk, answer: str, bpm: int) -> None:
    asked = Intent("tempo", "adjust", 1.0, "embedded")
    talk.say(CONTINUE)
    talk.house._dialogue.asked(Reply("At what tempo?", if_yes=asked, fills="tempo_bpm"))
    talk.say(answer)
    assert talk.sitting.last_request.tempo_bpm == bpm


@pytest.mark.parametrize(
    "sentence", ["what is the weather like in paris tomorrow", "order a large pizza please"]
)
def test_talk_gets_a_brief_answer_and_no_offer(talk: Talk, sentence: str) -> None:
    talk.say(sentence)
    assert talk.reply.text.startswith("That is not for me")
    assert talk.reply.if_yes is None
    assert not talk.reply.choices
