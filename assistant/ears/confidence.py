"""How sure the recogniser must be of a sentence before it counts as a command; pure.

Vosk is forced to make words of everything: talk and piano come out as words with low confidence
and as unknown ones. Without the wake word the verifier decides when the speech model has one
(docs/speech-model.md); else, and while notes sound, the mean confidence does. Those thresholds
are set by judgement (docs/voice.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.audio_files import Int16Samples
from assistant.contract import Intent, Transcript
from assistant.ears.verifier import OUT_OF_SCOPE, Verifier
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
"""Without the wake word, in the follow-up time, when there is no verifier."""
FOLLOWING_MUSIC = Sureness(several_words=0.9, one_word=0.85)
"""The same while notes sound."""


@dataclass(frozen=True, slots=True)
class Following:
    """Judges sentences without the wake word, in the follow-up time."""

    verifier: Verifier | None = None
    """Of the speech model; None: the mean confidence decides."""
    read: Callable[[str], Intent | None] = lambda _text: None
    """Understanding at once; None while it is being loaded: then nothing is accepted."""
    opinion: Callable[[Int16Samples], float] | None = None
    """The second opinion on a sound (SecondOpinion.misfit); None: the speech model brings none."""

    @property
    def is_verified(self) -> bool:
        """``accepts`` has asked understanding as well: who was let pass said a command."""
        return self.verifier is not None

    def accepts(
        self,
        words: Sequence[HeardWord],
        is_music: bool = False,
        sound: Callable[[], Int16Samples] | None = None,
    ) -> bool:
        """Tell whether these words may be acted on; more is asked for while notes sound.

        ``sound`` returns that of the words, for a second opinion where it decides.
        """
        if is_music and not FOLLOWING_MUSIC.accepts(words):
            return False
        if self.verifier is None:
            return FOLLOWING.accepts(words)
        text = to_transcript(words).text
        intent = self.read(text) if text else None
        if intent is None or intent.name == OUT_OF_SCOPE:
            return False
        if self.opinion is None or sound is None:
            return self.verifier.accepts(words, intent)
        opinion = self.opinion
        return self.verifier.accepts(words, intent, lambda: opinion(sound()))


def mean_confidence(words: Sequence[HeardWord]) -> float:
    """Return the mean confidence, 0..1; unknown words count 0."""
    if not words:
        return 0.0
    return sum(word.confidence for word in words if word.is_known) / len(words)


def to_transcript(words: Sequence[HeardWord]) -> Transcript:
    """Return one utterance: the known words and the mean confidence."""
    text = " ".join(word.word for word in words if word.is_known)
    return Transcript(text, "voice", mean_confidence(words) if words else None)
