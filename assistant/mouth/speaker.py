"""Plays one piece of sound at a time, and falls silent within a block."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from assistant.audio_files import FloatSamples, resampled
from assistant.contract import DeviceError

BLOCK_FRAMES = 512
"""About 10 ms: how long a hush takes."""


class Speaker:
    """The system's speakers, or the output device of that name; opened for each piece."""

    def __init__(self, device: str = "") -> None:
        self._device = device or None
        self._lock = threading.Lock()
        self._stream: Any = None
        self._over = threading.Event()
        self._over.set()

    def play(self, samples: FloatSamples, rate_hz: int) -> None:
        """Begin to play one channel and return; raises DeviceError when there is no speaker."""
        self.stop()
        if not len(samples):
            return
        with self._lock:
            over = self._over = threading.Event()
            try:
                self._stream = _started(samples, rate_hz, self._device, over)
            except Exception as error:  # PortAudioError is only there after the import
                over.set()
                raise DeviceError(_no_speaker(self._device)) from error

    def wait(self, timeout_s: float | None = None) -> bool:
        """Return True when nothing plays any more, False after the timeout."""
        return self._over.wait(timeout_s)

    def is_playing(self) -> bool:
        """Return whether sound comes out."""
        return not self._over.is_set()

    def stop(self) -> None:
        """Silence at once; from any thread, any number of times."""
        with self._lock:
            if self._stream is not None:
                self._stream.close(ignore_errors=True)
                self._stream = None
            self._over.set()


def _started(samples: FloatSamples, rate_hz: int, device: str | None, over: threading.Event) -> Any:
    import sounddevice

    wanted_hz = int(sounddevice.query_devices(device, "output")["default_samplerate"])
    sound = resampled(samples, rate_hz, wanted_hz)
    place = 0

    def fill(out: Any, frames: int, _time: Any, _status: Any) -> None:
        nonlocal place
        block = sound[place : place + frames]
        place += frames
        out[: len(block)] = np.clip(block, -1.0, 1.0)[:, None]
        if len(block) < frames:
            out[len(block) :] = 0.0
            raise sounddevice.CallbackStop

    stream = sounddevice.OutputStream(
        samplerate=wanted_hz,
        blocksize=BLOCK_FRAMES,
        device=device,
        channels=2,
        dtype="float32",
        callback=fill,
        finished_callback=over.set,
    )
    stream.start()
    return stream


def _no_speaker(device: str | None) -> str:
    return f"There is no speaker called {device!r}." if device else "No speakers were found."
