"""Talk that runs into a word like a call beside music is neither a call nor a stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import cast

import numpy as np
import pytest

from assistant.audio_files import Int16Samples
from assistant.ears.calls import STOP_FIRST_S, Calls
from assistant.ears.confirming import Call, Confirmation
from assistant.ears.early import Early
from assistant.ears.heard import Room
from assistant.ears.second_look import Look
from assistant.ears.sentence import Sentence
from assistant.ears.spotter import Spotter
from assistant.ears.talk import INTO_S, TalkBefore
from assistant.ears.vosk_recogniser import HeardWord
from assistant.ears.wake_word import WakeWord

CALL = Call(2.0, 2.5)
WAKE = WakeWord("maestro")
MUSIC = Room(is_music=True)
LATE_S = CALL.end_s + STOP_FIRST_S
"""When a call beside music is decided on."""
SOUND = [np.full(320, at, np.int16) for at in range(round(LATE_S / 0.02))]


class Words:
    """A stream: words of 0.2 s, "word:confidence", the last one ends so much before the call."""

    def __init__(self, text: str, pause_s: float = 0.0) -> None:
        self._parts = [part.partition(":") for part in text.split()]
        self._pause_s = pause_s
        self._taken_s = 0.0
        self.times = 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def accept(self, block: Int16Samples) -> list[HeardWord]:
        self._taken_s += len(block) / 16_000
        return []

    def finish(self) -> list[HeardWord]:
        self.may_answer.wait(10.0)
        self.times += 1
        end_s = self._taken_s - INTO_S - self._pause_s
        count = len(self._parts)
        starts = [end_s - 0.2 * (count - at) for at in range(count)]
        return [
            HeardWord(word, start_s, start_s + 0.2, float(sure or 1.0))
            for (word, _, sure), start_s in zip(self._parts, starts, strict=True)
        ]


class Spots:
    """Sees the wake word at one place, as a spotter does."""

    call = CALL

    def __init__(self, sees: Look) -> None:
        self._sees = sees

    def is_named(self, _now_s: float) -> bool:
        return True

    def look(self, _sound: Sequence[Int16Samples], _now_s: float) -> Look:
        return self._sees


def calls(sees: Look, talk: TalkBefore) -> Calls:
    early = Early(WAKE, None, lambda: 0.0, cast("Spotter", Spots(sees)))
    return Calls(WAKE, early, Confirmation(lambda _sound: -18.0), talk)


def looks(ears: Calls, room: Room = MUSIC, count: int = 3) -> Iterator[Look]:
    for _ in range(count):
        yield ears.look(Sentence(WAKE, 0.0), SOUND, LATE_S, room)


@pytest.mark.parametrize("sees", [Look.CALL, Look.STOP])
@pytest.mark.parametrize(
    ("text", "pause_s", "is_talk"),
    [
        ("make me a", 0.0, True),
        ("have a:0.5 [unk] of:0.5", 0.0, True),
        ("make me a", 0.3, False),
        ("key:0.4 of:0.5", 0.0, False),
        ("okay", 0.0, False),
        ("", 0.0, False),
    ],
)
def test_sure_words_that_run_into_a_call_beside_music_make_it_talk(
    text: str, pause_s: float, is_talk: bool, sees: Look
) -> None:
    words = Words(text, pause_s)
    with closing(TalkBefore(words, WAKE)) as talk:
        assert list(looks(calls(sees, talk))) == [Look.NOTHING if is_talk else sees] * 3
    assert words.times == 1  # one look at the words is enough


@pytest.mark.parametrize("room", [Room(), Room(is_music=True, own_words="Here it is.")])
def test_in_quiet_and_while_encore_speaks_talk_is_not_asked_for(room: Room) -> None:
    words = Words("make me a")
    with closing(TalkBefore(words, WAKE)) as talk:
        list(looks(calls(Look.CALL, talk), room))
    assert words.times == 0


def test_a_stop_acts_before_the_answer_is_there_and_a_call_waits_for_it() -> None:
    for sees, before in ((Look.STOP, Look.STOP), (Look.CALL, Look.NOTHING)):
        words = Words("okay")
        words.may_answer.clear()
        with closing(TalkBefore(words, WAKE)) as talk:
            talk.is_live = True
            ears = calls(sees, talk)
            assert list(looks(ears, count=2)) == [before] * 2
            words.may_answer.set()
            talk.is_live = False
            talk.runs_into(Call(0.5, 1.0), SOUND, LATE_S)  # the worker is through with the first
            assert list(looks(ears, count=1)) == [sees]


def test_words_at_the_cut_of_the_sound_do_not_count() -> None:
    """The first of the piece may be the end of a longer one."""
    with closing(TalkBefore(Words("a b c d e f g", 0.0), WAKE)) as talk:
        assert talk.runs_into(CALL, SOUND, LATE_S) is True
    with closing(TalkBefore(Words("one"), WAKE)) as talk:
        begun = SOUND[-round((LATE_S - CALL.start_s + 0.4) / 0.02) :]
        assert talk.runs_into(CALL, begun, LATE_S) is False
    with closing(TalkBefore(Words("one"), WAKE)) as talk:
        assert talk.runs_into(Call(0.1, 0.6), SOUND, LATE_S) is False
