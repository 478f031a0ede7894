"""What Encore plays, at the moments at which the microphone may hear it.

Both streams are counted in samples, and each counts from a moment that is known better and better:
blocks may come late, never early, so the promptest ones tell it. However late the ears work on a
block, it gets the sound that was given to the speakers when it was recorded.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, FloatSamples, Int16Samples, to_int16

AHEAD = 320
"""Samples that the reference is late on purpose, so that blocks may come unevenly; less than the
delay from the speakers' buffer to the microphone's."""
KEPT = 4 * SPEECH_RATE_HZ
"""Samples that are kept: so far behind the ears may be."""
MOVED = 320
"""A reference that is 20 ms off its place is put there: the clocks have drifted."""
SLOT_S, SLOTS, LATELY = 0.1, 40, 8
"""The promptest block of the last 4 s tells when a stream began."""
JUMP_S = 0.06
"""A stream of which all blocks of the last 0.8 s came so much later ran dry: it has moved."""
BROKEN_S = 0.3
"""A stream without a block for so long has stopped: it is timed anew."""

Clock = Callable[[], float]


class Timeline:
    """When each sample of a stream came."""

    def __init__(self) -> None:
        self.count = 0
        """Samples so far."""
        self._slots: deque[list[float]] = deque(maxlen=SLOTS)
        """(when the slot began, earliest beginning of the stream by its blocks)."""
        self._last_s = float("-inf")

    def add(self, frames: int, now_s: float) -> None:
        """Take note of a block that has just come."""
        self.count += frames
        if now_s - self._last_s > BROKEN_S:
            self._slots.clear()
        self._last_s = now_s
        start_s = now_s - self.count / SPEECH_RATE_HZ
        if not self._slots or now_s - self._slots[-1][0] > SLOT_S:
            self._slots.append([now_s, start_s])
        else:
            self._slots[-1][1] = min(self._slots[-1][1], start_s)
        self._forget_before_a_jump()

    @property
    def start_s(self) -> float:
        """When the stream would have begun had it never stopped."""
        return min(slot[1] for slot in self._slots)

    def _forget_before_a_jump(self) -> None:
        lately_s = min(slot[1] for slot in list(self._slots)[-LATELY:])
        if len(self._slots) > LATELY and lately_s - self.start_s > JUMP_S:
            for _ in range(len(self._slots) - LATELY):
                self._slots.popleft()


class Reference:
    """What the speakers play, at 16 kHz, found again by time; thread safe."""

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ring = np.zeros(KEPT, dtype=np.int16)
        self._played, self._heard = Timeline(), Timeline()
        self._place: int | None = None
        """The sample that belongs to the next block of the microphone."""
        self._resampler: Any = None
        self._rate_hz = 0

    def played(self, sound: FloatSamples, rate_hz: int) -> None:
        """Take a block that was just given to the speakers, (frames, channels) or (frames,)."""
        now_s = self._clock()
        mono = sound if sound.ndim == 1 else sound.mean(axis=1)
        block = to_int16(self._at_speech_rate(np.ascontiguousarray(mono, np.float32), rate_hz))
        with self._lock:
            self._ring[(self._played.count + np.arange(len(block))) % KEPT] = block
            self._played.add(len(block), now_s)

    def take(self, frames: int, at_s: float | None = None) -> Int16Samples:
        """Return what belongs to a block of the microphone; silence where nothing was played.

        ``at_s``: when the block came, on the clock; now if None.
        """
        with self._lock:
            self._heard.add(frames, self._clock() if at_s is None else at_s)
            if not self._played.count:
                return np.zeros(frames, dtype=np.int16)
            place = self._placed(frames)
            self._place = place + frames
            numbers = place + np.arange(frames)
            newest = self._played.count
            there = (numbers >= max(newest - KEPT, 0)) & (numbers < newest)
            block: Int16Samples = np.where(there, self._ring[numbers % KEPT], 0).astype(np.int16)
            return block

    def _placed(self, frames: int) -> int:
        since_s = self._heard.start_s - self._played.start_s
        wanted = round(since_s * SPEECH_RATE_HZ) + self._heard.count - frames - AHEAD
        if self._place is None or abs(wanted - self._place) > MOVED:
            return wanted
        return self._place

    def _at_speech_rate(self, mono: FloatSamples, rate_hz: int) -> FloatSamples:
        if rate_hz == SPEECH_RATE_HZ:
            return mono
        if self._resampler is None or self._rate_hz != rate_hz:
            import soxr  # type: ignore[import-untyped, unused-ignore]

            self._resampler = soxr.ResampleStream(
                rate_hz, SPEECH_RATE_HZ, 1, dtype="float32", quality="QQ"
            )
            self._rate_hz = rate_hz
        resampled: FloatSamples = self._resampler.resample_chunk(mono)
        return resampled
