"""A call counts when free phones explain the wake word's sound far worse than the word does."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio_files import Int16Samples
from assistant.ears.confidence import Following
from assistant.ears.confirming import AFTER_S, BEFORE_S, TRIES, Call, Confirmation
from assistant.ears.heard import Woken
from assistant.ears.listener import Listener
from assistant.ears.vosk_recogniser import HeardWord

CALL = Call(1.0, 1.5)
RAMP = [np.full(320, at, np.int16) for at in range(100)]
"""Two seconds; each sample tells in which block of 20 ms it lies."""
CLEAR, NOTES = -18.0, 4.0
"""Misfits of a call, and of piano that was written as one."""


class OneCall:
    """A recogniser that writes the wake word from 1 s to 1.5 s, and is done with it at 2.2 s."""

    def __init__(self, *, is_done: bool = True) -> None:
        self._now_s = 0.0
        self._is_done = is_done

    def accept(self, block: Int16Samples) -> list[HeardWord]:
        was_s, self._now_s = self._now_s, self._now_s + len(block) / 16_000
        is_end = self._is_done and was_s < 2.2 <= self._now_s
        return [HeardWord("maestro", 1.0, 1.5, 0.95)] if is_end else []

    def partial(self) -> str:
        return "maestro" if 1.5 < self._now_s < 2.2 else ""

    def finish(self) -> list[HeardWord]:
        return []


class Looks:
    """The second stream: the wake word half a second long, ending a tenth before the sound does."""

    def __init__(self) -> None:
        self._taken_s = 0.0

    def accept(self, block: Int16Samples) -> list[HeardWord]:
        self._taken_s += len(block) / 16_000
        return []

    def finish(self) -> list[HeardWord]:
        return [HeardWord("maestro", self._taken_s - 0.6, self._taken_s - 0.1, 0.95)]


class Blind(Looks):
    """A second stream that hears nothing."""

    def finish(self) -> list[HeardWord]:
        return []


def wakes(listener: Listener) -> int:
    events = [event for at in range(150) for event in listener.hear(RAMP[at % 100])]
    return sum(isinstance(event, Woken) for event in events)


def test_only_the_sound_of_the_wake_word_is_asked_about() -> None:
    asked: list[Int16Samples] = []

    def opinion(sound: Int16Samples) -> float:
        asked.append(sound)
        return CLEAR

    assert Confirmation(opinion).confirms(CALL, RAMP, 2.0)
    [sound] = asked
    assert (sound[0], sound[-1]) == ((1.0 - BEFORE_S) / 0.02, round((1.5 + AFTER_S) / 0.02 - 0.5))


@pytest.mark.parametrize(("misfit", "is_call"), [(CLEAR, True), (NOTES, False)])
def test_what_any_phones_explain_as_well_is_no_call(misfit: float, is_call: bool) -> None:
    assert Confirmation(lambda _sound: misfit).confirms(CALL, RAMP, 2.0) is is_call


def test_without_a_second_opinion_every_call_counts() -> None:
    assert Confirmation(None).confirms(CALL, RAMP, 2.0)


def test_looks_ask_about_one_word_a_few_times_only() -> None:
    confirmation = Confirmation(lambda _sound: NOTES)
    for at in range(TRIES):
        assert not confirmation.is_tired_of(CALL)
        confirmation.confirms(Call(1.0 + 0.01 * at, 1.5), RAMP, 2.0)
    assert confirmation.is_tired_of(CALL)
    assert not confirmation.is_tired_of(Call(2.0, 2.5))
    confirmation.begin()
    assert not confirmation.is_tired_of(CALL)


@pytest.mark.parametrize(("misfit", "count"), [(CLEAR, 1), (NOTES, 0)])
def test_a_call_in_a_look_wakes_only_when_it_is_confirmed(misfit: float, count: int) -> None:
    following = Following(opinion=lambda _sound: misfit)
    stream = OneCall(is_done=False)
    assert wakes(Listener(stream, "maestro", second=Looks(), following=following)) == count


@pytest.mark.parametrize(("misfit", "count"), [(CLEAR, 1), (NOTES, 0)])
def test_a_call_that_no_look_saw_wakes_only_when_it_is_confirmed(misfit: float, count: int) -> None:
    following = Following(opinion=lambda _sound: misfit)
    assert wakes(Listener(OneCall(), "maestro", second=Blind(), following=following)) == count
