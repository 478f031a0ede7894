"""The real recogniser with whichever model is there, on speech of the real voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.contract import DeviceError, InputError, ModelError
from assistant.ears.hear_command import run
from assistant.ears.models import find_model
from assistant.ears.vosk_recogniser import Recogniser
from assistant.mouth.pyttsx3_mouth import Pyttsx3Mouth

SENTENCE = "continue what i play in a happy mood"


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    try:
        return Recogniser.load(find_model())
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    try:
        Pyttsx3Mouth(140).save(SENTENCE, tmp_path / "speech.wav")
    except DeviceError as error:
        pytest.skip(str(error))
    return tmp_path / "speech.wav"


def test_words_have_times_inside_the_file_and_in_order(
    recogniser: Recogniser, speech: Path
) -> None:
    heard = recogniser.transcribe_file(speech)
    assert heard.text == " ".join(word.word for word in heard.words)
    times = [time_s for word in heard.words for time_s in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert all(0.0 <= time_s <= heard.seconds + 0.1 for time_s in times)
    assert all(0.0 <= word.confidence <= 1.0 for word in heard.words)
    assert heard.decode_seconds > 0.0
    assert heard.model == recogniser.name


def test_some_of_what_was_said_is_heard(recogniser: Recogniser, speech: Path) -> None:
    heard = set(recogniser.transcribe_file(speech).text.split())
    assert len(heard & set(SENTENCE.split())) >= 3, heard


def test_silence_is_no_words(recogniser: Recogniser, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(48000), 16000)
    assert recogniser.transcribe_file(tmp_path / "silence.wav").words == ()


def test_the_rate_of_the_file_does_not_matter(
    recogniser: Recogniser, speech: Path, tmp_path: Path
) -> None:
    import soxr  # type: ignore[import-untyped, unused-ignore]

    sound, rate_hz = soundfile.read(speech)
    at_48 = soxr.resample(sound, rate_hz, 48000)
    soundfile.write(tmp_path / "stereo.wav", np.stack([at_48, at_48], axis=1), 48000)
    ours = recogniser.transcribe_file(speech).text.split()
    theirs = recogniser.transcribe_file(tmp_path / "stereo.wav").text.split()
    assert len(set(ours) ^ set(theirs)) <= 2


def test_files_come_out_one_by_one_until_the_first_wrong_one(
    recogniser: Recogniser, speech: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.wav").write_text("no sound")
    results = run([speech, tmp_path / "text.wav"])
    first = next(results)
    assert set(first) == {"file", "text", "words", "seconds", "decode_seconds", "model"}
    assert first["file"] == str(speech)
    assert first["model"] == recogniser.name
    with pytest.raises(InputError, match="is not a sound file"):
        next(results)
