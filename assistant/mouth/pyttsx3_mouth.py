"""The system's voice: pyttsx3 renders speech to samples, which ``voice.py`` plays.

``say`` of pyttsx3 is never used: on Linux it needs aplay, speaks only the last of two calls and
returns before the speech ends. Rendered to a file every sentence is whole, and silence is at hand.
"""

from __future__ import annotations

import queue
import sys
import tempfile
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np

from assistant.audio_files import FloatSamples, write_speech
from assistant.contract import DeviceError

RATE_WPM = 175
ESPEAK_DRIVER = "pyttsx3.drivers.espeak"
TIMEOUT_S = 10.0
"""Rendering takes 10 to 30 ms a sentence: whoever needs this long hangs."""
ATTEMPTS = 3
NO_VOICE = (
    "There is no voice on this machine: install espeak-ng (on Debian: apt install espeak-ng)."
)
NO_LIBRARY = "The speech library pyttsx3 is not installed: run make setup."
MOST_NAMED = 5
"""Of the voices that there are, so many are named where the wanted one is missing."""

Speech = tuple[FloatSamples, int]
"""Samples of one channel and their rate in hertz."""
Job = tuple[str, int, str, "Future[Speech]"]
"""Text, rate in words a minute, wanted voice, where the speech goes."""


class Pyttsx3Mouth:
    """Speaks through the system's synthesiser (espeak-ng, NSSpeech or SAPI).

    ``voice`` is a part of a voice's name; empty: the system's default.
    """

    name = "pyttsx3"

    def __init__(self, rate_wpm: int = RATE_WPM, voice: str = "") -> None:
        self._rate_wpm, self._voice = rate_wpm, voice

    def render(self, text: str) -> Speech:
        """Return the text as speech; DeviceError when there is no voice or it hangs."""
        return _WORKER.render(text, self._rate_wpm, self._voice)

    def save(self, text: str, path: Path | str) -> None:
        """Write the text as a spoken WAV file; raises DeviceError or InputError."""
        samples, rate_hz = self.render(text)
        write_speech(samples, rate_hz, path)


class _Worker:
    """The one thread that pyttsx3 is ever called from: its drivers are global to a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: queue.Queue[Job] | None = None

    def render(self, text: str, rate_wpm: int, voice: str) -> Speech:
        spoken = _speakable(text)
        if not spoken:
            return np.zeros(0, dtype=np.float32), 22_050
        done: Future[Speech] = Future()
        with self._lock:
            if self._jobs is None:
                self._jobs = queue.Queue()
                thread = threading.Thread(target=self._work, args=(self._jobs,), daemon=True)
                thread.start()
            self._jobs.put((spoken, rate_wpm, voice, done))
        try:
            return done.result(TIMEOUT_S)
        except TimeoutError:
            self._jobs = None  # the next sentence gets a new thread
            raise DeviceError(f"The voice did not answer within {TIMEOUT_S:.0f} s.") from None

    def _work(self, jobs: queue.Queue[Job]) -> None:
        engine: Any = None
        default: Any = None
        while True:
            text, rate_wpm, voice, done = jobs.get()
            try:
                engine = engine or _open_engine()
                default = default or engine.getProperty("voice")
                _set(engine, "voice", _voice_id(engine, voice) if voice else default)
                _set(engine, "rate", rate_wpm)
                done.set_result(_spoken(engine, text))
            except DeviceError as error:
                done.set_exception(error)
            except Exception as error:  # each platform's driver raises kinds of its own
                failure = DeviceError(f"The voice failed: {error}.")
                failure.__cause__ = error
                done.set_exception(failure)


_WORKER = _Worker()


def _open_engine() -> Any:
    try:
        import pyttsx3

        engine = pyttsx3.init()
        _quieten()
    except ImportError as error:
        raise DeviceError(NO_LIBRARY) from error
    except Exception as error:  # OSError, RuntimeError, by platform
        raise DeviceError(NO_VOICE) from error
    return engine


def _voice_id(engine: Any, wanted: str) -> str:
    """Return the voice whose name or id is the wanted one, or else holds it, in any case."""
    names = {str(v.id): f"{v.name} {v.id}".lower() for v in engine.getProperty("voices")}
    words = wanted.lower()
    exact = [key for key in names if words in (key.lower(), names[key][: -len(key) - 1])]
    found = exact or [key for key, name in names.items() if words in name]
    if not found:
        some = ", ".join(sorted(names)[:MOST_NAMED])
        raise DeviceError(f"There is no voice called {wanted!r}; there are {some} and others.")
    return found[0]


def _set(engine: Any, name: str, value: Any) -> None:
    """Set a property of the voice; with espeak it holds at once.

    The engine would set it when the next sentence is asked for, and its end of the loop cancels
    whatever espeak is then busy with: one first sentence in ten was spoken at another rate.
    """
    if _is_espeak():
        sys.modules[ESPEAK_DRIVER].EspeakDriver.setProperty(name, value)
    else:
        engine.setProperty(name, value)


def _quieten() -> None:
    """Keep the espeak driver from printing a line for every file on Encore's stdout.

    Only its own ``print`` is replaced: redirecting stdout would swallow other threads' lines.
    """
    if _is_espeak():
        vars(sys.modules[ESPEAK_DRIVER])["print"] = lambda *_args, **_options: None


def _is_espeak() -> bool:
    return ESPEAK_DRIVER in sys.modules


def _spoken(engine: Any, text: str) -> Speech:
    """Return the text as speech; an empty result is asked for again, since words sound."""
    for _ in range(ATTEMPTS):
        samples, rate_hz = _rendered(engine, text)
        if len(samples):
            return samples, rate_hz
    raise DeviceError("The voice failed: it said nothing.")


def _rendered(engine: Any, text: str) -> Speech:
    import soundfile

    with tempfile.TemporaryDirectory(prefix="encore-voice-") as folder:
        path = Path(folder) / "speech.wav"
        finished = threading.Event()
        token = engine.connect("finished-utterance", lambda **_: finished.set())
        _wait_for_idle_espeak()
        engine.save_to_file(text, str(path))
        engine.runAndWait()
        if _is_espeak():  # its driver synthesises in a thread and may return before it ends
            finished.wait(TIMEOUT_S)
        engine.disconnect(token)
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return samples.mean(axis=1, dtype=np.float32), int(rate_hz)


def _wait_for_idle_espeak() -> None:
    """Return when the last sentence is quite over: the driver cancels what "still plays".

    Without this about one sentence in two hundred comes out empty (the second one of a process).
    """
    if not _is_espeak():
        return
    is_playing = sys.modules[f"{ESPEAK_DRIVER.rpartition('.')[0]}._espeak"].IsPlaying
    give_up_s = time.monotonic() + TIMEOUT_S / 2
    while is_playing() and time.monotonic() < give_up_s:
        time.sleep(0.001)


def _speakable(text: str) -> str:
    """Return the text in one line without control characters; "" when no word is in it."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words if any(c.isalnum() for c in words) else ""
