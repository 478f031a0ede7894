"""From a spoken WAV to music: real Vosk with the model in the box, understanding, the real GRU."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.cli.street import open_street
from assistant.ears.microphone import FileMicrophone
from assistant.ears.models import find_model
from assistant.ears.vosk_recogniser import Recogniser
from assistant.voice import listen
from skills.music.midi_file import read_phrase
from tests.e2e.street.conftest import run_encore

SPOKEN = Path(__file__).parents[2] / "data" / "speech" / "continue_happy.wav"


def test_what_is_heard_in_a_file_can_be_done(
    tmp_path: Path, phrase_file: Path, model_dir: Path
) -> None:
    assert model_dir
    heard = run_encore(tmp_path / "home", "hear", SPOKEN)
    assert heard.status == 0, heard.err
    text = json.loads(heard.out)["text"]
    assert text == "maestro continue what i play in a happy mood"
    out = tmp_path / "out"
    done = run_encore(
        tmp_path / "home", "do", text, "--phrase", phrase_file, "--out", out, "--json"
    )
    assert done.status == 0, done.err
    told = json.loads(done.out)
    assert (told["intent"], told["parameters"]) == ("continue", {"mood": "happy"})
    assert {"answer.mid", "answer.wav", "answer.png", "reply.txt"} <= {
        p.name for p in out.iterdir()
    }


def test_the_voice_door_answers_a_spoken_command_with_music(
    tmp_path: Path,
    phrase_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The door itself, with a file for a microphone and a folder for the speakers."""
    settings = tmp_path / "settings.toml"
    settings.write_text("[speech]\nspeak = false\n")
    monkeypatch.setenv("ENCORE_SETTINGS", str(settings))
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path / "home"))
    with open_street(engine="embedded", out_dir=tmp_path / "out") as street:
        street.music.hear(read_phrase(phrase_file))
        listen(street, FileMicrophone(SPOKEN), Recogniser.load(find_model(None)))
    said = capsys.readouterr().out
    assert "you: continue what i play in a happy mood" in said
    assert "Here are five seconds, happy." in said
    [answer] = (tmp_path / "out").glob("*.mid")
    assert len(read_phrase(answer)) > 3
