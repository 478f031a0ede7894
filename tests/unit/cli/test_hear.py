"""``encore hear``: files and folders, whatever is among them."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from assistant.__main__ import run
from assistant.cli.hear_command import Lines
from assistant.contract import InputError, ModelError
from assistant.ears import hear_command
from assistant.ears.models import find_model
from assistant.ears.vosk_recogniser import HeardFile, Recogniser

SPOKEN = Path(__file__).parents[2] / "data" / "speech" / "stop.wav"


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ENCORE_SPEECH_MODEL", raising=False)
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path / "home"))
    try:
        Recogniser.load(find_model())
    except ModelError as error:
        pytest.skip(str(error))


def spoken(path: Path, rate_hz: int = 16_000, channels: int = 1, subtype: str = "PCM_16") -> Path:
    import soxr

    samples, old_hz = soundfile.read(SPOKEN, dtype="float32")
    there = np.repeat(soxr.resample(samples, old_hz, rate_hz)[:, None], channels, axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, there, rate_hz, subtype=subtype)
    return path


def test_a_folder_is_heard_to_its_depths_and_a_broken_file_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "speech"
    spoken(folder / "b.wav")
    spoken(folder / "deep" / "er" / "c.WAV")
    (folder / "a.wav").write_bytes(b"RIFF, but no sound")
    (folder / "notes.txt").write_text("no sound either")
    assert run(["hear", str(folder), str(tmp_path / "none.wav")]) == 1
    told = capsys.readouterr()
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert [Path(row["file"]).name for row in rows] == ["b.wav", "c.WAV"]
    assert [row["text"] for row in rows] == ["stop", "stop"]
    assert "file 1 of 4" in told.err
    sentences = [line for line in told.err.splitlines() if line.startswith("encore: ")]
    assert len(sentences) == 2
    assert "a.wav is not a sound file" in sentences[0]
    assert "There is no file" in sentences[1]
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("rate_hz", "channels", "subtype"),
    [(22_050, 1, "PCM_U8"), (44_100, 2, "PCM_24"), (48_000, 1, "FLOAT"), (96_000, 3, "PCM_32")],
)
def test_any_rate_channels_and_width_are_heard_alike(
    tmp_path: Path, rate_hz: int, channels: int, subtype: str
) -> None:
    rows = list(hear_command.run([spoken(tmp_path / "a.wav", rate_hz, channels, subtype)]))
    assert rows[0]["text"] == "stop"


def test_one_good_file_says_nothing_on_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["hear", str(spoken(tmp_path / "a.wav"))]) == 0
    assert capsys.readouterr().err == ""


def test_without_a_terminal_each_file_is_told_once_and_a_long_one_in_between(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now_s = 0.0
    lines = Lines(lambda: now_s)
    lines.show(1, 2, 0.0)
    lines.show(1, 2, 0.0)
    for now_s in (10.0, 31.0, 50.0):
        lines.show(1, 2, now_s / 100)
    lines.show(2, 2, 0.0)
    assert capsys.readouterr().err.splitlines() == [
        "file 1 of 2",
        "file 1 of 2: 31%",
        "file 2 of 2",
    ]


def test_an_hour_alone_is_told_in_between_too(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = 0.0
    lines = Lines(lambda: now_s)
    for now_s in (0.0, 29.0, 31.0, 45.0, 62.0):
        lines.show(1, 1, now_s / 100)
    assert capsys.readouterr().err == "file 1 of 1: 31%\nfile 1 of 1: 62%\n"


@pytest.mark.filterwarnings("error")
def test_floats_beyond_full_scale_and_no_numbers_are_heard_without_a_warning(
    tmp_path: Path,
) -> None:
    path = spoken(tmp_path / "a.wav", 44_100, 2, "FLOAT")
    samples, rate_hz = soundfile.read(path, dtype="float32")
    samples[10:14] = [[np.inf, -np.inf], [np.nan, 0.0], [3e38, 3e38], [-np.inf, 1.0]]
    soundfile.write(path, samples, rate_hz, subtype="FLOAT")
    rows = list(hear_command.run([path]))
    assert rows[0]["text"] == "stop"


def test_an_empty_folder_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert run(["hear", str(tmp_path / "empty")]) == 1
    assert capsys.readouterr().err == "encore: There are no WAV files in that folder.\n"


def test_without_a_listener_the_failure_is_raised(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        list(hear_command.run([tmp_path / "none.wav"]))


class Deaf:
    """A recogniser's stream that hears nothing, and how much it was given at once."""

    def __init__(self) -> None:
        self.largest = 0

    def accept(self, block: Any) -> list[Any]:
        self.largest = max(self.largest, len(block))
        return []

    def finish(self) -> list[Any]:
        return []


def test_a_long_file_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    """Twenty minutes: 38 MB as samples, 77 MB as floats."""
    path = tmp_path / "long.flac"
    with soundfile.SoundFile(path, "w", 16_000, 1, subtype="PCM_16") as file:
        for _ in range(20):
            file.write(np.zeros(16_000 * 60, dtype=np.int16))
    recogniser, stream, shares = Recogniser(None, "deaf"), Deaf(), list[float]()
    recogniser.stream = lambda: stream  # type: ignore[method-assign]
    recogniser.transcribe_file(spoken(tmp_path / "a.wav"))
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert recogniser.transcribe_file(path, shares.append).seconds == 1200
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024
    assert grown_mb < 20
    assert stream.largest <= 16_000
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0, abs=0.001)


def test_ctrl_c_keeps_what_was_heard_until_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    samples, rate_hz = soundfile.read(SPOKEN, dtype="float32")
    long = np.concatenate([samples, np.zeros(60 * rate_hz, np.float32)])
    soundfile.write(tmp_path / "long.wav", long, rate_hz)
    spoken(tmp_path / "next.wav")
    transcribe = Recogniser.transcribe_file

    def interrupted(self: Recogniser, path: Path, _progress: object) -> HeardFile:
        def progress(share: float) -> None:
            if share > 0.1:
                raise KeyboardInterrupt

        return transcribe(self, path, progress)

    monkeypatch.setattr(Recogniser, "transcribe_file", interrupted)
    assert run(["hear", str(tmp_path / "long.wav"), str(tmp_path / "next.wav")]) == 130
    [row] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert row["text"] == "stop"
    assert 5.0 < row["seconds"] < 10.0
