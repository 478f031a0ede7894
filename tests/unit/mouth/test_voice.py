"""What is said aloud: how much, in what order, and nothing after a hush."""

from __future__ import annotations

import builtins
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.contract import DeviceError
from assistant.mouth.brevity import spoken
from assistant.mouth.earcons import Earcon
from assistant.mouth.piper_mouth import PiperMouth
from assistant.mouth.pyttsx3_mouth import Pyttsx3Mouth
from assistant.mouth.voice import Earcons, SpokenReplies, open_renderer, open_voice
from assistant.settings import Settings, SpeechSettings
from assistant.states import State, StateEvent, States

LONG = "Here is your phrase, continued in a happy mood. It is in C major."
QUESTION = "That name is taken already. Shall I replace it?"


@pytest.mark.parametrize(
    ("text", "verbosity", "music", "said"),
    [
        (LONG, "full", False, LONG),
        (LONG, "full", True, "Here is your phrase."),
        (LONG, "short", False, "Here is your phrase."),
        (LONG, "short", True, ""),
        (LONG, "silent", False, ""),
        (QUESTION, "full", False, QUESTION),
        (QUESTION, "full", True, "Shall I replace it?"),
        (QUESTION, "short", True, "Shall I replace it?"),
        (QUESTION, "silent", True, ""),
        ("Saved as blue.", "short", False, "Saved as blue."),
        ("  ", "full", False, ""),
    ],
)
def test_as_much_is_said_as_was_chosen(text: str, verbosity: Any, music: bool, said: str) -> None:
    assert spoken(text, verbosity, music) == said


class Voice:
    """Renders a tenth of a second for each text; can be held back, or fail."""

    def __init__(self) -> None:
        self.rendered: list[str] = []
        self.free = threading.Event()
        self.free.set()
        self.failure: DeviceError | None = None

    def render(self, text: str) -> tuple[Any, int]:
        self.free.wait(5)
        if self.failure:
            raise self.failure
        self.rendered.append(text)
        return np.full(100, 0.5, np.float32), 1000


class Loudspeaker:
    """Plays in no time, or until it is stopped."""

    def __init__(self, endless: bool = False) -> None:
        self.played: list[float] = []
        self.endless = endless
        self.over = threading.Event()
        self.began = threading.Event()

    def play(self, samples: Any, _rate_hz: int) -> None:
        self.over.clear()
        self.played.append(float(samples.max()))
        self.began.set()
        if not self.endless:
            self.over.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        return self.over.wait(timeout_s)

    def stop(self) -> None:
        self.over.set()


def replies(voice: Voice, speaker: Loudspeaker, **options: Any) -> SpokenReplies:
    return SpokenReplies(voice, speaker, **options)  # type: ignore[arg-type]


def test_two_replies_in_a_row_are_both_said() -> None:
    voice, speaker = Voice(), Loudspeaker()
    mouth = replies(voice, speaker, volume_percent=50)
    mouth.say("One.")
    mouth.say("Two.")
    assert mouth.wait(5)
    assert voice.rendered == ["One.", "Two."]
    assert speaker.played == [0.25, 0.25]
    mouth.close()


def test_a_hush_silences_what_sounds_and_forgets_what_waits() -> None:
    voice, speaker = Voice(), Loudspeaker(endless=True)
    mouth = replies(voice, speaker)
    mouth.say("One.")
    mouth.say("Two.")
    assert speaker.began.wait(5)
    assert mouth.is_speaking()
    mouth.hush()
    assert mouth.wait(5)
    assert voice.rendered == ["One."]
    mouth.say("Three.")
    speaker.endless = False
    speaker.stop()
    assert mouth.wait(5)
    assert voice.rendered[-1] == "Three."


def test_speech_that_is_still_being_made_is_never_heard_after_a_hush() -> None:
    voice, speaker = Voice(), Loudspeaker()
    voice.free.clear()
    mouth = replies(voice, speaker)
    mouth.say("One.")
    mouth.hush()
    voice.free.set()
    assert mouth.wait(5)
    assert speaker.played == []
    assert not mouth.is_speaking()


def test_a_missing_voice_is_told_once_and_replies_are_text() -> None:
    voice, told = Voice(), list[str]()
    voice.failure = DeviceError("There is no voice on this machine: install espeak-ng.")
    mouth = replies(voice, Loudspeaker(), notify=told.append)
    for _ in range(3):
        mouth.say("Hello.")
    assert mouth.wait(5)
    assert told == [
        "There is no voice on this machine: install espeak-ng. Replies are written only."
    ]


def test_speaking_is_a_state_while_it_sounds() -> None:
    states, events = States(), list[StateEvent]()
    states.subscribe(events.append)
    mouth = replies(Voice(), Loudspeaker(), states=states)
    mouth.say("Saved.")
    assert mouth.wait(5)
    assert [(e.state, e.text) for e in events[1:]] == [
        (State.SPEAKING, "Saved."),
        (State.ASLEEP, ""),
    ]


def test_a_library_that_is_missing_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name in ("pyttsx3", "piper"):
            raise ImportError(name)
        return real(name, *rest)

    from assistant.mouth import pyttsx3_mouth

    monkeypatch.setattr(pyttsx3_mouth, "_WORKER", pyttsx3_mouth._Worker())
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DeviceError, match="pyttsx3 is not installed: run make setup"):
        Pyttsx3Mouth().render("hello")


def test_piper_that_is_missing_or_has_no_voice_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = tmp_path / "joe.onnx"
    with pytest.raises(DeviceError, match="There is no Piper voice"):
        PiperMouth(voice).render("hello")
    voice.write_bytes(b"no network")
    with pytest.raises(DeviceError, match=r"lacks its file joe\.onnx\.json"):
        PiperMouth(voice).render("hello")
    (tmp_path / "joe.onnx.json").write_text("{}")
    monkeypatch.setitem(__import__("sys").modules, "piper", None)
    with pytest.raises(DeviceError, match="need the extra piper"):
        PiperMouth(voice).render("hello")


def test_the_settings_choose_the_voice() -> None:
    assert isinstance(open_renderer(SpeechSettings()), Pyttsx3Mouth)
    assert isinstance(open_renderer(SpeechSettings(voice="joe.onnx")), PiperMouth)


def test_a_mouth_that_is_switched_off_says_nothing() -> None:
    speech = Settings.model_validate({"speech": {"speak": False}}).speech
    mouth = open_voice(speech)
    mouth.say("Hello.")
    assert not mouth.is_speaking()


def test_earcons_without_speakers_or_switched_off_are_no_failure() -> None:
    Earcons(on=False).listening()
    earcons = Earcons("no such device")
    earcons._sound(Earcon.LISTENING)
    earcons.hush()
