from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from assistant.contract import (
    Command,
    EngineError,
    InputError,
    Intent,
    Reply,
    SettingsError,
    Transcript,
    Turn,
)
from assistant.dialogue.doubt import Thresholds
from assistant.found_skills import owners_of_intents
from assistant.house import House


class Words:
    """An understanding that knows a few sentences."""

    def __init__(self, confidence: float = 0.9) -> None:
        self.confidence = confidence

    def parse(self, text: str) -> Intent:
        if text == "mumble":
            raise EngineError("No engine answers.")
        return Intent(text, text.split()[0], self.confidence, "embedded")

    def parse_as(self, text: str, intent: str) -> Intent:
        return Intent(text, intent, 1.0, "embedded")


class Drum:
    """A skill that beats, and waits while it is told to."""

    nlu_dir = Path("nlu")
    examples: tuple[str, ...] = ("beat it",)
    commands: Mapping[str, Command] = {}
    careful = frozenset({"fail"})

    def __init__(self, intents: Sequence[str] = ("beat", "ask", "fail", "stop")) -> None:
        self.name = "drum"
        self.intents = frozenset(intents)
        self.stops = 0
        self.closed = 0
        self.during: Callable[[Turn], None] = lambda _turn: None

    def handle(self, intent: Intent, turn: Turn) -> Reply:
        if intent.name == "fail":
            raise InputError("The drum has a hole.")
        if intent.name == "ask":
            return Reply("Shall I beat?", if_yes=Intent("beat", "beat", 1.0, "rules"))
        self.during(turn)
        return Reply("cancelled" if turn.cancelled.is_set() else f"did {intent.name}")

    def help_on(self, text: str) -> str:
        return "Hit it with sticks." if "sticks" in text else ""

    def stop(self) -> None:
        self.stops += 1

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def drum() -> Drum:
    return Drum()


@pytest.fixture
def house(drum: Drum) -> House:
    return House(Words(), [drum])


def said(house: House, text: str) -> str:
    return house.turn(Transcript(text)).text


def test_an_intent_goes_to_the_skill_that_owns_it(house: House) -> None:
    assert said(house, "beat") == "did beat"


def test_two_skills_that_own_one_intent_are_an_error_at_the_start() -> None:
    with pytest.raises(SettingsError, match="both claim the command beat"):
        House(Words(), [Drum(("beat",)), Drum(("beat", "stop"))])


def test_a_skill_cannot_claim_what_the_house_owns() -> None:
    with pytest.raises(SettingsError, match="claims help"):
        owners_of_intents([Drum(("help",))])


def test_a_failure_is_told_as_its_sentence(house: House) -> None:
    assert said(house, "fail") == "The drum has a hole."


def test_a_failure_reaches_whoever_calls_act(house: House) -> None:
    with pytest.raises(InputError, match="hole"):
        house.act(house.understand(Transcript("fail")))


def test_engines_that_are_silent_are_told_to_the_user(house: House) -> None:
    assert said(house, "mumble") == "No engine answers."


def test_an_intent_that_nobody_owns_is_answered(house: House) -> None:
    assert "No part of Encore" in said(house, "dance")


def test_repeat_says_the_last_reply_again_and_again(house: House) -> None:
    said(house, "beat")
    assert said(house, "repeat") == "did beat"
    assert said(house, "repeat") == "did beat"


def test_repeat_before_anything_was_said_is_told(house: House) -> None:
    assert "not said anything yet" in said(house, "repeat")


def test_goodbye_ends_the_session(house: House) -> None:
    assert house.turn(Transcript("goodbye")).ends_session


