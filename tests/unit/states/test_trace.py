"""The folder that a turn leaves on request, and nothing without one."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import soundfile

from assistant.contract import EngineError, InputError, Intent, Reply, Transcript
from assistant.house import House
from assistant.trace import Trace
from skills.music.generator.answer import Answer
from skills.music.notes import Note, Phrase
from skills.music.request import Request
from skills.music.session import Version
from skills.music.turn_music import TurnMusic

INTENT = Intent("make it sadder", "adjust", 0.93, "embedded", {"mood": "sad"})


def test_a_spoken_turn_leaves_sound_words_meaning_music_and_reply(tmp_path: Path) -> None:
    def music(folder: Path) -> None:
        (folder / "phrase.mid").write_bytes(b"MThd")

    trace = Trace(tmp_path / "trace", music)
    trace.heard([np.full(1600, 1000, np.int16), np.full(1600, -1000, np.int16)])
    folder = trace.turn(Transcript("make it sadder", "voice", 0.9), INTENT, Reply("Sadder."))
    assert sorted(path.name for path in folder.iterdir()) == [
        "heard.wav",
        "intent.json",
        "phrase.mid",
        "reply.txt",
        "transcript.txt",
    ]
    sound, rate_hz = soundfile.read(folder / "heard.wav", dtype="int16")
    assert (len(sound), rate_hz) == (3200, 16_000)
    assert sound[0] == -sound[-1] == 1000
    assert (folder / "transcript.txt").read_text() == "make it sadder\n"
    assert (folder / "reply.txt").read_text() == "Sadder.\n"
    facts = json.loads((folder / "intent.json").read_text())
    assert facts["intent"] == "adjust"
    assert facts["parameters"] == {"mood": "sad"}
    assert facts["heard"] == 0.9


def test_turns_are_numbered_and_old_folders_are_kept(tmp_path: Path) -> None:
    first = Trace(tmp_path).turn(Transcript("help"), None, Reply("Yes?"))
    second = Trace(tmp_path).turn(Transcript("undo"), None, Reply("Done."))
    assert first.name.startswith("0001-")
    assert second.name.startswith("0002-")
    assert (first / "reply.txt").read_text() == "Yes?\n"


def test_sound_is_kept_for_its_own_turn_only(tmp_path: Path) -> None:
    trace = Trace(tmp_path)
    trace.heard([np.ones(160, np.int16)])
    assert (trace.turn(Transcript("a", "voice"), None, Reply("")) / "heard.wav").exists()
    assert not (trace.turn(Transcript("b", "voice"), None, Reply("")) / "heard.wav").exists()


def test_a_part_that_fails_leaves_the_rest(tmp_path: Path) -> None:
    def broken(_folder: Path) -> None:
        raise InputError("Cannot write phrase.mid: the disk is full.")

    folder = Trace(tmp_path, broken).turn(Transcript("help"), INTENT, Reply("Yes?"))
    assert (folder / "reply.txt").exists()


def test_a_trace_that_breaks_off_is_told_once_and_keeps_no_turn(tmp_path: Path) -> None:
    told: list[str] = []
    trace = Trace(tmp_path / "trace", notify=told.append)
    (tmp_path / "trace").rmdir()
    for _ in range(2):
        trace.heard([np.ones(160, np.int16)])
        trace.turn(Transcript("help", "voice"), INTENT, Reply("Yes?"))
    assert told == ["The trace is not whole any more: No such file or directory."]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Cannot write the trace"):
        Trace(tmp_path / "file" / "trace")


class Greets:
    """Understands everything as a greeting, or fails."""

    def parse(self, text: str) -> Intent:
        if text == "fail":
            raise EngineError("Nobody answers.")
        return Intent(text, "greet", 0.9, "rules")

    def parse_as(self, text: str, intent: str) -> Intent:
        return Intent(text, intent, 0.9, "rules")


def test_the_house_tells_the_trace_of_every_turn_and_of_failures(tmp_path: Path) -> None:
    house = House(Greets(), [], after_turn=Trace(tmp_path).turn)
    house.turn(Transcript("hello"))
    house.turn(Transcript("fail"))
    first, second = sorted(tmp_path.iterdir())
    assert json.loads((first / "intent.json").read_text())["intent"] == "greet"
    assert "intent" not in json.loads((second / "intent.json").read_text())
    assert (second / "reply.txt").read_text() == "Nobody answers.\n"


def test_only_a_turn_that_made_an_answer_leaves_one(tmp_path: Path) -> None:
    phrase = Phrase((Note(0.0, 60, 1.0, 80),))
    version = Version(phrase, Request(), Answer(phrase, 1.0, seed=3))
    history = SimpleNamespace(current=None)
    listening = SimpleNamespace(phrase=Phrase)
    room = SimpleNamespace(session=SimpleNamespace(history=history), listening=listening)
    music = TurnMusic(cast("Any", room))
    folders = [tmp_path / name for name in "abc"]
    for number, folder in enumerate(folders):
        folder.mkdir()
        history.current = version if number else None
        music.write(folder)
    assert list(folders[0].iterdir()) == []
    assert sorted(p.name for p in folders[1].iterdir()) == ["answer.mid", "phrase.mid"]
    assert list(folders[2].iterdir()) == []
