"""Calls and "stop" among free phones: believed when looks agree, and only close together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.audio_files import SPEECH_RATE_HZ, AudioReader, Int16Samples
from assistant.ears.early import Early
from assistant.ears.heard import QUIET, CommandHeard, Partial, Room, StopHeard
from assistant.ears.listener import Listener
from assistant.ears.models import PROJECT_MODELS
from assistant.ears.second_look import EVERY_S, Look
from assistant.ears.spotter import FORGET_S, NAMED_S, Spotter
from assistant.ears.vosk_recogniser import HeardWord, Recogniser
from assistant.ears.wake_word import WakeWord

SOUND = [np.zeros(320, np.int16)]
MUSIC = Room(is_music=True)
SPEECH = Path(__file__).resolve().parents[2] / "data" / "speech"


class Phones:
    """Hears a script, one line a look or a feed; "word:confidence", 0.2 s a word, 0.4 s a call."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)
        self._now, self._taken_s = "", 0.0
        self.ends = 0

    def accept(self, block: Int16Samples) -> list[HeardWord]:
        self._taken_s += len(block) / SPEECH_RATE_HZ
        self._now = self._lines.pop(0) if self._lines else self._now
        return []

    def partial(self) -> str:
        return self._now

    def finish(self) -> list[HeardWord]:
        self.ends += 1
        parts = [part.partition(":") for part in self._now.split()]
        heard: list[HeardWord] = []
        end_s = self._taken_s
        for word, _, sure in reversed(parts):
            start_s = end_s - (0.4 if word == "maestro" else 0.2)
            heard.insert(0, HeardWord(word, start_s, end_s, float(sure or 1.0)))
            end_s = start_s
        return heard


def looks(*heard: str, running: str = "maestro") -> list[Look]:
    spotter = Spotter(Phones(running), Phones(*heard), "maestro")
    spotter.feed(SOUND[0], 0.0)
    return [spotter.look(SOUND, at * (EVERY_S + 0.001)) for at in range(len(heard))]


def test_a_call_and_stop_are_believed_when_they_are_seen_twice_in_a_row() -> None:
    assert looks("AY maestro", "maestro S") == [Look.NOTHING, Look.CALL]
    assert looks(*["maestro stop:0.5"] * 2) == [Look.NOTHING, Look.STOP]
    assert Look.STOP not in looks("maestro stop:0.5", "maestro S", "maestro stop:0.5")


def test_a_sure_stop_is_believed_at_once_and_so_is_one_that_the_running_stream_hears_too() -> None:
    assert looks("maestro stop:0.97") == [Look.STOP]
    assert looks("maestro stop:0.5", running="maestro stop") == [Look.STOP]
    assert looks("maestro S T", running="maestro P stop") == [Look.STOP]


def test_a_call_that_was_sure_once_is_one_for_the_stop_after_it() -> None:
    """Some accents' "maestro" comes out as phones and a "stop" of its own, once more is heard."""
    heard = ("AY:0.9 maestro:0.9", "AY stop S T", "AY stop stop:0.97")
    assert looks(*heard) == [Look.NOTHING, Look.NOTHING, Look.STOP]
    unsure = ("AY:0.9 maestro:0.6", "AY stop S T", "AY stop stop:0.97")
    assert Look.STOP not in looks(*unsure)


@pytest.mark.parametrize(
    "heard", ["stop", "AY stop", "maestro AH K stop", "maestro:0.2 stop", "stop maestro"]
)
def test_stop_counts_only_right_after_the_wake_word(heard: str) -> None:
    assert Look.STOP not in looks(*[heard] * 3)
    assert Look.STOP in looks(*["maestro P stop"] * 3)


def test_the_wake_word_in_the_running_stream_is_worth_looks_for_a_while() -> None:
    spotter = Spotter(
        Phones("AH", "AH maestro", "AH maestro", "maestro maestro"), Phones(), "maestro"
    )
    spotter.feed(SOUND[0], 1.0)
    assert not spotter.is_named(1.0)
    spotter.feed(SOUND[0], 2.0)
    assert spotter.is_named(2.0 + NAMED_S)
    spotter.feed(SOUND[0], 4.0)
    assert not spotter.is_named(4.0)
    spotter.feed(SOUND[0], 5.0)  # another one
    assert spotter.is_named(5.0)


