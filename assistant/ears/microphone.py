"""Samples as they arrive: from a microphone, or from a file in its place."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, AudioReader, Int16Samples, to_int16
from assistant.contract import DeviceError
from assistant.ears.native_noise import captured_stderr

BLOCK_FRAMES = SPEECH_RATE_HZ // 50
"""20 ms."""
QUEUE_BLOCKS = 500
"""Ten seconds: whoever falls further behind loses the oldest sound."""
SILENT_MICROPHONE_S = 2.0
"""A microphone that sends no blocks for so long has been unplugged."""
CLOSES_S = 2.0
"""A driver whose device is gone may keep a stream for ever: then it is left to it."""
LOOK_S = 1.0
"""How often a microphone that is gone is looked for."""
GONE = "The microphone is gone: I listen again as soon as it is back."
BACK = "The microphone is back."
BUSY = "The microphone is used by another program."
NONE = "No microphone was found: none is plugged in, or another program has it."
NO_LIBRARY = (
    "The sound library sounddevice or PortAudio is missing: run make setup (on Debian it needs"
    " libportaudio2)."
)
LEAST_RATE_HZ = 11_025
"""Slower sound lacks what tells consonants apart: of a command at 8 kHz no word came out right, at
this rate all did."""
LIKE_A_TELEPHONE = (
    "This microphone gives {rate_hz} hertz only, like a telephone: I shall hardly understand you."
)
BUSY_CODE = -9985
"""PortAudio's paDeviceUnavailable."""

OpenStream = Callable[[str, Callable[[bytes], None]], tuple[Any, int]]
"""Device name and who takes its blocks -> a running stream with ``close()``, and its rate."""


class Microphone(Protocol):
    """Where sound comes from."""

    arrived_s: float | None
    """When the block that was yielded last came, on ``time.perf_counter``; None: unknown."""

    def chunks(self) -> Iterator[Int16Samples]:
        """Yield 16 kHz mono samples as they come, until the end or ``close``."""
        ...

    def close(self) -> None:
        """End ``chunks`` and release the device; idempotent."""
        ...


class FileMicrophone:
    """The twin of a real microphone: says what is in a sound file, at once."""

    def __init__(self, path: Path | str) -> None:
        self.name = Path(path).name
        self.arrived_s: float | None = None
        self._reader = AudioReader(path)
        self._closed = False

    def chunks(self) -> Iterator[Int16Samples]:
        """Yield the file in blocks of 20 ms."""
        rest = np.zeros(0, dtype=np.int16)
        for block in self._reader.blocks():
            rest = np.concatenate([rest, block])
            while len(rest) >= BLOCK_FRAMES and not self._closed:
                yield rest[:BLOCK_FRAMES]
                rest = rest[BLOCK_FRAMES:]
        if len(rest) and not self._closed:
            yield rest

    def close(self) -> None:
        """End ``chunks``."""
        self._closed = True


