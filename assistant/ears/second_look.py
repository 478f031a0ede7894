"""Knows a call, and "stop", as soon as they are said: their sound is decoded afresh, repeatedly.

The stream of a recogniser is late by what its network wants to hear after a sound (0.3 s with
Encore's own model). Sound that is declared to be over is not: its end is padded. What comes out is
less sure, so it must come out twice; and it costs a look's worth of decoding each time, so it is
done only for a moment after the stream has named Encore. Unlike the stream's unfinished text it
tells confidence and pauses, so that a slip of the stream wakes nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum
from typing import Protocol

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, Int16Samples
from assistant.ears.heard import STOP_WORD, Room
from assistant.ears.vosk_recogniser import HeardWord
from assistant.ears.wake_word import WakeWord

EVERY_S = 0.06
"""Between two looks; one takes 0.02 to 0.05 s of a processor."""
CUT_S = 0.3
"""Words so near to the beginning of a piece of a longer sound do not count."""
REST = 2.0
"""At least so many times as long as a look took lie between two on a busy machine."""
REACH_S = 2.0
"""Sound that is looked at: a call, and a stop right after it."""
SURE = 0.5
"""Confidence of "stop"; what is less sure between the call and it is notes. Chosen on 28 stops and
15 other commands of training voices, piano at equal loudness: 24 known within 0.25 s, none wrongly
(with 0.8: 20); one look alone takes the beginning of "start" for it."""
TIMES = 2
"""In a row."""
MEANT = 0.8
"""Confidence of words after "stop" that count."""


Clock = Callable[[], float]


class Look(Enum):
    """What the sound of a moment ends in."""

    NOTHING = 0
    CALL = 1
    """The wake word, and perhaps words after it."""
    STOP = 2
    """The wake word and "stop"."""


def without_doubtful_end(words: Sequence[HeardWord]) -> Sequence[HeardWord]:
    """Return "stop" alone where what follows it is doubtful.

    Music that breaks off leaves words behind: "stop for today" was heard for a "stop".
    """
    rest = words[1:]
    doubtful = any(word.confidence < MEANT or not word.is_known for word in rest)
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

    def __init__(self, stream: Stream, wake: WakeWord, clock: Clock = lambda: 0.0) -> None:
        """``clock``: tells how long looks take, so that they never keep live ears."""
        self._stream, self._wake, self._clock = stream, wake, clock
        self._every_s = EVERY_S
        self._taken_s = 0.0
        """Sound that the stream has taken so far: its times go on counting."""
        self._last: list[Look] = []
        self._looked_s = float("-inf")

    def begin(self) -> None:
        """Forget what was seen: another sentence begins."""
        self._last = []

    def look(self, sound: Sequence[Int16Samples], now_s: float, room: Room) -> Look:
        """Return what the sound up to now ends in, seen twice in a row.

        ``sound``: blocks, the last one ends at ``now_s`` (by samples).
        """
        if now_s - self._looked_s >= self._every_s and sound:
            self._looked_s, begun_s = now_s, self._clock()
            blocks = round(REACH_S * SPEECH_RATE_HZ / max(len(sound[-1]), 1))
            is_cut = len(sound) > blocks
            seen = self._seen(np.concatenate(sound[-blocks:]), room, is_cut)
            self._every_s = max(EVERY_S, REST * (self._clock() - begun_s))
            self._last = [*self._last[1 - TIMES :], seen]
        return min(self._last, key=lambda seen: seen.value) if self._is_full else Look.NOTHING

    @property
    def _is_full(self) -> bool:
        return len(self._last) >= TIMES

    def _seen(self, sound: Int16Samples, room: Room, is_cut: bool) -> Look:
        begin_s = self._taken_s
        self._taken_s += len(sound) / SPEECH_RATE_HZ
        words = [*self._stream.accept(sound), *self._stream.finish()]
        if is_cut:  # what lies before a word at the cut is not known
            words = [_blank(word) if word.start_s - begin_s < CUT_S else word for word in words]
        after = self._wake.after_call(words, anywhere=bool(room.own_words), in_music=room.is_music)
        if after is None:
            return Look.NOTHING
        sure = [word.word for word in words[after:] if word.confidence >= SURE]
        return Look.STOP if sure[:1] == [STOP_WORD] else Look.CALL


def _blank(word: HeardWord) -> HeardWord:
    return replace(word, word="")