def test_the_running_stream_begins_anew_now_and_then_and_when_nothing_sounds() -> None:
    running = Phones("AH")
    spotter = Spotter(running, Phones(), "maestro")
    second = np.zeros(SPEECH_RATE_HZ, np.int16)
    for at in range(round(FORGET_S) + 1):
        spotter.feed(second, float(at))
    assert running.ends == 1
    spotter.feed(second, 10.0)
    spotter.rest()
    spotter.rest()
    assert running.ends == 2


def test_in_quiet_nothing_is_spotted_and_nothing_spent() -> None:
    running = Phones("maestro")
    ears = Early(WakeWord("maestro"), None, lambda: 0.0, Spotter(running, Phones(), "maestro"))
    ears.hear(SOUND[0], 0.0, QUIET)
    assert not ears.is_named(0.0)
    ears.hear(SOUND[0], 0.1, Room(own_words="I am the maestro"))
    assert not ears.is_named(0.1)
    ears.hear(SOUND[0], 0.2, MUSIC)
    assert ears.is_named(0.2)


def test_stop_is_heard_where_the_graph_of_all_words_hears_something_else() -> None:
    words = Phones("next", "next stop")
    running = Phones("maestro", "maestro", "maestro stop")
    spotter = Spotter(running, Phones("maestro", "maestro stop"), "maestro")
    ears = Listener(words, "maestro", second=Phones(), spotter=spotter)
    events = [event for _ in range(12) for event in ears.hear(SOUND[0], MUSIC)]
    assert [type(event) for event in events if not isinstance(event, Partial)][-1] is StopHeard


def test_what_was_written_for_a_call_that_only_phones_heard_is_no_part_of_the_command() -> None:
    asked: list[str] = []

    def is_command(text: str) -> bool:
        asked.append(text)
        return text == "louder"

    words = Phones(*["next trip"] * 12, *["next trip louder"] * 60)
    closely = Phones(*["maestro"] * 3, *["maestro L AW D ER"] * 80)
    spotter = Spotter(Phones(*["maestro"] * 80), closely, "maestro")
    ears = Listener(words, "maestro", is_command=is_command, second=Phones(), spotter=spotter)
    events = [event for _ in range(60) for event in ears.hear(SOUND[0], MUSIC)]
    texts = [event.text for event in events if isinstance(event, Partial)]
    assert [text for text in texts if "louder" in text][:1] == ["louder"]
    assert "louder" in asked


@pytest.mark.parametrize(
    ("clip", "last"),
    [
        ("maestro_stop", ["maestro", "stop"]),
        ("continue_happy", ["maestro"]),
    ],
)
def test_the_models_own_graph_spots_calls_and_stop_in_real_sound(
    clip: str, last: list[str]
) -> None:
    sound = np.concatenate(list(AudioReader(SPEECH / f"{clip}.wav").blocks()))
    audible = np.flatnonzero(np.abs(sound) > 300)
    sound = np.pad(sound[: int(audible[-1])], (0, 4800))
    recogniser = Recogniser.load(PROJECT_MODELS / "vosk-encore-en")
    spotter = recogniser.spotter("Maestro", lambda: 0.0)
    assert spotter is not None
    for at in range(0, len(sound) - 959, 960):
        spotter.feed(sound[at : at + 960], at / SPEECH_RATE_HZ)
    assert [word for word in spotter._running.partial().split() if len(word) > 2] == last
    assert recogniser.spotter("computer", lambda: 0.0) is None


def test_after_a_stop_that_was_seen_other_words_begin_nothing() -> None:
    """The graph of all words heard a command in "stop": it must not be carried out."""
    words = Phones("maestro play", "maestro play", "maestro play it")
    running = Phones("maestro", "maestro stop")
    spotter = Spotter(running, Phones("maestro stop"), "maestro")
    ears = Listener(words, "maestro", second=Phones(), spotter=spotter)
    events = [event for _ in range(100) for event in ears.hear(SOUND[0], MUSIC)]
    commands = [event.transcript.text for event in events if isinstance(event, CommandHeard)]
    assert set(commands) == {"stop"}
