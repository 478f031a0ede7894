from __future__ import annotations

import threading
from pathlib import Path

import pytest

from assistant.contract import DeviceError, InputError
from skills.music.generator.answer import Answer
from skills.music.midi_file import read_phrase
from skills.music.notes import Phrase
from skills.music.player.live import LivePlayer
from skills.music.player.outputs import SilentOutput
from skills.music.stage import FileStage, LiveStage
from tests.unit.skill.sitting import scale

ANSWER = Answer(scale(1.0), 1.0, seed=1)


@pytest.fixture
def no_synth(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_phrase: Phrase, _program: int, path: Path, _soundfont: str = "") -> None:
        path.write_bytes(b"RIFF")

    monkeypatch.setattr("skills.music.stage.write_sound", write)


@pytest.mark.usefixtures("no_synth")
def test_an_answer_becomes_three_files(tmp_path: Path) -> None:
    files = FileStage(tmp_path / "new").present(scale(), ANSWER, "happy")
    assert [path.name for path in files] == ["answer.mid", "answer.wav", "answer.png"]
    assert len(read_phrase(files[0])) == len(ANSWER.phrase)
    assert files[2].read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("no_synth")
def test_a_session_keeps_every_answer_once(tmp_path: Path) -> None:
    stage = FileStage(tmp_path, numbered=True)
    first = stage.present(scale(), ANSWER, "happy")
    second = stage.present(scale(), Answer(scale(2.0), 2.0, seed=2), "sad")
    assert (first[0].name, second[0].name) == ("answer-1.mid", "answer-2.mid")
    assert stage.present(scale(), ANSWER, "happy") == first
    assert len(list(tmp_path.iterdir())) == 6


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be used as a folder: a file is in the way"):
        FileStage(tmp_path / "file").present(scale(), ANSWER, "x")


def test_a_folder_that_cannot_be_made_is_told() -> None:
    with pytest.raises(InputError, match="The folder /proc/none cannot be made"):
        FileStage(Path("/proc/none")).present(scale(), ANSWER, "x")


def test_music_plays_while_the_user_goes_on_and_stops_at_once() -> None:
    output = SilentOutput()
    stage = LiveStage(LivePlayer(output))
    long = Answer(scale(60.0), 60.0, seed=1)
    assert stage.present(scale(), long, "x") == ()  # returns at once
    stage.stop()
    waiter = threading.Thread(target=stage.wait)
    waiter.start()
    waiter.join(2.0)
    assert not waiter.is_alive()


def test_new_music_ends_the_old() -> None:
    stage = LiveStage(LivePlayer(SilentOutput()))
    stage.present(scale(), Answer(scale(60.0), 60.0, seed=1), "x")
    stage.present(scale(), Answer(scale(0.05), 0.05, seed=2), "x")
    stage.wait()
    stage.close()


def test_speakers_that_fail_while_playing_end_no_turn(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(SilentOutput):
        def send(self, message: object) -> None:  # noqa: ARG002
            raise DeviceError("The speakers are gone.")

    stage = LiveStage(LivePlayer(Broken()))
    stage.present(scale(), ANSWER, "x")
    stage.wait()
    assert "The speakers are gone." in caplog.text
