"""A call counts when free phones explain the wake word's sound far worse than the word does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from assistant.audio_files import Int16Samples
from assistant.ears.calls import STOP_FIRST_S, Calls
from assistant.ears.confidence import Following
from assistant.ears.confirming import AFTER_S, BEFORE_S, TRIES, Call, Confirmation
from assistant.ears.early import Early
from assistant.ears.heard import Room, Woken
from assistant.ears.listener import Listener
from assistant.ears.second_look import Look
from assistant.ears.sentence import Sentence
from assistant.ears.spotter import Spotter
from assistant.ears.vosk_recogniser import HeardWord
from assistant.ears.wake_word import WakeWord

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


class Talk:
    """A second stream: sure words, 0.2 s each, that run into the wake word or end before it."""

    def __init__(self, text: str, pause_s: float, early_s: float = 0.0) -> None:
        """``early_s``: what the call is misread as begins so much before it."""
        self._words, self._pause_s, self._early_s = text.split(), pause_s, early_s
        self._taken_s = 0.0
        self.times = 0

    def accept(self, block: Int16Samples) -> list[HeardWord]:
        self._taken_s += len(block) / 16_000
        return []

    def finish(self) -> list[HeardWord]:
        self.times += 1
        call_s = self._taken_s - (CALL.end_s + STOP_FIRST_S - CALL.start_s)
        ends = [call_s - self._pause_s - 0.2 * at for at in range(len(self._words))][::-1]
        heard = [
            HeardWord(word, end_s - 0.2, end_s, 1.0)
            for word, end_s in zip(self._words, ends, strict=True)
        ]
        misread = HeardWord("[unk]", call_s - self._early_s, call_s + 0.5, 0.9)
        return [*heard, misread]


class Spots:
    """Sees the wake word at one place, as a spotter does."""

    call = CALL

    def __init__(self, sees: Look) -> None:
        self._sees = sees

    def is_named(self, _now_s: float) -> bool:
        return True

    def look(self, _sound: Sequence[Int16Samples], _now_s: float) -> Look:
        return self._sees


@pytest.mark.parametrize("sees", [Look.CALL, Look.STOP])
@pytest.mark.parametrize(
    ("text", "pause_s", "own_words", "is_call"),
    [
        ("make me a", 0.0, "", False),
        ("make me a", 0.3, "", True),
        ("make me a", 0.0, "Here it is.", True),
        ("okay", 0.0, "", True),
        ("", 0.0, "", True),
    ],
)
def test_beside_music_talk_that_runs_into_a_word_like_a_call_wakes_nobody(
    text: str, pause_s: float, own_words: str, is_call: bool, sees: Look
) -> None:
    wake, talk, room = WakeWord("maestro"), Talk(text, pause_s), Room(True, own_words)
    early = Early(wake, talk, lambda: 0.0, cast("Spotter", Spots(sees)))
    calls = Calls(wake, early, Confirmation(lambda _sound: CLEAR))
    late_s = CALL.end_s + STOP_FIRST_S
    looks = [calls.look(Sentence(wake, 0.0), RAMP, late_s, room) for _ in range(3)]
    assert looks == [sees if is_call else Look.NOTHING] * 3
    assert talk.times == (0 if own_words else 1)  # one look is enough


@pytest.mark.parametrize(("early_s", "is_talk"), [(0.22, True), (0.0, False)])
def test_a_word_that_is_misread_together_with_what_is_like_a_call_is_talk(
    early_s: float, is_talk: bool
) -> None:
    """ "A large americano" came out as "a" and an unknown word that reaches into the call."""
    early = Early(WakeWord("maestro"), Talk("have a", 0.22, early_s), lambda: 0.0)
    late_s = CALL.end_s + STOP_FIRST_S
    assert early.runs_on(CALL, RAMP, late_s, Room(is_music=True)) is is_talk
