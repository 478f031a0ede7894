from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.audio_files import Int16Samples
from assistant.ears.vosk_recogniser import HeardWord
from assistant.settings import Settings
from assistant.voice import Attention, listen, why_not_voice
from tests.unit.chat.test_conversation import Talk


@pytest.fixture
def attention() -> Attention:
    return Attention("maestro", follow_up_s=8.0)


def test_words_after_the_wake_word_are_the_command(attention: Attention) -> None:
    assert attention.command("well maestro continue what i play", 0.0) == "continue what i play"


def test_talk_without_the_wake_word_is_not_meant(attention: Attention) -> None:
    assert attention.command("continue what i play", 0.0) is None


def test_the_wake_word_alone_opens_the_ears(attention: Attention) -> None:
    assert attention.command("maestro", 0.0) == ""
    assert attention.command("sadder", 5.0) == "sadder"


def test_every_command_keeps_the_ears_open_for_a_while(attention: Attention) -> None:
    attention.command("maestro sadder", 0.0)
    assert attention.command("faster", 7.0) == "faster"
    assert attention.command("louder", 14.0) == "louder"
    assert attention.command("we were talking", 30.0) is None


def test_silence_does_not_keep_the_ears_open(attention: Attention) -> None:
    attention.command("maestro", 0.0)
    assert attention.command("", 7.0) is None
    assert attention.command("sadder", 9.0) is None


def test_the_last_wake_word_counts(attention: Attention) -> None:
    assert attention.command("maestro no maestro stop", 0.0) == "stop"


def test_a_wake_word_may_have_two_words() -> None:
    assert Attention("hey encore").command("hey encore louder", 0.0) == "louder"
    assert Attention("hey encore").command("encore louder", 0.0) is None


def test_stop_is_seen_before_the_sentence_is_over(attention: Attention) -> None:
    assert attention.is_stop("maestro stop", 0.0)
    assert not attention.is_stop("stop", 0.0)
    assert not attention.is_stop("maestro continue", 0.0)
    attention.command("maestro sadder", 0.0)
    assert attention.is_stop("stop it", 1.0)


class Script:
    """A microphone and a recogniser: each block is a sentence, or a partial one."""

    name = "script"

    def __init__(self, *sentences: str) -> None:
        self._sentences = sentences
        self._now = ""
        self.closed = False

    def chunks(self) -> Iterator[Int16Samples]:
        for sentence in self._sentences:
            self._now = sentence
            yield np.zeros(320, dtype=np.int16)

    def close(self) -> None:
        self.closed = True

    def stream(self) -> Script:
        return self

    def accept(self, _block: Int16Samples) -> list[HeardWord]:
        if self._now.endswith("…"):
            return []
        return [HeardWord(word, 0.0, 0.1, 0.9) for word in self._now.split()]

    def partial(self) -> str:
        return self._now.rstrip("…")

    def finish(self) -> list[HeardWord]:
        return []


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(tmp_path)


def hear(talk: Talk, script: Script) -> None:
    quiet = Settings.model_validate({"speech": {"speak": False}})
    street = replace(talk.street, settings=quiet)
    listen(street, script, script)  # type: ignore[arg-type]


def test_a_spoken_command_is_carried_out_and_the_reply_printed(
    talk: Talk, capsys: pytest.CaptureFixture[str]
) -> None:
    script = Script("some talk", "maestro sadder")
    hear(talk, script)
    printed = capsys.readouterr().out
    assert "you: sadder" in printed
    assert "There is nothing to change yet." in printed
    assert "some talk" not in printed
    assert script.closed


def test_goodbye_closes_the_door(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    hear(talk, Script("maestro goodbye"))
    assert "Goodbye." in capsys.readouterr().out


def test_stop_is_done_while_the_sentence_goes_on(talk: Talk) -> None:
    talk.sitting.skill.stage()
    hear(talk, Script("maestro stop…"))
    assert talk.sitting.stage.stops == 1


def test_a_machine_without_a_speech_model_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCORE_SPEECH_MODEL", str(tmp_path / "none"))
    sentence = why_not_voice(Settings())
    assert sentence is not None
    assert sentence.startswith("No voice here: ")
