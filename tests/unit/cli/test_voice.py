"""The spoken door on a microphone and a recogniser that read from a script."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from assistant.audio_files import Int16Samples
from assistant.cli.run_command import command as run_command
from assistant.conductor import Conductor
from assistant.contract import ModelError, Reply, Transcript
from assistant.ears.listener import Listener
from assistant.ears.vosk_recogniser import HeardWord
from assistant.mouth.earcons import Earcon
from assistant.mouth.voice import Earcons, SpokenReplies
from assistant.settings import Settings
from assistant.spoken_door import DUCKED
from assistant.states import State, States
from assistant.voice import deaf_to, listen, why_not_voice
from tests.unit.chat.test_conversation import Talk


class Script:
    """A microphone and a recogniser: each block is a sentence, or a part of one that goes on."""

    name = "script"
    verifier = opinion = None
    arrived_s = None

    def __init__(self, *sentences: str, known: bool = True) -> None:
        self._sentences = sentences
        self._known = known
        self._now = ""
        self._at_s = 0.0
        self.closed = False
        self._streams = 0

    def chunks(self) -> Iterator[Int16Samples]:
        for sentence in self._sentences:
            self._now = sentence
            for _ in range(60):
                yield np.zeros(320, dtype=np.int16)

    def close(self) -> None:
        self.closed = True

    def knows(self, _word: str) -> bool:
        return self._known

    def stream(self) -> Script | Glance:
        self._streams += 1
        return self if self._streams == 1 else Glance(self)

    def spotter(self, _wake_word: str, _clock: object) -> None:
        return None

    def accept(self, block: Int16Samples) -> list[HeardWord]:
        self._at_s += len(block) / 16_000
        return [] if self._now.endswith("…") else self.finish()

    def partial(self) -> str:
        return self._now.rstrip("…")

    def finish(self) -> list[HeardWord]:
        words, self._now = self._now.rstrip("…").split(), ""
        return [HeardWord(word, self._at_s, self._at_s, 0.9) for word in words]


class Glance:
    """The second stream: reads what is being said without taking it."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def accept(self, _block: Int16Samples) -> list[HeardWord]:
        return []

    def finish(self) -> list[HeardWord]:
        return [HeardWord(word, 0.0, 0.0, 0.9) for word in self._script.partial().split()]


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    talk = Talk(tmp_path)
    talk.street.understanding.service()
    return talk


def hear(talk: Talk, script: Script) -> None:
    quiet = Settings.model_validate({"speech": {"speak": False, "earcons": False}})
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
    hear(talk, Script("maestro stop it right…"))
    assert talk.sitting.stage.stops >= 1


