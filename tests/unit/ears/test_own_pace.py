"""The stream of all words never keeps the ears, and loses nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event

import numpy as np
import pytest

from assistant.audio_files import Int16Samples
from assistant.ears.heard import CommandHeard, EarEvent, StopHeard
from assistant.ears.listener import Listener
from assistant.ears.own_pace import OwnPace
from assistant.ears.vosk_recogniser import HeardWord

BLOCK = np.zeros(320, np.int16)


class Weighing:
    """Closes a part at its third block, which takes until the test says so."""

    def __init__(self) -> None:
        self.goes_on, self.count = Event(), 0

    def accept(self, _block: Int16Samples) -> list[HeardWord]:
        self.count += 1
        if self.count != 3:
            return []
        self.goes_on.wait(5)
        return [HeardWord("notes", 0.0, 0.06, 0.4)]

    def partial(self) -> str:
        return f"text {self.count}"

    def finish(self) -> list[HeardWord]:
        return [HeardWord("end", 0.1, 0.2, 1.0)]


@pytest.fixture
def weighing() -> Iterator[Weighing]:
    stream = Weighing()
    yield stream
    stream.goes_on.set()


def spelt(words: list[HeardWord]) -> list[str]:
    return [word.word for word in words]


def test_who_feeds_it_goes_on_while_a_part_is_weighed(weighing: Weighing) -> None:
    pace = OwnPace(weighing, wait_s=0.2)
    assert [pace.accept(BLOCK) for _ in range(5)] == [[]] * 5
    assert pace.partial() == "text 2"
    assert pace.is_behind
    weighing.goes_on.set()
    assert spelt(pace.finish()) == ["notes", "end"]
    assert not pace.is_behind
    pace.close()


def test_it_is_behind_no_more_once_the_part_is_weighed(weighing: Weighing) -> None:
    pace = OwnPace(weighing, wait_s=0.5)
    for _ in range(5):
        pace.accept(BLOCK)
    assert pace.is_behind
    weighing.goes_on.set()
    for _ in range(50):
        pace.accept(BLOCK)
        if not pace.is_behind:
            break
        time.sleep(0.02)
    assert not pace.is_behind
    assert pace.partial() == f"text {weighing.count}"
    pace.close()


def test_text_and_words_come_in_the_order_of_the_sound(weighing: Weighing) -> None:
    pace = OwnPace(weighing, wait_s=5.0)
    weighing.goes_on.set()
    told = [(spelt(pace.accept(BLOCK)), pace.partial()) for _ in range(4)]
    assert told == [([], "text 1"), ([], "text 2"), (["notes"], "text 3"), ([], "text 4")]
    pace.close()


def test_sound_from_a_file_is_waited_for(weighing: Weighing) -> None:
    pace = OwnPace(weighing, wait_s=0.0)
    pace.is_live = False
    weighing.goes_on.set()
    assert [spelt(pace.accept(BLOCK)) for _ in range(3)] == [[], [], ["notes"]]
    pace.close()


def test_nothing_is_over_while_words_may_be_missing() -> None:
    class Written:
        def accept(self, _block: Int16Samples) -> list[HeardWord]:
            return []

        def partial(self) -> str:
            return "maestro louder"

        def finish(self) -> list[HeardWord]:
            return [HeardWord("maestro", 0.1, 0.5, 1.0), HeardWord("louder", 0.5, 0.9, 1.0)]

    behind = [True]
    ears = Listener(Written(), "maestro", is_behind=lambda: behind[0])

    def heard(seconds: float) -> list[EarEvent]:
        return [event for _ in range(round(seconds / 0.02)) for event in ears.hear(BLOCK)]

    assert not any(isinstance(event, CommandHeard | StopHeard) for event in heard(3.0))
    behind[0] = False
    assert any(isinstance(event, CommandHeard) for event in heard(0.1))
