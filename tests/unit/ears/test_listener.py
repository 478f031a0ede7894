"""The listener on a recogniser that reads from a script: when it wakes, stops, and understands."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.ears.heard import (
    QUIET,
    CommandAwaited,
    CommandHeard,
    EarEvent,
    FellAsleep,
    NotUnderstood,
    Room,
    StopHeard,
    Woken,
)
from assistant.ears.listener import Listener
from assistant.ears.vosk_recogniser import HeardWord

BLOCK = np.zeros(320, dtype=np.int16)
MUSIC = Room(is_music=True)


class Script:
    """A recogniser: words with the times at which they end; parts end after 1 s of silence.

    The wake word is always heard surely, the others with the given confidence.
    """

    def __init__(self, *words: tuple[float, str], confidence: float = 1.0) -> None:
        self._coming = [
            HeardWord(w, at - 0.3, at, 1.0 if w == "maestro" else confidence) for at, w in words
        ]
        self._now_s = 0.0
        self._part: list[HeardWord] = []

    def accept(self, block: np.ndarray) -> list[HeardWord]:
        self._now_s += len(block) / 16_000
        while self._coming and self._coming[0].end_s <= self._now_s:
            self._part.append(self._coming.pop(0))
        if self._part and self._now_s - self._part[-1].end_s > 1.0:
            return self.finish()
        return []

    def partial(self) -> str:
        return " ".join(word.word for word in self._part if word.is_known)

    def finish(self) -> list[HeardWord]:
        part, self._part = self._part, []
        return part


class Counting(Script):
    """Remembers how much it was fed at a time."""

    fed: list[int]

    def __init__(self, *words: tuple[float, str]) -> None:
        super().__init__(*words)
        self.fed = []

    def accept(self, block: np.ndarray) -> list[HeardWord]:
        self.fed.append(len(block) // len(BLOCK))
        return super().accept(block)


def spoken(text: str, from_s: float = 1.0) -> list[tuple[float, str]]:
    return [(from_s + 0.3 * place, word) for place, word in enumerate(text.split())]


def is_command(text: str) -> bool:
    return text.split()[:1] in (["continue"], ["sadder"], ["stop"], ["louder"])


def hear(
    script: Script, seconds: float, room: Room = QUIET, listener: Listener | None = None
) -> list[EarEvent]:
    listener = listener or Listener(script, "maestro", is_command=is_command)
    events: list[EarEvent] = []
    for _ in range(round(seconds * 50)):
        events += listener.hear(BLOCK, room)
    return events


def kinds(events: list[EarEvent]) -> list[type]:
    return [type(event) for event in events if type(event).__name__ != "Partial"]


def commands(events: list[EarEvent]) -> list[str]:
    return [event.transcript.text for event in events if isinstance(event, CommandHeard)]


def test_a_called_command_is_heard_soon_after_its_last_word() -> None:
    events = hear(Script(*spoken("maestro continue what i play")), 4.0)
    assert kinds(events) == [Woken, CommandHeard]
    command = events[-1]
    assert isinstance(command, CommandHeard)
    assert command.is_called
    assert command.transcript.text == "continue what i play"
    assert command.spoken_until_s == pytest.approx(2.2)
    assert command.at_s - command.spoken_until_s < 0.7


def test_talk_without_the_wake_word_is_not_meant() -> None:
    assert hear(Script(*spoken("continue what i play")), 8.0) == []


def test_a_sentence_that_lacks_its_last_word_is_waited_for() -> None:
    script = Script(*spoken("maestro continue for"), *spoken("eight bars", 2.6))
    assert commands(hear(script, 6.0)) == ["continue for eight bars"]


def test_the_wake_word_may_stand_alone_before_the_command() -> None:
    script = Script((1.0, "maestro"), *spoken("sadder", 4.0))
    events = hear(script, 7.0)
    assert kinds(events) == [Woken, CommandAwaited, CommandHeard]
    assert commands(events) == ["sadder"]


def test_after_a_call_without_a_command_the_ears_close_again() -> None:
    events = hear(Script((1.0, "maestro"), *spoken("continue what i play", 10.0)), 14.0)
    assert kinds(events) == [Woken, CommandAwaited, FellAsleep]


class Wavering(Script):
    """Writes the wake word for a moment, then thinks better of it; later somebody talks."""

    def partial(self) -> str:
        return "maestro" if 1.0 < self._now_s < 1.2 else super().partial()


def test_a_call_that_was_a_mistake_leaves_nothing_open_for_long() -> None:
    events = hear(Wavering(*spoken("continue what i play", 12.0)), 16.0)
    assert kinds(events) == [Woken, FellAsleep]


class Slip(Script):
    """Writes the wake word for one look only."""

    def partial(self) -> str:
        return "maestro" if 1.0 < self._now_s < 1.07 else super().partial()


def test_a_call_of_one_look_wakes_nobody() -> None:
    assert hear(Slip(*spoken("continue what i play", 3.0)), 8.0) == []


def test_the_follow_up_needs_no_wake_word_and_begins_when_the_reply_ends() -> None:
    script = Script(*spoken("maestro continue"), *spoken("sadder", 14.0))
    listener = Listener(script, "maestro", is_command=is_command)
    events = hear(script, 3.0, listener=listener)
    events += hear(script, 6.0, Room(is_answering=True), listener)
    events += hear(script, 7.0, listener=listener)
    assert commands(events) == ["continue", "sadder"]
    assert [e.is_called for e in events if isinstance(e, CommandHeard)] == [True, False]


def test_talk_in_the_follow_up_time_is_no_command() -> None:
    script = Script(*spoken("maestro continue"), *spoken("pass me the salt", 4.0))
    assert commands(hear(script, 9.0)) == ["continue"]


def test_unsure_words_are_asked_again_when_called_and_passed_over_when_not() -> None:
    called = Script(*spoken("maestro continue what i play"), confidence=0.55)
    assert kinds(hear(called, 5.0)) == [Woken, NotUnderstood]
    script = Script(*spoken("continue what i play", 2.0), confidence=0.7)
    listener = Listener(script, "maestro", is_command=is_command)
    events = listener.open() + hear(script, 5.0, listener=listener)
    assert commands(events) == []
    assert NotUnderstood not in kinds(events)


def test_more_sureness_is_asked_for_while_notes_sound() -> None:
    for room, wanted in ((QUIET, ["louder"]), (MUSIC, [])):
        script = Script(*spoken("louder", 2.0), confidence=0.7)
        listener = Listener(script, "maestro", is_command=is_command)
        listener.open()
        assert commands(hear(script, 5.0, room, listener)) == wanted


def test_stop_is_told_while_the_sentence_goes_on() -> None:
    events = hear(Script(*spoken("maestro stop right there please")), 6.0, MUSIC)
    assert kinds(events)[:2] == [Woken, StopHeard]
    assert kinds(events).count(StopHeard) == 1
    stop = next(event for event in events if isinstance(event, StopHeard))
    assert stop.at_s - 1.3 < 0.1
    assert commands(events) == ["stop right there please"]


def test_stop_without_the_wake_word_does_not_stop_music() -> None:
    script = Script(*spoken("stop", 2.0), confidence=0.8)
    listener = Listener(script, "maestro", is_command=is_command)
    listener.open()
    assert StopHeard not in kinds(hear(script, 5.0, MUSIC, listener))


def test_a_key_opens_the_ears() -> None:
    script = Script(*spoken("continue what i play", 2.0))
    listener = Listener(script, "maestro", is_command=is_command)
    assert kinds(listener.open()) == [Woken]
    assert commands(hear(script, 5.0, listener=listener)) == ["continue what i play"]


def test_what_encore_says_is_no_command_but_a_call_gets_through() -> None:
    own = Room(is_answering=True, own_words="Here are five seconds. Continue or stop.")
    script = Script(*spoken("here are five seconds continue or stop", 1.0))
    listener = Listener(script, "maestro", is_command=is_command)
    listener.open()
    events = hear(script, 3.2, own, listener) + hear(script, 3.0, listener=listener)
    assert kinds(events) == []
    called = hear(Script(*spoken("here are five maestro stop")), 4.0, own)
    assert kinds(called)[:2] == [Woken, StopHeard]


def test_the_wake_word_in_encores_own_speech_wakes_nobody() -> None:
    own = Room(is_answering=True, own_words="Say maestro, stop.")
    assert kinds(hear(Script(*spoken("say maestro stop")), 4.0, own)) == []


def test_endless_speech_after_a_call_is_cut() -> None:
    words = [(1.0, "maestro"), *((1.3 + 0.3 * n, "bla") for n in range(100))]
    events = hear(Script(*words), 25.0)
    assert kinds(events)[:2] == [Woken, CommandHeard]


def test_what_is_left_at_the_end_of_the_sound_is_heard() -> None:
    script = Script(*spoken("maestro louder"))
    listener = Listener(script, "maestro", is_command=is_command)
    hear(script, 1.4, listener=listener)
    assert commands(listener.finish()) == ["louder"]


def test_sound_is_decoded_where_it_is_looked_at_and_each_block_after_a_call() -> None:
    script = Counting(*spoken("maestro"))
    listener = Listener(script, "maestro", is_command=is_command)
    hear(script, 0.9, listener=listener)
    assert set(script.fed[1:]) <= {3, 4}  # 60 ms, rounded up
    hear(script, 0.5, listener=listener)
    assert script.fed[-5:] == [1] * 5
    listener.finish()
    assert sum(script.fed) == 70


def test_sound_of_encores_own_words_is_no_longer_heard_once_they_are_over() -> None:
    script = Counting(*spoken("louder"))
    listener = Listener(script, "maestro", is_command=is_command)
    hear(script, 0.64, Room(own_words="it is louder"), listener)
    assert sum(script.fed) == 31  # one block waits
    listener.hear(BLOCK)
    assert sum(script.fed) >= 32  # and is thrown away with the rest
