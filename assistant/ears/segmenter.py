"""When somebody speaks: begins and ends utterances, from speech or no speech in each chunk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MIN_SPEECH_S = 0.2
"""Shorter sounds are clicks and coughs."""
END_SILENCE_S = 0.7
"""Silence that ends an utterance; pauses within a command are shorter."""
MAX_UTTERANCE_S = 12.0
"""Longest utterance: a radio in the room must not be listened to for ever."""


class SpeechEvent(Enum):
    """What a chunk did."""

    NONE = "none"
    STARTED = "started"
    """Somebody speaks: the sound since ``lead_s`` ago belongs to the utterance."""
    ENDED = "ended"
    TOO_LONG = "too long"


@dataclass(slots=True)
class Segmenter:
    """A pure state machine: feed every chunk in order, act on what it returns."""

    min_speech_s: float = MIN_SPEECH_S
    end_silence_s: float = END_SILENCE_S
    max_utterance_s: float = MAX_UTTERANCE_S
    in_utterance: bool = False
    _speech_s: float = 0.0
    """Speech without a break, before the utterance has started."""
    _silence_s: float = 0.0
    _utterance_s: float = 0.0

    @property
    def lead_s(self) -> float:
        """Seconds before the start event that belong to the utterance."""
        return self.min_speech_s

    def feed(self, chunk_s: float, is_speech: bool) -> SpeechEvent:
        """Take a chunk of ``chunk_s`` seconds; return what it began or ended."""
        if not self.in_utterance:
            return self._wait_for_speech(chunk_s, is_speech)
        self._utterance_s += chunk_s
        self._silence_s = 0.0 if is_speech else self._silence_s + chunk_s
        if self._silence_s >= self.end_silence_s:
            return self._end(SpeechEvent.ENDED)
        if self._utterance_s >= self.max_utterance_s:
            return self._end(SpeechEvent.TOO_LONG)
        return SpeechEvent.NONE

    def reset(self) -> None:
        """Forget what was heard."""
        self.in_utterance = False
        self._speech_s = self._silence_s = self._utterance_s = 0.0

    def _wait_for_speech(self, chunk_s: float, is_speech: bool) -> SpeechEvent:
        self._speech_s = self._speech_s + chunk_s if is_speech else 0.0
        if self._speech_s < self.min_speech_s:
            return SpeechEvent.NONE
        self.reset()
        self.in_utterance = True
        return SpeechEvent.STARTED

    def _end(self, event: SpeechEvent) -> SpeechEvent:
        self.reset()
        return event