def test_a_spoken_stop_never_ends_the_session(drum: Drum, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside music "stop" was heard as "stop for today"."""
    words = Words()
    good_bye = Intent("stop for today", "goodbye", 1.0, "embedded")
    monkeypatch.setattr(words, "parse", lambda _text: good_bye)
    house = House(words, [drum])
    spoken = house.turn(Transcript("stop for today", "voice", 0.9))
    assert (spoken.text, spoken.ends_session, drum.stops) == ("did stop", False, 1)
    assert house.turn(Transcript("stop for today")).ends_session


def test_yes_does_what_was_asked(house: House) -> None:
    said(house, "ask")
    assert said(house, "affirm") == "did beat"


def test_no_leaves_it(house: House) -> None:
    said(house, "ask")
    assert said(house, "deny") == "All right, I leave it."
    assert "nothing open" in said(house, "affirm")


def test_yes_without_a_question_does_nothing(house: House) -> None:
    assert "nothing open" in said(house, "affirm")


def test_a_question_is_forgotten_when_something_else_is_said(house: House) -> None:
    said(house, "ask")
    said(house, "beat")
    assert "nothing open" in said(house, "affirm")


def test_a_doubtful_command_is_asked_back_and_done_on_yes(drum: Drum) -> None:
    doubtful = Words(confidence=0.2)
    house = House(doubtful, [drum], thresholds=Thresholds(ask_below=0.4))
    assert said(house, "beat") == "Did you mean: beat?"
    assert said(house, "affirm") == "did beat"


def test_the_same_words_again_are_as_good_as_yes(drum: Drum) -> None:
    house = House(Words(confidence=0.2), [drum], thresholds=Thresholds(ask_below=0.4))
    said(house, "beat")
    assert said(house, "beat") == "did beat"


def test_what_could_destroy_is_confirmed_earlier_and_a_bad_ear_counts(drum: Drum) -> None:
    house = House(Words(0.8), [drum], thresholds=Thresholds(ask_below=0.4, confirm_below=0.7))
    assert said(house, "fail") == "The drum has a hole."
    unsure = house.turn(Transcript("fail", confidence=0.5))
    assert unsure.text == "Did you mean: fail?"
    assert house.turn(Transcript("beat", confidence=0.5)).text == "did beat"


def test_help_about_one_thing_comes_from_the_skill(house: House) -> None:
    assert said(house, "help with sticks") == "Hit it with sticks."


def test_help_names_things_to_say(house: House) -> None:
    assert "beat it" in said(house, "help")


def test_stop_silences_before_the_skill_is_asked(house: House, drum: Drum) -> None:
    assert said(house, "stop") == "did stop"
    assert drum.stops == 1


def test_every_turn_has_a_new_cancelled_event(house: House) -> None:
    house.stop()
    assert said(house, "beat") == "did beat"


def test_stop_from_another_thread_cancels_the_turn_that_runs(house: House, drum: Drum) -> None:
    began = threading.Event()

    def wait(turn: Turn) -> None:
        began.set()
        turn.cancelled.wait(5)

    drum.during = wait
    replies: list[str] = []
    worker = threading.Thread(target=lambda: replies.append(said(house, "beat")))
    worker.start()
    assert began.wait(5)
    house.stop()
    worker.join(5)
    assert replies == ["cancelled"]


def test_a_spoken_stop_cancels_the_turn_that_runs(house: House, drum: Drum) -> None:
    began = threading.Event()

    def wait(turn: Turn) -> None:
        began.set()
        turn.cancelled.wait(5)

    drum.during = wait
    replies: list[str] = []
    worker = threading.Thread(target=lambda: replies.append(said(house, "beat")))
    worker.start()
    assert began.wait(5)
    drum.during = lambda _turn: None
    assert said(house, "stop") == "did stop"
    worker.join(5)
    assert replies == ["cancelled"]


def test_stop_waits_neither_for_the_turn_that_runs_nor_for_those_behind_it(
    house: House, drum: Drum
) -> None:
    began, goes_on = threading.Event(), threading.Event()

    def work(_turn: Turn) -> None:  # deaf to cancelling
        began.set()
        goes_on.wait(5)

    drum.during = work
    replies: list[str] = []
    workers = [
        threading.Thread(target=lambda: replies.append(said(house, "beat"))) for _ in range(2)
    ]
    workers[0].start()
    assert began.wait(5)
    workers[1].start()
    while len(house._live) < 2:
        time.sleep(0.001)
    drum.during = lambda _turn: None
    assert said(house, "stop") == "did stop"
    assert replies == []  # the stop was answered while the first turn still worked
    goes_on.set()
    for worker in workers:
        worker.join(5)
    assert sorted(replies) == ["Stopped.", "cancelled"]


def test_close_stops_and_releases_the_skills(house: House, drum: Drum) -> None:
    house.close()
    assert (drum.stops, drum.closed) == (1, 1)