class SystemMicrophone:
    """The system's microphone, or the input device of that name, at whatever rate it has.

    Raises DeviceError with a sentence when there is none or it cannot be opened. Later it is
    patient: a microphone that was unplugged is told to ``notify`` and looked for until it is back.
    """

    def __init__(
        self,
        device: str = "",
        notify: Callable[[str], None] = lambda _sentence: None,
        open_stream: OpenStream | None = None,
        silent_s: float = SILENT_MICROPHONE_S,
        look_s: float = LOOK_S,
    ) -> None:
        self.name = device or "microphone"
        self.arrived_s: float | None = None
        self.lost_blocks = 0
        """Blocks that were dropped because nobody took them in time."""
        self._device, self._notify = device, notify
        self._open_stream = open_stream or open_input_stream
        self._silent_s, self._look_s = silent_s, look_s
        self._queue: queue.Queue[tuple[float, bytes | None]] = queue.Queue(QUEUE_BLOCKS)
        self._closing = threading.Event()
        self._stream: Any = None
        self._open()
        if self._rate_hz < LEAST_RATE_HZ:
            notify(LIKE_A_TELEPHONE.format(rate_hz=self._rate_hz))

    def chunks(self) -> Iterator[Int16Samples]:
        """Yield blocks of 16 kHz until ``close``; nothing while the microphone is gone."""
        while True:
            try:
                self.arrived_s, block = self._queue.get(timeout=self._silent_s)
            except queue.Empty:
                self._find_again()
                continue
            if block is None:
                return
            yield from self._pieces(self._at_speech_rate(np.frombuffer(block, dtype=np.int16)))

    def close(self) -> None:
        """End ``chunks`` and release the device; idempotent."""
        self._closing.set()
        self._release()
        self._put(None)

    def _open(self) -> None:
        self._stream, self._rate_hz = self._open_stream(self._device, self._put)
        self._resampler: Any = None
        self._rest = np.zeros(0, dtype=np.int16)

    def _find_again(self) -> None:
        """Return when blocks come again, or when the microphone is closed."""
        self._notify(GONE)
        self._release()
        while not self._closing.wait(self._look_s):
            with suppress(DeviceError):
                self._open()
                self._notify(BACK)
                return

    def _release(self) -> None:
        stream, self._stream = self._stream, None
        if stream is None:
            return

        def close() -> None:
            with suppress(Exception):  # a device that is gone fails in its own ways
                stream.close()

        closing = threading.Thread(target=close, name="microphone", daemon=True)
        closing.start()
        closing.join(CLOSES_S)

    def _at_speech_rate(self, block: Int16Samples) -> Int16Samples:
        if self._rate_hz == SPEECH_RATE_HZ:
            return block
        if self._resampler is None:
            import soxr  # type: ignore[import-untyped, unused-ignore]

            self._resampler = soxr.ResampleStream(
                self._rate_hz, SPEECH_RATE_HZ, 1, dtype="float32", quality="LQ"
            )
        return to_int16(self._resampler.resample_chunk(block.astype(np.float32) / 32768))

    def _pieces(self, sound: Int16Samples) -> Iterator[Int16Samples]:
        """Cut resampled sound, whose blocks vary, into blocks of 20 ms."""
        if len(sound) == BLOCK_FRAMES and not len(self._rest):
            yield sound
            return
        sound = np.concatenate([self._rest, sound])
        whole = len(sound) // BLOCK_FRAMES * BLOCK_FRAMES
        self._rest = sound[whole:]
        yield from sound[:whole].reshape(-1, BLOCK_FRAMES)

    def _put(self, block: bytes | None) -> None:
        stamped = time.perf_counter(), block
        while True:
            try:
                self._queue.put_nowait(stamped)
                return
            except queue.Full:
                self.lost_blocks += 1
                with suppress(queue.Empty):
                    self._queue.get_nowait()


def open_input_stream(device: str, take: Callable[[bytes], None]) -> tuple[Any, int]:
    """Return a running stream of one channel and its rate: 16 kHz, else the device's own.

    Raises DeviceError with a sentence when there is no such device, or another program has it.
    """
    try:
        with captured_stderr("PortAudio"):
            import sounddevice

            return _opened(sounddevice, device, take)
    except Exception as error:  # PortAudioError is only there after the import
        raise DeviceError(_why_not(error, device)) from error


def _opened(sounddevice: Any, device: str, take: Callable[[bytes], None]) -> tuple[Any, int]:
    """Return a stream of the rate of speech, else of the device's own rate."""
    own_hz = int(sounddevice.query_devices(device or None, "input")["default_samplerate"])
    with suppress(sounddevice.PortAudioError):
        return _started(sounddevice, device, SPEECH_RATE_HZ, take), SPEECH_RATE_HZ
    return _started(sounddevice, device, own_hz, take), own_hz


def _started(sounddevice: Any, device: str, rate_hz: int, take: Callable[[bytes], None]) -> Any:
    def hand_on(data: Any, _frames: int, _time: Any, _status: Any) -> None:
        take(bytes(data))

    stream = sounddevice.RawInputStream(
        samplerate=rate_hz,
        blocksize=rate_hz // 50,
        device=device or None,
        channels=1,
        dtype="int16",
        callback=hand_on,
    )
    stream.start()
    return stream


def _why_not(error: Exception, device: str) -> str:
    if isinstance(error, ImportError | OSError):
        return NO_LIBRARY
    if BUSY_CODE in error.args or "Device unavailable" in str(error):
        return BUSY
    if "Multiple" in str(error):
        return f"Several microphones have {device!r} in their names: write more of the name."
    return f"There is no microphone called {device!r}." if device else NONE
