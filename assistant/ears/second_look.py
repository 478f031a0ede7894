"""Knows "stop" as soon as it is said: the sound of a call is decoded afresh, again and again.

The stream of a recogniser is late by what its network wants to hear after a sound (0.3 s with
Encore's own model). Sound that is declared to be over is not: its end is padded. What comes out is
less sure, so it must come out twice; and it costs a look's worth of decoding each time, so it is
done only for a moment after a call, and only while there is music to stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, Int16Samples
from assistant.ears.heard import STOP_WORD
from assistant.ears.vosk_recogniser import HeardWord
from assistant.ears.wake_word import MIN_CONFIDENCE, WakeWord

EVERY_S = 0.06
"""Between two looks; one takes 0.02 to 0.05 s of a processor."""
LONGEST_S = 2.4
"""Sound that is looked at: a stop comes right after the call."""
SURE = 0.8
"""Confidence of "stop": beginnings of "start" and "store" are taken for it with 0.6 at most."""
TIMES = 2
"""In a row."""


def without_doubtful_end(words: Sequence[HeardWord]) -> Sequence[HeardWord]:
    """Return "stop" alone where what follows it is doubtful.

    Music that breaks off leaves words behind: "stop for today" was heard for a "stop".
    """
    rest = words[1:]
    doubtful = any(word.confidence < SURE or not word.is_known for word in rest)
    return words[:1] if words and words[0].word == STOP_WORD and doubtful else words


class Stream(Protocol):
    """A recogniser that is fed, and forgets at ``finish``."""

    def accept(self, block: Int16Samples) -> list[HeardWord]:
        """Take samples."""
        ...

    def finish(self) -> list[HeardWord]:
        """Return the words of what was taken."""
        ...


class SecondLook:
    """Looks at the sound of one call after the other; for one thread."""

    def __init__(self, stream: Stream, wake: WakeWord) -> None:
        self._stream, self._wake = stream, wake
        self._seen = 0
        self._looked_s = float("-inf")

    def begin(self) -> None:
        """Forget what was seen: another sentence begins."""
        self._seen = 0

    def hears_stop(self, sound: Sequence[Int16Samples], now_s: float) -> bool:
        """Tell whether the sound up to now is a call and "stop", seen twice in a row.

        ``now_s``: when the sound ends, by samples.
        """
        if now_s - self._looked_s < EVERY_S or not sound:
            return False
        self._looked_s = now_s
        whole = np.concatenate(sound)
        if len(whole) > LONGEST_S * SPEECH_RATE_HZ:
            return False
        self._seen = self._seen + 1 if self._is_stop(whole) else 0
        return self._seen >= TIMES

    def _is_stop(self, sound: Int16Samples) -> bool:
        words = [*self._stream.accept(sound), *self._stream.finish()]
        after = self._wake.after([word.word for word in words])
        if after is None:
            return False
        call, rest = words[after - len(self._wake.words) : after], words[after:]
        return (
            [word.word for word in rest] == [STOP_WORD]
            and rest[0].confidence >= SURE
            and min(word.confidence for word in call) >= MIN_CONFIDENCE
        )
