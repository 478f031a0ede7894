"""Samples as they arrive: from a microphone, or from a file in its place."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, AudioReader, Int16Samples
from assistant.contract import DeviceError

BLOCK_FRAMES = SPEECH_RATE_HZ // 50
"""20 ms."""
QUEUE_BLOCKS = 500
"""Ten seconds: whoever falls further behind loses the oldest sound."""
SILENT_MICROPHONE_S = 3.0
"""A microphone that sends nothing for so long has been unplugged."""


class Microphone(Protocol):
    """Where sound comes from."""

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
    """The system's microphone, or the input device of that name.

    Raises DeviceError with a sentence when there is none or it cannot be opened.
    """

    def __init__(self, device: str = "") -> None:
        self.name = device or "microphone"
        self.lost_blocks = 0
        """Blocks that were dropped because nobody took them in time."""
        self._queue: queue.Queue[bytes | None] = queue.Queue(QUEUE_BLOCKS)
        try:
            import sounddevice

            self._stream = sounddevice.RawInputStream(
                samplerate=SPEECH_RATE_HZ,
                blocksize=BLOCK_FRAMES,
                device=device or None,
                channels=1,
                dtype="int16",
                callback=self._take,
            )
            self._stream.start()
        except Exception as error:  # PortAudioError is only there after the import
            named = f"There is no microphone called {device!r}."
            raise DeviceError(named if device else "No microphone was found.") from error

    def chunks(self) -> Iterator[Int16Samples]:
        """Yield blocks of 20 ms until ``close``; raises DeviceError when the sound stays away."""
        while True:
            try:
                block = self._queue.get(timeout=SILENT_MICROPHONE_S)
            except queue.Empty:
                raise DeviceError("The microphone sends nothing any more.") from None
            if block is None:
                return
            yield np.frombuffer(block, dtype=np.int16)

    def close(self) -> None:
        """End ``chunks`` and release the device; idempotent."""
        self._stream.close(ignore_errors=True)
        self._put(None)

    def _take(self, data: Any, _frames: int, _time: Any, _status: Any) -> None:
        self._put(bytes(data))

    def _put(self, block: bytes | None) -> None:
        while True:
            try:
                self._queue.put_nowait(block)
                return
            except queue.Full:
                self.lost_blocks += 1
                try:
                    self._queue.get_nowait()
                except queue.Empty:
                    continue
