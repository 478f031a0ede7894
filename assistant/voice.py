"""The spoken door: hands-free, opened by the wake word, stopped at once by "maestro stop".

Everything that the microphone hears goes through the recogniser as it comes; its own end-pointing
cuts sentences. Commands are carried out in a thread of their own, so that "stop" is always heard.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.contract import DeviceError, EncoreError, Reply, Transcript
from assistant.house import House
from assistant.settings import Settings, load_settings

if TYPE_CHECKING:
    from assistant.cli.street import Street
    from assistant.ears.microphone import Microphone
    from assistant.ears.vosk_recogniser import HeardWord, Recogniser
    from assistant.mouth.pyttsx3_mouth import Pyttsx3Mouth

FOLLOW_UP_S = 8.0
"""After a command the next one needs no wake word for so long."""
STOP_WORD = "stop"


class Attention:
    """Decides which of the words that were heard are meant for Encore; pure."""

    def __init__(self, wake_word: str, follow_up_s: float = FOLLOW_UP_S) -> None:
        self._wake_words = wake_word.lower().split()
        self._follow_up_s = follow_up_s
        self._open_until_s = float("-inf")

    def command(self, text: str, now_s: float) -> str | None:
        """Return the command in a sentence, "" for the wake word alone, None when not meant.

        The wake word opens the ears for a while; so does each command.
        """
        words = text.lower().split()
        at = self._after_wake_word(words)
        if at is None and now_s > self._open_until_s:
            return None
        if not words:
            return None
        self._open_until_s = now_s + self._follow_up_s
        return " ".join(words[at or 0 :])

    def is_stop(self, partial: str, now_s: float) -> bool:
        """Tell whether a sentence that is not over yet says stop already."""
        words = partial.lower().split()
        at = self._after_wake_word(words)
        if at is None and now_s > self._open_until_s:
            return False
        return words[at or 0 :][:1] == [STOP_WORD]

    def _after_wake_word(self, words: Sequence[str]) -> int | None:
        """Return where the words after the last wake word begin."""
        size = len(self._wake_words)
        for at in range(len(words) - size, -1, -1):
            if list(words[at : at + size]) == self._wake_words:
                return at + size
        return None


class Conductor:
    """Carries out commands one after the other, in a thread of its own."""

    def __init__(self, house: House, give: Callable[[Reply], None]) -> None:
        self._house = house
        self._give = give
        self._waiting: queue.Queue[Transcript | None] = queue.Queue()
        self.is_over = threading.Event()
        """Set after goodbye."""
        self._thread = threading.Thread(target=self._work, name="conductor", daemon=True)
        self._thread.start()

    def take(self, transcript: Transcript) -> None:
        """Carry out a command when those before it are done."""
        self._waiting.put(transcript)

    def stop(self) -> None:
        """Silence at once and forget what waits."""
        with suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        self._house.stop()

    def close(self) -> None:
        """Finish what waits, and end."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (transcript := self._waiting.get()) is not None:
            reply = self._house.turn(transcript)
            self._give(reply)
            if reply.ends_session:
                self.is_over.set()


def why_not_voice(settings: Settings | None = None) -> str | None:
    """Return what keeps the spoken door closed, as a sentence; None when it can open."""
    from assistant.ears.microphone import SystemMicrophone
    from assistant.ears.models import find_model

    settings = settings or load_settings()
    try:
        find_model(settings.speech.model or None)
        SystemMicrophone(settings.speech.microphone).close()
    except EncoreError as error:
        return f"No voice here: {error}"
    return None


def open_ears(trace_dir: Path | None = None) -> None:
    """Listen until goodbye; raises ModelError or DeviceError when voice cannot work here.

    ``trace_dir``: every turn leaves a folder there.
    """
    from assistant.cli.street import open_street
    from assistant.ears.microphone import SystemMicrophone
    from assistant.ears.models import find_model
    from assistant.ears.vosk_recogniser import Recogniser

    with open_street(say=print, trace_dir=trace_dir) as street:
        speech = street.settings.speech
        recogniser = Recogniser.load(find_model(speech.model or None))
        for notice in street.notices:
            print(notice)
        street.warm_up(notify=print)
        print(f'Listening. Say "{speech.wake_word}, continue what I play", or Ctrl-C to leave.')
        listen(street, SystemMicrophone(speech.microphone), recogniser)


def listen(street: Street, microphone: Microphone, recogniser: Recogniser) -> None:
    """Carry out what is said into a microphone until it ends or somebody says goodbye."""
    mouth = _mouth(street.settings)
    attention = Attention(street.settings.speech.wake_word)

    def give(reply: Reply) -> None:
        print(reply.text)
        for path in reply.files:
            print(f"  {path}")
        if mouth is not None:
            with suppress(DeviceError):  # it is written already
                mouth.speak(reply.text)

    conductor = Conductor(street.house, give)
    stream = recogniser.stream()
    try:
        for block in microphone.chunks():
            if conductor.is_over.is_set():
                break
            if mouth is not None and mouth.is_speaking():
                continue  # what Encore says is no command
            words = stream.accept(block)
            if words:
                _hear(words, attention, conductor)
            elif attention.is_stop(stream.partial(), time.monotonic()):
                conductor.stop()
        _hear(stream.finish(), attention, conductor)
    finally:
        microphone.close()
        conductor.close()


def _hear(words: Sequence[HeardWord], attention: Attention, conductor: Conductor) -> None:
    from assistant.ears.vosk_recogniser import to_transcript

    text = attention.command(" ".join(w.word for w in words), time.monotonic())
    if not text:
        return
    print(f"you: {text}")
    if text.split()[0] == STOP_WORD:
        conductor.stop()
    conductor.take(replace(to_transcript(words), text=text))


def _mouth(settings: Settings) -> Pyttsx3Mouth | None:
    if not settings.speech.speak:
        return None
    from assistant.mouth.pyttsx3_mouth import Pyttsx3Mouth

    return Pyttsx3Mouth(settings.speech.rate_wpm)
