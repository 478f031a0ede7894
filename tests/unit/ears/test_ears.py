"""Sound files in blocks, the microphone's twin, what is written of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.audio_files import AudioReader
from assistant.contract import InputError, ModelError
from assistant.ears.microphone import FileMicrophone
from assistant.ears.vosk_recogniser import HeardFile, HeardWord, Recogniser


def tone(path: Path, rate_hz: int, channels: int = 1, seconds: float = 2.0) -> Path:
    times = np.arange(round(rate_hz * seconds)) / rate_hz
    sound = 0.5 * np.sin(2 * np.pi * 440 * times)
    soundfile.write(path, np.repeat(sound[:, None], channels, axis=1), rate_hz)
    return path


@pytest.mark.parametrize(
    ("rate_hz", "channels", "ending"),
    [(8000, 1, "wav"), (16000, 1, "flac"), (22050, 2, "wav"), (44100, 2, "ogg"), (48000, 6, "wav")],
)
def test_any_rate_and_channels_become_mono_at_16_khz(
    tmp_path: Path, rate_hz: int, channels: int, ending: str
) -> None:
    reader = AudioReader(tone(tmp_path / f"a.{ending}", rate_hz, channels))
    sound = np.concatenate(list(reader.blocks()))
    assert reader.seconds == pytest.approx(2.0, abs=0.01)
    assert len(sound) == pytest.approx(32000, abs=200)
    assert sound.dtype == np.int16
    middle = sound[8000:24000].astype(float) / 32768
    assert np.sqrt((middle**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)
    assert np.argmax(np.abs(np.fft.rfft(middle))) == pytest.approx(440, abs=1)


def test_a_long_file_is_never_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    with soundfile.SoundFile(path, "w", 16000, 1) as file:
        for _ in range(60):
            file.write(np.zeros(16000 * 60, dtype=np.int16))
    sizes = [len(block) for block in AudioReader(path).blocks()]
    assert sum(sizes) == pytest.approx(16000 * 3600, abs=1000)
    assert max(sizes) <= 16000


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not a sound file"),
        (b"MThd\x00\x00\x00\x06", "is not a sound file"),
        (b"RIFF\x24\x00\x00\x00WAVE", "is not a sound file"),
        (b"hello, I am text", "is not a sound file"),
    ],
)
def test_a_file_that_is_no_sound_is_told(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        AudioReader(tmp_path / "a.wav")


def test_missing_empty_and_folder_are_told(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 16000)
    for path, sentence in (
        (tmp_path / "none.wav", "There is no file"),
        (tmp_path, "is a folder"),
        (tmp_path / "empty.wav", "holds no sound"),
    ):
        with pytest.raises(InputError, match=sentence):
            AudioReader(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other pipes and names")
def test_a_pipe_is_told_and_a_name_that_is_no_text_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(InputError, match="is a pipe"):
        AudioReader(tmp_path / "pipe.wav")
    tone(tmp_path / "a.wav", 16000)
    odd = (tmp_path / "a.wav").rename(tmp_path / os.fsdecode(b"\xff.wav"))
    assert sum(map(len, AudioReader(odd).blocks()))


def test_a_file_cut_off_is_read_to_its_end(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 16000)
    path.write_bytes(path.read_bytes()[:20_000])
    assert sum(map(len, AudioReader(path).blocks())) == pytest.approx(9978, abs=200)


def test_the_file_microphone_yields_everything_in_chunks(tmp_path: Path) -> None:
    microphone = FileMicrophone(tone(tmp_path / "a.wav", 16000, seconds=1.01))
    sizes = [len(chunk) for chunk in microphone.chunks()]
    assert sum(sizes) == 16160
    assert set(sizes[:-1]) == {320}
    microphone.close()
    assert list(microphone.chunks()) == []


def test_what_was_heard_is_written_as_the_contract_says() -> None:
    word = HeardWord("hello", 0.1, 0.51239, 0.98765432)
    heard = HeardFile("a.wav", "hello", (word,), 1.0, 0.0123456, "vosk-small")
    assert heard.to_json() == {
        "file": "a.wav",
        "text": "hello",
        "words": [{"word": "hello", "start_s": 0.1, "end_s": 0.512, "confidence": 0.9877}],
        "seconds": 1.0,
        "decode_seconds": 0.012,
        "model": "vosk-small",
    }


def test_a_damaged_model_is_one_sentence_and_nothing_on_stderr(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("am/final.mdl", "conf/mfcc.conf", "graph/HCLG.fst"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"rubbish")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Recogniser.load(tmp_path)
    (tmp_path / "SHA256SUMS").write_text("00ff  am/final.mdl\n")
    with pytest.raises(ModelError, match=r"damaged: am/final\.mdl has changed"):
        Recogniser.load(tmp_path)
    assert capfd.readouterr().err == ""
