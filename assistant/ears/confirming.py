"""A call is confirmed by a second opinion: is the wake word what was said, or do any phones fit?

The recogniser's confidence compares the wake word with the other words of its graph. Notes, and
names that are no word ("smart mirror"), have no rival there, and came out as a sure call. Free
phones (`second_opinion`) explain the sound of such a word at least as well as the word does; that
of a call they explain far worse, beside music too (docs/voice.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.audio_files import Int16Samples
from assistant.ears.second_opinion import piece_of

BEFORE_S, AFTER_S = 0.1, 0.05
"""Sound around the wake word that is looked at: little, since music and a command are around it."""
MOST_MISFIT = -5.0
"""What is less unlike free phones is no call. Of 36 calls beside music at equal loudness (slt, rms)
the first look has -24 to -12.8, of calls in quiet (espeak, Scottish) -20 to -14; piano and "smart
mirror" that came out as calls have -1 to +8. Nearer to these, since real voices fit less well than
synthetic ones: their "alexa" has 3.5 more (median)."""
SAME_S = 0.2
"""Wake words that begin so near to each other are one, seen by several looks."""
TRIES = 3
"""So often looks at one wake word may ask; when its sentence is over it is asked once more."""


@dataclass(frozen=True, slots=True)
class Call:
    """Where the wake word lies in the sound, seconds."""

    start_s: float
    end_s: float


class Confirmation:
    """Tells calls from what only sounds like them; for one thread."""

    def __init__(self, opinion: Callable[[Int16Samples], float] | None) -> None:
        """``opinion``: SecondOpinion.misfit; None where the speech model brings none."""
        self._opinion = opinion
        self._refused: list[Call] = []

    def begin(self) -> None:
        """Forget what was asked: another sentence begins."""
        self._refused = []

    def confirms(self, call: Call, blocks: Sequence[Int16Samples], now_s: float) -> bool:
        """Tell whether the wake word was said there.

        ``blocks``: sound whose last block ends at ``now_s``. Takes about 0.05 s of a processor.
        """
        if self._opinion is None:
            return True
        sound = piece_of(blocks, now_s, call.start_s - BEFORE_S, call.end_s + AFTER_S)
        if self._opinion(sound) <= MOST_MISFIT:
            return True
        self._refused.append(call)
        return False

    def is_tired_of(self, call: Call) -> bool:
        """Tell whether looks have asked about this wake word often enough."""
        same = (abs(call.start_s - other.start_s) < SAME_S for other in self._refused)
        return sum(same) >= TRIES
