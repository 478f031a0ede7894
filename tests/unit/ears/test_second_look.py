"""A closer look at the sound of a call."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio_files import Int16Samples
from assistant.ears.heard import QUIET, Room
from assistant.ears.second_look import EVERY_S, Look, SecondLook, without_doubtful_end
from assistant.ears.vosk_recogniser import HeardWord
from assistant.ears.wake_word import WakeWord

SOUND = [np.zeros(320, np.int16)]
MUSIC = Room(is_music=True)


def words(text: str) -> list[HeardWord]:
    """Return "word:confidence" words that follow one another without a pause."""
    parts = [part.partition(":") for part in text.split()]
    return [
        HeardWord(word, 0.3 * at, 0.3 * at + 0.3, float(sure or 1.0))
        for at, (word, _, sure) in enumerate(parts)
    ]


class Scripted:
    """Hears a script, one line a look."""

    def __init__(self, *looks: str) -> None:
        self._looks = list(looks)
        self.taken_s: list[float] = []

    def accept(self, block: Int16Samples) -> list[HeardWord]:
        self.taken_s.append(len(block) / 16_000)
        return []

    def finish(self) -> list[HeardWord]:
        return words(self._looks.pop(0))


def looks(*heard: str, room: Room = MUSIC) -> list[Look]:
    second = SecondLook(Scripted(*heard), WakeWord("maestro"))
    return [second.look(SOUND, at * (EVERY_S + 0.01), room) for at in range(len(heard))]


def test_stop_is_believed_when_it_is_seen_twice() -> None:
    seen = looks("maestro", "maestro stop:0.7", "maestro stop:0.6")
    assert seen == [Look.NOTHING, Look.CALL, Look.STOP]


def test_a_sure_stop_is_believed_at_once() -> None:
    assert looks("maestro stop:0.95") == [Look.STOP]
    assert looks("maestro stop:0.95", "maestro start:0.9", "maestro start:0.9")[-1] is Look.CALL


def test_a_glimpse_of_another_word_is_no_stop() -> None:
    seen = looks("maestro stop:0.6", "maestro start", "maestro stop:0.6", "maestro start")
    assert Look.STOP not in seen


def test_a_slip_is_no_call() -> None:
    assert looks("maestro:0.4", "maestro:0.5", "my trade", room=QUIET) == [Look.NOTHING] * 3


@pytest.mark.parametrize(("room", "seen"), [(MUSIC, Look.CALL), (QUIET, Look.NOTHING)])
def test_doubtful_words_before_a_call_are_notes_while_music_sounds(room: Room, seen: Look) -> None:
    assert looks("key:0.3 maestro", "key:0.3 maestro", room=room)[-1] is seen


def test_doubtful_words_between_call_and_stop_are_notes() -> None:
    assert looks(*["maestro okay:0.2 stop:0.7"] * 2)[-1] is Look.STOP


def test_words_that_follow_another_within_60_ms_are_not_looked_at() -> None:
    second = SecondLook(Scripted("maestro stop:0.7"), WakeWord("maestro"))
    assert [second.look(SOUND, at_s, MUSIC) for at_s in (1.0, 1.02, 1.04)] == [Look.NOTHING] * 3


def test_once_a_call_was_seen_only_its_own_sound_is_looked_at() -> None:
    script = Scripted(*["key:0.2 key:0.2 key:0.2 key:0.2 maestro play"] * 2)
    second = SecondLook(script, WakeWord("maestro"))
    for now_s in (4.0, 4.1):
        second.look(SOUND * 200, now_s, MUSIC)
    # Two seconds first, in which the call begins after 1.2 s; then 0.3 s more than since the call.
    assert script.taken_s == pytest.approx([2.0, 0.8 + 0.1 + 0.3], abs=0.03)


def test_what_broken_off_music_leaves_behind_does_not_count() -> None:
    assert [w.word for w in without_doubtful_end(words("stop for:0.7 today:0.6"))] == ["stop"]
    assert len(without_doubtful_end(words("stop the metronome"))) == 3


def test_on_a_busy_machine_looks_are_rarer() -> None:
    now_s = [0.0]

    def clock() -> float:
        now_s[0] += 0.05  # between its two calls around a look: a look takes 50 ms
        return now_s[0]

    script = Scripted(*["maestro play"] * 9)
    second = SecondLook(script, WakeWord("maestro"), clock)
    for at in range(10):
        second.look(SOUND, at * 0.06, MUSIC)
    assert len(script._looks) == 9 - 5
