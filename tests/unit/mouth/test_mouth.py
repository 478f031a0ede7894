"""Mouths: the twins, the voice's text, what is said when there is none."""

from __future__ import annotations

import io
import threading
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from assistant.contract import DeviceError, Mouth
from assistant.mouth import pyttsx3_mouth
from assistant.mouth.console import ConsoleMouth, SilentMouth
from assistant.mouth.pyttsx3_mouth import Pyttsx3Mouth


def test_the_console_gets_a_line_for_each_reply() -> None:
    stream = io.StringIO()
    mouth: Mouth = ConsoleMouth(stream)
    mouth.speak("Here it is.")
    mouth.hush()
    mouth.speak("Again.")
    assert stream.getvalue() == "Here it is.\nAgain.\n"


def test_the_silent_mouth_keeps_what_it_was_given() -> None:
    mouth = SilentMouth()
    mouth.speak("Here it is.")
    assert mouth.said == ["Here it is."]


@pytest.fixture(autouse=True)
def own_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a thread of its own, so that no test gets another one's engine."""
    monkeypatch.setattr(pyttsx3_mouth, "_WORKER", pyttsx3_mouth._Worker())
    monkeypatch.setattr(pyttsx3_mouth, "_is_espeak", lambda: False)


@pytest.mark.parametrize("text", ["", "  \n", "…", "♪ ♪"])
def test_text_without_words_is_silence(text: str) -> None:
    samples, rate_hz = Pyttsx3Mouth().render(text)
    assert len(samples) == 0
    assert rate_hz > 0


def test_a_missing_voice_is_told_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyttsx3

    def missing() -> Any:
        raise OSError("libespeak-ng.so.1: cannot open shared object file")

    monkeypatch.setattr(pyttsx3, "init", missing)
    mouth = Pyttsx3Mouth()
    for _ in range(2):
        with pytest.raises(DeviceError, match="install espeak-ng"):
            mouth.render("hello")


class Engine:
    """Hangs on the word "hang", fails on "fail"."""

    def __init__(self) -> None:
        self.threads: set[str] = set()
        self.text = ""
        self.set: dict[str, object] = {}

    def getProperty(self, name: str) -> object:  # noqa: N802 - pyttsx3's name
        names = {"gmw/en": "English (GB)", "gmw/en-us": "English (US)", "gmw/de": "German"}
        voices = [SimpleNamespace(id=key, name=name) for key, name in names.items()]
        return {"voice": "gmw/en", "voices": voices}[name]

    def setProperty(self, name: str, value: object) -> None:  # noqa: N802 - pyttsx3's name
        self.set[name] = value

    def connect(self, topic: str, _callback: object) -> str:
        return topic

    def disconnect(self, token: str) -> None:
        assert token == "finished-utterance"

    def save_to_file(self, text: str, path: str) -> None:
        import soundfile

        self.threads.add(threading.current_thread().name)
        self.text = text
        if text != "fail":
            soundfile.write(path, np.full(100, 0.5), 22_050)

    def runAndWait(self) -> None:  # noqa: N802 - pyttsx3's name
        if self.text == "hang":
            time.sleep(2)


def test_all_sentences_are_rendered_in_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    monkeypatch.setattr("pyttsx3.init", lambda: engine)
    mouth = Pyttsx3Mouth()
    callers = [threading.Thread(target=mouth.render, args=("hello",)) for _ in range(5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    samples, rate_hz = mouth.render("hello\x00 \n there")
    assert (len(samples), rate_hz) == (100, 22_050)
    assert engine.text == "hello there"
    assert len(engine.threads) == 1


def test_a_voice_that_hangs_is_given_up_and_the_next_sentence_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pyttsx3.init", Engine)
    monkeypatch.setattr(pyttsx3_mouth, "TIMEOUT_S", 0.2)
    mouth = Pyttsx3Mouth()
    with pytest.raises(DeviceError, match="did not answer"):
        mouth.render("hang")
    assert len(mouth.render("hello")[0]) == 100
    with pytest.raises(DeviceError, match="The voice failed"):
        mouth.render("fail")


def test_rate_and_voice_are_those_that_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    monkeypatch.setattr("pyttsx3.init", lambda: engine)
    Pyttsx3Mouth(140, "german").render("hello")
    assert engine.set == {"voice": "gmw/de", "rate": 140}
    Pyttsx3Mouth(200, "gmw/en").render("hello")
    assert engine.set["voice"] == "gmw/en"
    Pyttsx3Mouth(200, "us").render("hello")
    assert engine.set["voice"] == "gmw/en-us"
    Pyttsx3Mouth().render("hello")
    assert engine.set == {"voice": "gmw/en", "rate": 175}
    with pytest.raises(DeviceError, match=r"no voice called 'norse'; there are gmw/de, gmw/en"):
        Pyttsx3Mouth(voice="norse").render("hello")
