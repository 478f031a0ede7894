"""Tells speech from silence, frame by frame, with WebRTC's detector: for the end of a sentence.

It is no gate before the recogniser: Vosk costs little in silence, and with music as loud as the
voice Silero's detector (better than this one, but dearer than Vosk itself) heard no speech at all
in most sentences in which Vosk still found the wake word (docs/voice.md).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, Int16Samples

FRAME = 320
"""Samples that the detector takes at a time: 20 ms."""
FRAME_S = FRAME / SPEECH_RATE_HZ
STRICTNESS = 3
"""0..3: how much is needed to be called speech."""
ONSET_FRAMES = 2
"""Frames of speech in a row that break a silence: single ones are noise."""

Detector = Callable[[bytes], bool]
"""Whether 320 samples of 16 bits at 16 kHz are speech."""


def webrtc() -> Detector | None:
    """Return WebRTC's detector; None where its wheel is not installed."""
    try:
        import webrtcvad
    except (ImportError, OSError):
        return None
    vad = webrtcvad.Vad(STRICTNESS)
    return lambda frame: bool(vad.is_speech(frame, SPEECH_RATE_HZ))


class VoiceActivity:
    """Cuts a stream of samples into frames and keeps for how long nobody has spoken."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._rest = np.zeros(0, dtype=np.int16)
        self._speech_frames = 0
        self.silence_s = 0.0
        """Time since the last speech."""

    def restart(self) -> None:
        """Begin to listen: what is heard now counts as speech until frames say otherwise."""
        self._rest = self._rest[:0]
        self._speech_frames, self.silence_s = 0, 0.0

    def hear(self, block: Int16Samples) -> None:
        """Take the next samples."""
        self._rest = np.concatenate([self._rest, block])
        while len(self._rest) >= FRAME:
            frame, self._rest = self._rest[:FRAME], self._rest[FRAME:]
            self._speech_frames = self._speech_frames + 1 if self._detector(frame.tobytes()) else 0
            has_speech = self._speech_frames >= ONSET_FRAMES
            self.silence_s = 0.0 if has_speech else self.silence_s + FRAME_S
