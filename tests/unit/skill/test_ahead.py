"""What is made while the end of a sentence is awaited."""

from __future__ import annotations

import time
from threading import Event, Semaphore

from assistant.contract import Intent, ParameterValue, Turn
from tests.unit.skill.sitting import Sitting


def begin(sitting: Sitting, intent: str, **said: ParameterValue) -> None:
    sitting.skill.begin_ahead(Intent("text", intent, 1.0, "rules", said))


def test_music_made_ahead_is_what_the_whole_sentence_gets(sitting: Sitting) -> None:
    begin(sitting, "compose", mood="calm")
    sitting.say("compose", mood="calm")
    assert len(sitting.generator.asked) == 1
    made = sitting.session.history.current
    assert made is not None
    assert made.request == sitting.last_request
    assert made.answer.seed == made.request.seed
    assert sitting.stage.presented == [made.answer]


def test_nothing_is_heard_or_kept_of_a_sentence_that_is_not_over(sitting: Sitting) -> None:
    sitting.say("continue")
    before, presented = sitting.session.history.current, list(sitting.stage.presented)
    begin(sitting, "vary")
    sitting.skill.close()
    assert sitting.session.history.current is before
    assert sitting.stage.presented == presented


def test_a_sentence_that_goes_on_differently_gets_what_it_asks_for(sitting: Sitting) -> None:
    begin(sitting, "compose")
    begin(sitting, "compose", key="F# minor")
    sitting.say("compose", key="F# minor", mood="sad")
    assert sitting.last_request.mood == "sad"
    made = sitting.session.history.current
    assert made is not None
    assert made.request == sitting.last_request


def test_the_same_words_are_not_made_twice(sitting: Sitting) -> None:
    for _ in range(5):
        begin(sitting, "compose")
    sitting.skill.close()
    assert len(sitting.generator.asked) == 1


def test_what_was_begun_is_given_up_when_the_sentence_goes_on(sitting: Sitting) -> None:
    asked, goes_on = Event(), Event()

    def during() -> None:
        asked.set()
        goes_on.wait(5)

    sitting.generator.during = during
    begin(sitting, "compose")
    assert asked.wait(5)
    begun = sitting.skill._room.ahead._begun
    assert begun is not None
    begin(sitting, "compose", key="F# minor")
    assert begun.cancelled.is_set()
    goes_on.set()


def test_what_is_asked_for_waits_until_what_was_given_up_has_left_the_generator(
    sitting: Sitting,
) -> None:
    asked, inside, most = Event(), Semaphore(1), [True]

    def during() -> None:
        most.append(inside.acquire(blocking=False))
        asked.set()
        time.sleep(0.05)
        inside.release()

    sitting.generator.during = during
    begin(sitting, "compose")
    assert asked.wait(5)
    sitting.say("compose", mood="sad")
    assert len(sitting.generator.asked) == 2
    assert all(most)


def test_an_adjusted_answer_keeps_its_seed_when_made_ahead(sitting: Sitting) -> None:
    sitting.say("continue")
    seed = sitting.last_request.seed
    begin(sitting, "adjust", mood="sad")
    sitting.say("adjust", mood="sad")
    assert len(sitting.generator.asked) == 2
    made = sitting.session.history.current
    assert made is not None
    assert made.request.seed == seed


def test_another_version_made_ahead_is_another(sitting: Sitting) -> None:
    sitting.say("continue")
    seed = sitting.last_request.seed
    begin(sitting, "vary")
    sitting.say("vary")
    made = sitting.session.history.current
    assert made is not None
    assert made.request.seed != seed
    assert len(sitting.generator.asked) == 2


def test_a_wrong_parameter_is_told_only_in_earnest(sitting: Sitting) -> None:
    begin(sitting, "compose", tempo_bpm=100_000)
    assert not sitting.generator.asked


def test_a_cancelled_turn_gives_up_what_was_made_ahead(sitting: Sitting) -> None:
    cancelled, begun = Event(), Event()

    def during() -> None:
        begun.set()
        cancelled.wait(5)

    sitting.generator.during = during
    begin(sitting, "compose")
    assert begun.wait(5)
    cancelled.set()
    reply = sitting.skill.handle(Intent("text", "compose", 1.0, "rules"), Turn(cancelled))
    assert reply.text
    assert sitting.session.history.current is None
    assert not sitting.stage.presented
