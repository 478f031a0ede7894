"""Plays one piece of sound at a time, and falls silent within a block."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from assistant.audio_files import FloatSamples, resampled
from assistant.contract import DeviceError

BLOCK_FRAMES = 512
"""About 10 ms: how long a hush takes."""
LATENCY_S = 0.1
"""What lies ready for the speakers: with PortAudio's own choice, 43 ms, a machine with ten other
busy programs on two cores tore 7 of 10 replies apart, with this none of 5. A hush throws it away,
and nothing sounds later for it (both measured in the virtual studio)."""

_OPENING = threading.Lock()
"""PortAudio opens and closes one stream at a time; voice and earcons may come together."""

Tap = Callable[[FloatSamples, int], None]
"""Takes samples of one channel and their rate in hertz."""


class _Piece:
    """One piece of sound, handed out block by block.

    The stream that plays it lies in a cycle of its own and may be found by Python's collector hours
    after its end: the samples (a second: 190 KB) are given up before.
    """

    def __init__(self, samples: FloatSamples) -> None:
        self._samples, self._place = samples, 0

    def take(self, frames: int) -> FloatSamples:
        """Return the next samples: fewer at the end."""
        block = self._samples[self._place : self._place + frames]
        self._place += frames
        return block

    def drop(self) -> None:
        """Give up what is left."""
        self._samples = np.zeros(0, np.float32)


class Speaker:
    """The system's speakers, or the output device of that name; opened for each piece."""

    def __init__(self, device: str = "") -> None:
        self.tap: Tap | None = None
        """Gets each block that goes to the speakers, and its rate: in the thread of the sound."""
        self._device = device or None
        self._lock = threading.Lock()
        self._stream: Any = None
        self._piece: _Piece | None = None
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
                with _OPENING:
                    self._stream = self._started(samples, rate_hz, over)
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
                with _OPENING:
                    self._stream.close(ignore_errors=True)
                self._stream = None
            if self._piece is not None:
                self._piece.drop()
                self._piece = None
            self._over.set()

    def _started(self, samples: FloatSamples, rate_hz: int, over: threading.Event) -> Any:
        import sounddevice

        wanted_hz = int(sounddevice.query_devices(self._device, "output")["default_samplerate"])
        piece = self._piece = _Piece(resampled(samples, rate_hz, wanted_hz))

        def fill(out: Any, frames: int, _time: Any, _status: Any) -> None:
            block = piece.take(frames)
            out[: len(block)] = np.clip(block, -1.0, 1.0)[:, None]
            out[len(block) :] = 0.0
            if self.tap is not None:
                self.tap(out[:, 0].copy(), wanted_hz)
            if len(block) < frames:
                raise sounddevice.CallbackStop

        stream = sounddevice.OutputStream(
            samplerate=wanted_hz,
            blocksize=BLOCK_FRAMES,
            latency=LATENCY_S,
            device=self._device,
            channels=2,
            dtype="float32",
            callback=fill,
            finished_callback=over.set,
        )
        stream.start()
        return stream


def _no_speaker(device: str | None) -> str:
    return f"There is no speaker called {device!r}." if device else "No speakers were found."