def test_music_is_turned_down_from_the_call_to_the_command(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares: list[float] = []
    monkeypatch.setattr(talk.sitting.skill, "duck", shares.append)
    hear(talk, Script("maestro louder"))
    assert shares[0] == DUCKED
    assert shares[-1] == 1.0


def sounded(talk: Talk, script: Script, monkeypatch: pytest.MonkeyPatch) -> list[Earcon]:
    """Return the earcons that a script brings."""
    kinds: list[Earcon] = []
    monkeypatch.setattr(Earcons, "_play", lambda _self, kind: kinds.append(kind))
    hear(talk, script)
    return kinds


def test_a_call_in_one_breath_is_answered_by_the_sound_for_understood_alone(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sounded(talk, Script("maestro sadder"), monkeypatch) == [Earcon.UNDERSTOOD]


def test_a_bare_call_sounds_open_and_talk_after_it_brings_no_understood(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script("maestro", "pass the salt")
    assert sounded(talk, script, monkeypatch) == [Earcon.LISTENING]


def test_stop_is_silent_and_while_music_sounds_all_commands_are(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sounded(talk, Script("maestro stop"), monkeypatch) == []
    monkeypatch.setattr(talk.sitting.skill, "is_sounding", lambda: True)
    assert sounded(talk, Script("maestro sadder"), monkeypatch) == []


def test_the_talk_pedal_opens_the_ears_with_a_sound(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk.sitting.skill.live, "on_talk", lambda call: call())
    assert sounded(talk, Script("", "sadder"), monkeypatch) == [
        Earcon.LISTENING,
        Earcon.UNDERSTOOD,
    ]


def said_aloud(talk: Talk, script: Script, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the replies that a script brings, as far as they are said and not only written."""
    replies: list[str] = []
    monkeypatch.setattr(SpokenReplies, "say", lambda _self, text, _music: replies.append(text))
    hear(talk, script)
    return replies


def test_stop_is_answered_in_writing_alone_whatever_word_it_was_said_with(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    talk.sitting.skill.stage()
    aloud = said_aloud(
        talk, Script("maestro stop", "maestro silence", "maestro sadder"), monkeypatch
    )
    assert [text.split(".")[0] for text in aloud] == ["There is nothing to change yet"]
    assert capsys.readouterr().out.count("Stopped.") == 2


def test_the_reply_of_a_command_that_was_stopped_is_written_alone(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, begun, stopped = talk.street.house, threading.Event(), threading.Event()
    given: list[tuple[str, bool]] = []

    def turn(_heard: Transcript, _note: object) -> Reply:
        begun.set()
        stopped.wait(5.0)
        return Reply("Here are five seconds.")

    monkeypatch.setattr(house, "turn", turn)
    conductor = Conductor(house, lambda reply, is_said: given.append((reply.text, is_said)))
    conductor.take(Transcript("continue", "voice"))
    assert begun.wait(5.0)
    conductor.stop()
    stopped.set()
    conductor.close()
    assert given == [("Here are five seconds.", False)]


@pytest.mark.parametrize(("sounding", "made"), [(False, ["sadder"]), (True, [])])
def test_notes_that_read_as_words_have_nothing_made_ahead(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, sounding: bool, made: list[str]
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(talk.sitting.skill, "is_sounding", lambda: sounding)
    monkeypatch.setattr(talk.sitting.skill, "begin_ahead", lambda intent: begun.append(intent.text))
    monkeypatch.setattr(Listener, "is_awake", True)  # the follow-up time: nobody called
    hear(talk, Script("sadder…"))
    assert sorted(set(begun)) == made


def test_the_states_show_listening_and_what_is_heard(talk: Talk) -> None:
    states, shown = States(), []
    states.subscribe(lambda event: shown.append((event.state, event.text)))
    quiet = Settings.model_validate({"speech": {"speak": False, "earcons": False}})
    script = Script("maestro make it sadder…")
    listen(replace(talk.street, settings=quiet), script, script, states)  # type: ignore[arg-type]
    assert (State.LISTENING, "") in shown
    assert (State.HEARD, "make it sadder") in shown
    assert states.now.state is State.ASLEEP


def test_a_failing_command_does_not_make_encore_deaf(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_transcript: Transcript) -> Reply:
        raise RuntimeError("a fault")

    monkeypatch.setattr(talk.street.house, "turn", fail)
    hear(talk, Script("maestro louder", "maestro quieter"))
    assert capsys.readouterr().out.count("That failed; the log says why.") == 2


def test_a_wake_word_that_the_model_does_not_know_is_told() -> None:
    assert deaf_to("maestro", Script()) == []  # type: ignore[arg-type]
    [sentence] = deaf_to("Zaphod", Script(known=False))  # type: ignore[arg-type]
    assert "does not know the word 'zaphod'" in sentence


def test_a_machine_without_a_speech_model_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCORE_SPEECH_MODEL", str(tmp_path / "none"))
    sentence = why_not_voice(Settings())
    assert sentence is not None
    assert sentence.startswith("No voice here: ")


def test_a_damaged_speech_model_leaves_typed_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(_trace_dir: Path | None) -> None:
        raise ModelError("The speech model is damaged.")

    opened: list[str] = []
    monkeypatch.setattr("assistant.voice.why_not_voice", lambda: None)
    monkeypatch.setattr("assistant.voice.open_ears", damaged)
    monkeypatch.setattr("assistant.chat.door.open_chat", lambda **_options: opened.append("chat"))
    done = CliRunner().invoke(run_command, [])
    assert done.exit_code == 0
    assert opened == ["chat"]
    assert done.stderr == "No voice here: The speech model is damaged. Typed commands work.\n"
