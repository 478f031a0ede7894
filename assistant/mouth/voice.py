"""What is said aloud, and how: replies by the chosen voice, earcons, silence at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from assistant.audio_files import FloatSamples
from assistant.contract import DeviceError, EncoreError
from assistant.mouth.brevity import spoken
from assistant.mouth.earcons import RATE_HZ, Earcon, earcon
from assistant.mouth.speaker import Speaker, Tap
from assistant.settings import SpeechSettings, Verbosity
from assistant.states import State, States

Speech = tuple[FloatSamples, int]
"""Samples of one channel and their rate in hertz."""
TEXT_ONLY = "Replies are written only."


class Renderer(Protocol):
    """A voice: text in, sound out."""

    def render(self, text: str) -> Speech:
        """Return the text as speech; DeviceError when the voice is missing or fails."""
        ...


class SpokenReplies:
    """Says replies one after the other in a thread of its own, until it is hushed.

    Nothing here raises: a voice or speaker that is missing is told once, and replies are text.
    """

    name = "voice"

    def __init__(
        self,
        renderer: Renderer,
        speaker: Speaker,
        *,
        verbosity: Verbosity = "full",
        volume_percent: int = 100,
        notify: Callable[[str], None] = lambda _sentence: None,
        states: States | None = None,
    ) -> None:
        self._renderer, self._speaker = renderer, speaker
        self._verbosity: Verbosity = verbosity
        self._gain = volume_percent / 100
        self._notify, self._states = notify, states or States()
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._round = 0
        """Counts hushes: what was asked for before the last one is not said any more."""
        self._open = 0
        """Texts that are being rendered or said, or wait."""
        self._idle = threading.Condition()
        self._texts: queue.Queue[tuple[int, str] | None] | None = None

    def say(self, text: str, music_sounds: bool = False) -> None:
        """Say as much of a reply as the verbosity allows, after what is being said; returns."""
        self.speak(spoken(text, self._verbosity, music_sounds))

    def speak(self, text: str) -> None:
        """Say the whole text, after what is being said; returns at once."""
        if not text:
            return
        with self._idle:
            self._open += 1
        self._queue().put((self._round, text))

    def hush(self) -> None:
        """Stop speaking at once and forget what waits; from any thread."""
        self._round += 1
        with self._lock:
            self._speaker.stop()

    def is_speaking(self) -> bool:
        """Return whether something is being said, or is about to be."""
        return self._open > 0

    def tap_sound(self, tap: Tap | None) -> None:
        """Hand every block that is said, and its rate in hertz, to ``tap``."""
        self._speaker.tap = tap

    def wait(self, timeout_s: float | None = None) -> bool:
        """Return True when all is said or hushed, False after the timeout."""
        with self._idle:
            return self._idle.wait_for(lambda: self._open == 0, timeout_s)

    def close(self) -> None:
        """Stop speaking and end the thread; idempotent."""
        self.hush()
        texts, self._texts = self._texts, None
        if texts is not None:
            texts.put(None)

    def _queue(self) -> queue.Queue[tuple[int, str] | None]:
        with self._lock:
            if self._texts is None:
                self._texts = queue.Queue()
                work = threading.Thread(
                    target=self._work, args=(self._texts,), name="voice", daemon=True
                )
                work.start()
            return self._texts

    def _work(self, texts: queue.Queue[tuple[int, str] | None]) -> None:
        while (order := texts.get()) is not None:
            try:
                self._say(*order)
            except DeviceError as error:
                self._tell(str(error))
            finally:
                with self._idle:
                    self._open -= 1
                    self._idle.notify_all()

    def _say(self, wanted_in: int, text: str) -> None:
        if wanted_in != self._round:
            return
        samples, rate_hz = self._renderer.render(text)
        with self._lock:
            if wanted_in != self._round:
                return
            self._speaker.play(samples * self._gain, rate_hz)
        with self._states.during(State.SPEAKING, text):
            self._speaker.wait()

    def _tell(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._notify(f"{sentence} {TEXT_ONLY}")


class Earcons:
    """Plays the small sounds beside whatever else sounds; where nothing can sound, nothing.

    Every method returns at once. ``key`` gives the key of the music, as commands write it; it is
    asked in a thread of its own, just before the sound.
    """

    def __init__(
        self,
        output_device: str = "",
        *,
        on: bool = True,
        key: Callable[[], str] = lambda: "C major",
    ) -> None:
        self.is_on = on
        self._speaker = Speaker(output_device)
        self._key = key

    def listening(self) -> None:
        """Tell that the ears are open."""
        self._play(Earcon.LISTENING)

    def understood(self) -> None:
        """Tell that a command was understood."""
        self._play(Earcon.UNDERSTOOD)

    def not_understood(self) -> None:
        """Tell that something was heard and not understood."""
        self._play(Earcon.NOT_UNDERSTOOD)

    def tap_sound(self, tap: Tap | None) -> None:
        """Hand every block that sounds, and its rate in hertz, to ``tap``."""
        self._speaker.tap = tap

    def hush(self) -> None:
        """Silence at once."""
        self._speaker.stop()

    def _play(self, kind: Earcon) -> None:
        if self.is_on:
            threading.Thread(target=self._sound, args=(kind,), name="earcon", daemon=True).start()

    def _sound(self, kind: Earcon) -> None:
        with suppress(EncoreError):  # without speakers there is none
            self._speaker.play(earcon(kind, self._key()), RATE_HZ)


def open_renderer(settings: SpeechSettings) -> Renderer:
    """Return the voice of the settings: a Piper voice when a file is named, else the system's."""
    if settings.voice.endswith(".onnx"):
        from assistant.mouth.piper_mouth import PiperMouth

        return PiperMouth(settings.voice, settings.rate_wpm)
    from assistant.mouth.pyttsx3_mouth import Pyttsx3Mouth

    return Pyttsx3Mouth(settings.rate_wpm, settings.voice)


def open_voice(
    settings: SpeechSettings,
    output_device: str = "",
    notify: Callable[[str], None] = lambda _sentence: None,
    states: States | None = None,
) -> SpokenReplies:
    """Return a mouth that speaks as the settings say; nothing is loaded before the first reply."""
    return SpokenReplies(
        open_renderer(settings),
        Speaker(output_device),
        verbosity=settings.verbosity if settings.speak else "silent",
        volume_percent=settings.voice_volume_percent,
        notify=notify,
        states=states,
    )
