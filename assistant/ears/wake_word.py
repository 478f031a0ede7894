"""The wake word among the words of a recogniser; pure.

Spotted in the free text of the recogniser's whole graph: what else was said keeps talk that only
sounds like it apart ("americano"). Measured beside other ways in docs/voice.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.ears.vosk_recogniser import UNKNOWN, HeardWord

MIN_CONFIDENCE, MIN_CONFIDENCE_IN_MUSIC = 0.85, 0.7
"""Of the wake word itself. Of 105 calls of six training voices in quiet the least sure has 0.93; in
half an hour of LibriSpeech the word is written four times, with 0.58 to 0.87."""
DOUBTFUL = 0.6
"""Notes come out as words below this confidence, mostly."""
PAUSE_S = 0.2
"""A call opens a sentence: so much silence lies before it, or words of ``OPENERS`` do."""
OPENERS = frozenset({"hey", "hi", "hello", "ok", "okay", "oh", "well", "so", "and", "no", "now",
                     "please", "dear", "um", "uh"})  # fmt: skip
"""Words that may lead up to a call within the same breath; while notes sound unknown ones too,
since notes leave such ones. In quiet they are talk that runs on."""


@dataclass(frozen=True, slots=True)
class WakeWord:
    """One word or a few that open the ears."""

    text: str

    @property
    def words(self) -> tuple[str, ...]:
        """The words in lower case."""
        return tuple(self.text.lower().split())

    def after(self, heard: Sequence[str]) -> int | None:
        """Return where the words after the last wake word begin; None without one."""
        size = len(self.words)
        for at in range(len(heard) - size, -1, -1):
            if tuple(heard[at : at + size]) == self.words:
                return at + size
        return None

    def after_opening(self, heard: Sequence[str]) -> int | None:
        """Return the same for a text that opens with the wake word, or with known words before it.

        For unfinished sentences, which tell neither pauses nor confidence.
        """
        rest = 0
        while rest < len(heard) and heard[rest] in OPENERS:
            rest += 1
        return self._chained(heard, rest)

    def after_call(
        self, heard: Sequence[HeardWord], *, anywhere: bool = False, in_music: bool = False
    ) -> int | None:
        """Return where the words after the last call begin; None when nobody called.

        A call is the wake word with enough confidence after a pause. ``anywhere``: no pause is
        asked for, as while Encore itself is speaking into the microphone. ``in_music``: a doubtful
        word is no word, since notes leave such ones.
        """
        openers = OPENERS | {UNKNOWN} if in_music else OPENERS
        least = MIN_CONFIDENCE_IN_MUSIC if in_music else MIN_CONFIDENCE
        if in_music:
            heard = [_known_or_not(word) for word in heard]
        end = None
        for at in range(len(heard) - len(self.words) + 1):
            call = heard[at : at + len(self.words)]
            if tuple(word.word for word in call) != self.words:
                continue
            sure = min(word.confidence for word in call) >= least
            if sure and (anywhere or end == at or _opens(heard[:at], call[0].start_s, openers)):
                end = at + len(self.words)
        return end

    def runs_on(self, before: Sequence[HeardWord], start_s: float) -> bool:
        """Tell whether talk runs into a call that begins at ``start_s``, beside music.

        ``before``: the words before it, with their confidence; doubtful ones are notes.
        """
        heard = [_known_or_not(word) for word in before]
        return not _opens(heard, start_s, OPENERS | {UNKNOWN, *self.words})

    def _chained(self, heard: Sequence[str], at: int) -> int | None:
        """Return the end of the wake words that stand one after the other from a place on."""
        size = len(self.words)
        end = None
        while tuple(heard[at : at + size]) == self.words:
            at = end = at + size
        return end


def _known_or_not(word: HeardWord) -> HeardWord:
    return word if word.confidence >= DOUBTFUL else replace(word, word=UNKNOWN)


def _opens(before: Sequence[HeardWord], start_s: float, openers: frozenset[str]) -> bool:
    """Tell whether a pause, or the beginning, lies before a call and the openers before it."""
    for word in reversed(before):
        if start_s - word.end_s >= PAUSE_S:
            return True
        if word.word not in openers:
            return False
        start_s = word.start_s
    return True
