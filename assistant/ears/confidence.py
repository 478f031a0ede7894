"""How sure the recogniser must be of a sentence before it counts as a command; pure.

Vosk is forced to make words of everything: talk and piano come out as words with low confidence
and as unknown ones. The thresholds without music are those of the model's card, chosen on foreign
speech and on true commands; the others are set by judgement, not fitted yet (docs/voice.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.contract import Transcript
from assistant.ears.vosk_recogniser import HeardWord


@dataclass(frozen=True, slots=True)
class Sureness:
    """Least mean confidence of a sentence's words; unknown ones count 0."""

    several_words: float
    one_word: float

    def accepts(self, words: Sequence[HeardWord]) -> bool:
        """Tell whether these words may be acted on."""
        known = sum(word.is_known for word in words)
        if not known:
            return False
        wanted = self.one_word if known == 1 else self.several_words
        return mean_confidence(words) >= wanted


CALLED = Sureness(several_words=0.6, one_word=0.6)
"""After the wake word: who calls means something, and is asked again when it was not made out."""
FOLLOWING = Sureness(several_words=0.8, one_word=0.6)
"""Without the wake word, in the follow-up time."""
FOLLOWING_MUSIC = Sureness(several_words=0.9, one_word=0.85)
"""The same while notes sound."""


def mean_confidence(words: Sequence[HeardWord]) -> float:
    """Return the mean confidence, 0..1; unknown words count 0."""
    if not words:
        return 0.0
    return sum(word.confidence for word in words if word.is_known) / len(words)


def to_transcript(words: Sequence[HeardWord]) -> Transcript:
    """Return one utterance: the known words and the mean confidence."""
    text = " ".join(word.word for word in words if word.is_known)
    return Transcript(text, "voice", mean_confidence(words) if words else None)
