"""Takes Encore's own sound out of what the microphone hears.

A linear adaptive filter (Speex's, through the wheel pyaec) that is told what the speakers play. It
leaves the voice as it is. WebRTC's AEC3 removes more music, but also so much of a voice beside it
that the wake word was found half as often (docs/voice.md), so it is not used.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, FloatSamples, Int16Samples, to_int16

FRAME = 320
"""Samples that the filter takes at a time: 20 ms, one block of the microphone."""
TAIL = 4096
"""Length of the filter, samples: delays and echoes up to 256 ms."""
AHEAD = 320
"""Samples of the reference that lie ready, so that blocks may come unevenly; less than the least
delay from the speakers' buffer to the microphone's."""
MOST_AHEAD = 2400
MOST_OWED = 2400
"""Beyond 150 ms either way the clocks have drifted or a stream has broken off: begin anew."""


class Canceller(Protocol):
    """Removes a reference from a block."""

    def clean(self, near: Int16Samples, far: Int16Samples) -> Int16Samples:
        """Return the microphone's block without the echo of the speakers' block of that time."""
        ...


class SpeexCanceller:
    """Speex's echo canceller without its after-treatment of the sound."""

    def __init__(self, aec: Any) -> None:
        self._aec = aec
        self._quiet = 2 * TAIL
        """Samples since the speakers were last heard from."""

    def clean(self, near: Int16Samples, far: Int16Samples) -> Int16Samples:
        """Return the block without echo; itself when nothing has sounded for as long as echoes."""
        self._quiet = 0 if far.any() else self._quiet + len(far)
        if self._quiet > 2 * TAIL or len(near) != FRAME:
            return near
        cleaned = self._aec.cancel_echo(near.tolist(), far.tolist())
        return np.asarray(cleaned, dtype=np.int16)


def open_canceller() -> Canceller | None:
    """Return an echo canceller; None where its wheel is missing or does not load."""
    try:
        from pyaec import Aec

        return SpeexCanceller(Aec(FRAME, TAIL, SPEECH_RATE_HZ, False))
    except Exception:  # its loader fails in ways of its own on platforms it does not know
        return None


class Reference:
    """What the speakers play, at 16 kHz, kept until the microphone hears it; thread safe.

    Both sides count samples, so the reference keeps its distance from the microphone however
    unevenly blocks arrive: a sample that came too late is left out when it comes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sound = np.zeros(0, dtype=np.int16)
        self._is_running = False
        self._owed = 0
        """Samples that were given as silence because they had not come yet."""
        self._resampler: Any = None
        self._rate_hz = 0

    def played(self, sound: FloatSamples, rate_hz: int) -> None:
        """Take a block that was just given to the speakers, (frames, channels) or (frames,)."""
        mono = sound if sound.ndim == 1 else sound.mean(axis=1)
        block = to_int16(self._at_speech_rate(np.ascontiguousarray(mono, np.float32), rate_hz))
        with self._lock:
            if not self._is_running:
                self._is_running, self._owed = True, 0
                self._sound = np.zeros(AHEAD, dtype=np.int16)
            late = min(self._owed, len(block))
            self._owed -= late
            self._sound = np.concatenate([self._sound, block[late:]])

    def take(self, frames: int) -> Int16Samples:
        """Return the next samples for a block of the microphone; silence where there are none."""
        with self._lock:
            if not self._is_running:
                return np.zeros(frames, dtype=np.int16)
            if len(self._sound) > frames + MOST_AHEAD:
                self._sound = self._sound[-(frames + AHEAD) :]
            block, self._sound = self._sound[:frames], self._sound[frames:]
            missing = frames - len(block)
            self._owed += missing
            self._is_running = self._owed <= MOST_OWED
        return np.concatenate([block, np.zeros(missing, dtype=np.int16)]) if missing else block

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
