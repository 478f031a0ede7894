"""Says once when a microphone is mute or far too loud; pure."""

from __future__ import annotations

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, Int16Samples

MUTE_S = 60.0
"""Noise gates send exact silence for a while; one of a minute is a microphone that is muted."""
MUTE_BELOW = 2
"""Of 32768: a muted input sends zeros, or the last bit."""
FULL = 32_700
CLIPPED_SHARE = 0.01
"""Share of samples at full scale within ``WATCH_S`` that distorts speech."""
WATCH_S = 3.0
MUTE = "The microphone sends nothing but silence: is it muted?"
LOUD = "The microphone is too loud and distorts: turn its level down."


class LevelWatch:
    """Feed every block; it returns a sentence when the player should do something."""

    def __init__(self) -> None:
        self._mute_s = 0.0
        self._watched_s = 0.0
        self._clipped = 0
        self._told: set[str] = set()

    def hear(self, block: Int16Samples) -> str:
        """Take the next block of 16 kHz; return a sentence, once for each trouble, else ""."""
        seconds = len(block) / SPEECH_RATE_HZ
        loudest = int(np.abs(block.astype(np.int32)).max(initial=0))
        self._mute_s = self._mute_s + seconds if loudest < MUTE_BELOW else 0.0
        if self._mute_s == 0.0:
            self._told.discard(MUTE)
        elif self._mute_s >= MUTE_S:
            return self._once(MUTE)
        return self._once(LOUD) if self._is_loud(block, seconds, loudest) else ""

    def _is_loud(self, block: Int16Samples, seconds: float, loudest: int) -> bool:
        if loudest >= FULL:
            self._clipped += int((np.abs(block.astype(np.int32)) >= FULL).sum())
        self._watched_s += seconds
        if self._watched_s < WATCH_S:
            return False
        share = self._clipped / (self._watched_s * SPEECH_RATE_HZ)
        self._watched_s, self._clipped = 0.0, 0
        return share > CLIPPED_SHARE

    def _once(self, sentence: str) -> str:
        if sentence in self._told:
            return ""
        self._told.add(sentence)
        return sentence
