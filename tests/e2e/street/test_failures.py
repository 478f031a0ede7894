"""What goes wrong is told in one sentence, with status 1 or 2 and no traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.street.conftest import Encore, Run

COMMAND = "continue what i play"


def is_one_sentence(run: Run, status: int, *words: str) -> None:
    """Check the status, that stderr is one line with the words, and that stdout is empty."""
    assert run.status == status, run.err
    assert run.out == ""
    assert "Traceback" not in run.err
    sentence = run.sentence
    assert sentence.startswith("encore: ")
    for word in words:
        assert word in sentence


def settings(tmp_path: Path, text: str) -> dict[str, str]:
    """Return an environment that names a settings file with this text."""
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return {"ENCORE_SETTINGS": str(path)}


def test_a_broken_midi_file(encore: Encore, tmp_path: Path) -> None:
    (tmp_path / "broken.mid").write_bytes(b"MThd\x00\x00\x00\x06\x00\x01" + b"\xff" * 40)
    run = encore("do", COMMAND, "--phrase", tmp_path / "broken.mid", "--out", tmp_path / "o")
    is_one_sentence(run, 1, "broken.mid")


def test_a_file_that_is_no_midi_file(encore: Encore, tmp_path: Path) -> None:
    (tmp_path / "song.mid").write_text("la la la")
    run = encore("do", COMMAND, "--phrase", tmp_path / "song.mid", "--out", tmp_path / "o")
    is_one_sentence(run, 1, "song.mid", "MIDI")


def test_an_empty_midi_file(encore: Encore, tmp_path: Path) -> None:
    header = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0"
    (tmp_path / "empty.mid").write_bytes(header + b"MTrk\x00\x00\x00\x04\x00\xff\x2f\x00")
    run = encore("do", COMMAND, "--phrase", tmp_path / "empty.mid", "--out", tmp_path / "o")
    is_one_sentence(run, 1, "empty.mid holds no notes")


def test_a_missing_midi_file(encore: Encore, tmp_path: Path) -> None:
    run = encore("do", COMMAND, "--phrase", tmp_path / "none.mid", "--out", tmp_path / "o")
    is_one_sentence(run, 1, "none.mid")


def test_nothing_to_continue(encore: Encore, tmp_path: Path) -> None:
    run = encore("do", COMMAND, "--out", tmp_path / "o")
    is_one_sentence(run, 1, "Play something first")


@pytest.mark.parametrize("text", ["", "   ", "?!... ,,,"])
def test_a_text_without_words(encore: Encore, tmp_path: Path, text: str) -> None:
    run = encore("do", text, "--out", tmp_path / "o")
    is_one_sentence(run, 1, "no words in TEXT")
    assert not (tmp_path / "o").exists()


def test_a_wav_file_that_is_none(encore: Encore, tmp_path: Path) -> None:
    (tmp_path / "noise.wav").write_bytes(b"this is no sound")
    run = encore("hear", tmp_path / "noise.wav")
    assert run.status == 1
    # Where no speech model was fetched, that is what is told first.
    assert "noise.wav" in run.sentence or "no speech model" in run.sentence


def test_a_missing_speech_model(encore: Encore, tmp_path: Path) -> None:
    run = encore("hear", tmp_path / "a.wav", "--model", tmp_path / "none")
    is_one_sentence(run, 1, "no speech model in")


def test_a_missing_music_model(encore: Encore, phrase_file: Path, tmp_path: Path) -> None:
    env = settings(tmp_path, f"[music]\nmodel = {json.dumps(str(tmp_path / 'none'))}\n")
    run = encore("do", COMMAND, "--phrase", phrase_file, "--out", tmp_path / "o", env=env)
    is_one_sentence(run, 1, "model", "none")


def test_a_music_model_with_the_wrong_hash(
    encore: Encore, phrase_file: Path, tmp_path: Path, model_dir: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(model_dir, copy)
    weights = bytearray((copy / "weights.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "weights.safetensors").write_bytes(weights)
    env = settings(tmp_path, f"[music]\nmodel = {json.dumps(str(copy))}\n")
    run = encore("do", COMMAND, "--phrase", phrase_file, "--out", tmp_path / "o", env=env)
    is_one_sentence(run, 1, "model")
    assert not (tmp_path / "o" / "answer.mid").exists()


@pytest.mark.parametrize("folder", ["/proc/encore", "file"])
def test_an_output_folder_that_cannot_be_written(
    encore: Encore, phrase_file: Path, tmp_path: Path, folder: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    run = encore("do", COMMAND, "--phrase", phrase_file, "--out", tmp_path / folder)
    is_one_sentence(run, 1, "folder", folder)


def test_no_home_folder_is_told_and_everything_works(encore: Encore, tmp_path: Path) -> None:
    # Not even root can make a folder in /proc.
    env = {"HOME": "/proc/none", "ENCORE_HOME": ""}
    run = encore("chat", "--out", tmp_path / "o", text="hello\ngoodbye\n", env=env)
    assert run.status == 0
    assert run.out.endswith("Goodbye.\n")
    assert run.sentence.startswith("What you save goes to ")
    assert "cannot be written" in run.sentence


def test_a_length_that_cannot_be(encore: Encore, tmp_path: Path) -> None:
    run = encore("do", COMMAND, "--seconds", "-3", "--out", tmp_path / "o")
    assert run.status == 2
    assert "Invalid value for '--seconds': -3.0 is not in the range" in run.err
    assert "Traceback" not in run.err


def test_an_unknown_option(encore: Encore) -> None:
    run = encore("chat", "--seconds", "-3")
    assert run.status == 2
    assert "No such option" in run.err


def test_an_unknown_command_names_the_nearest(encore: Encore) -> None:
    run = encore("genrate")
    assert run.status == 2
    assert "Did you mean generate?" in run.err


def test_an_unknown_settings_key(encore: Encore, tmp_path: Path) -> None:
    env = settings(tmp_path, "[sound]\nvolum_percent = 3\n")
    run = encore("do", "help", "--out", tmp_path / "o", env=env)
    is_one_sentence(run, 1, "There is no setting sound.volum_percent; did you mean sound.volume")


def test_an_impossible_setting(encore: Encore, tmp_path: Path) -> None:
    env = settings(tmp_path, "[music]\nseconds = -3\n")
    run = encore("takes", "list", env=env)
    is_one_sentence(run, 1, "music.seconds should be greater than or equal to 0.5, not -3")


def test_what_is_not_built_is_said(encore: Encore, tmp_path: Path) -> None:
    is_one_sentence(encore("learn", tmp_path), 1, "not built yet")


def test_debug_shows_where_it_failed(encore: Encore, tmp_path: Path) -> None:
    run = encore("learn", tmp_path, "--debug")
    assert run.status == 1
    assert "Traceback" in run.err
    assert "encore: Learning" in run.err
