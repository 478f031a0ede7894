"""The real voice, rendered to samples."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.contract import DeviceError, InputError
from assistant.mouth.pyttsx3_mouth import Pyttsx3Mouth
from assistant.mouth.voice import open_voice
from assistant.settings import SpeechSettings


@pytest.fixture(scope="module")
def mouth() -> Pyttsx3Mouth:
    voice = Pyttsx3Mouth()
    try:
        voice.render("hello")
    except DeviceError as error:
        pytest.skip(str(error))
    return voice


def test_a_sentence_becomes_sound_of_a_plausible_length(mouth: Pyttsx3Mouth) -> None:
    samples, rate_hz = mouth.render("Here is your phrase, continued in a happy mood.")
    assert samples.dtype == np.float32
    assert 1.5 < len(samples) / rate_hz < 6.0
    assert 0.05 < np.abs(samples).max() <= 1.0


def test_a_hundred_sentences_in_a_row_are_all_whole(mouth: Pyttsx3Mouth) -> None:
    """The driver returns before the file is written: without waiting some come out empty."""
    texts = ("Saved.", "Here is your phrase, continued in a happy mood.")
    lengths = [[len(mouth.render(text)[0]) for text in texts] for _ in range(50)]
    for index, text in enumerate(texts):
        row = [pair[index] for pair in lengths]
        assert max(row) < 1.2 * min(row), text


def test_two_sentences_from_two_threads_are_both_whole(mouth: Pyttsx3Mouth) -> None:
    text = "one two three four five"
    alone = len(mouth.render(text)[0])
    lengths: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: lengths.append(len(mouth.render("one two three four five")[0]))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lengths == pytest.approx([alone] * 4, rel=0.02)


def test_speech_is_saved_and_stdout_stays_clean(
    mouth: Pyttsx3Mouth, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mouth.save("Saved.", tmp_path / "reply.wav")
    samples, _ = soundfile.read(tmp_path / "reply.wav")
    assert np.abs(samples).max() > 0.05
    assert capfd.readouterr().out == ""
    with pytest.raises(InputError, match="Cannot write"):
        mouth.save("Saved.", tmp_path / "none" / "reply.wav")
    assert list(tmp_path.iterdir()) == [tmp_path / "reply.wav"]


def test_the_rate_changes_the_length() -> None:
    text = "the quick brown fox jumps over the lazy dog"
    try:
        slow, fast = (len(Pyttsx3Mouth(rate).render(text)[0]) for rate in (120, 240))
    except DeviceError as error:
        pytest.skip(str(error))
    assert slow > 1.25 * fast


FIRST_WORDS = """
from pyttsx3.drivers import espeak
from assistant.mouth.pyttsx3_mouth import Pyttsx3Mouth
set_parameter, loop = espeak._espeak.SetParameter, espeak.EspeakDriver.startLoop
espeak._espeak.SetParameter = lambda name, value, *rest: (print(value), set_parameter(name, value))
espeak.EspeakDriver.startLoop = lambda driver: (print("loop"), loop(driver))
Pyttsx3Mouth(140).render("one two three")
"""


@pytest.mark.usefixtures("mouth")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux speaks by espeak")
def test_the_rate_holds_before_the_first_sentence_is_asked_for() -> None:
    """Set while the driver's loop runs, its cancel may undo it: the sentence is too fast."""
    command = [sys.executable, "-c", FIRST_WORDS]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split()[-2:] == ["140", "loop"]


def test_without_speakers_it_is_said_once_and_replies_are_text() -> None:
    try:
        import sounddevice
    except OSError as error:  # no PortAudio
        pytest.skip(str(error))
    if any(d["max_output_channels"] for d in sounddevice.query_devices()):
        pytest.skip("this machine has speakers")
    told: list[str] = []
    mouth = open_voice(SpeechSettings(), notify=told.append)
    mouth.say("hello")
    mouth.say("hello")
    assert mouth.wait(20)
    assert len(told) == 1
    assert told[0].endswith("Replies are written only.")
    mouth.close()
