"""Takes Encore's own sound out of what the microphone hears.

A linear adaptive filter (Speex's, through the wheel pyaec) that is told what the speakers play. It
leaves the voice as it is. WebRTC's AEC3 removes more music, but also so much of a voice beside it
that the wake word was found half as often (docs/voice.md), so it is not used.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, Int16Samples
from assistant.ears.reference import Reference

FRAME = 320
"""Samples that the filter takes at a time: 20 ms, one block of the microphone."""
TAIL = 4096
"""Length of the filter, samples: delays and echoes up to 256 ms."""


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


class EchoPath:
    """One of Encore's own sources of sound, and what takes it out of the microphone's sound.

    Each source has one of its own: music and voice do not reach the speakers equally quickly.
    """

    def __init__(self, canceller: Canceller) -> None:
        self.reference = Reference()
        self._canceller = canceller

    def clean(self, block: Int16Samples, at_s: float | None = None) -> Int16Samples:
        """Return a block of the microphone, which came at that time, without this source."""
        return self._canceller.clean(block, self.reference.take(len(block), at_s))


def open_echo_path() -> EchoPath | None:
    """Return a path with a canceller; None where there is no canceller."""
    canceller = open_canceller()
    return EchoPath(canceller) if canceller is not None else None
