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
from assistant.ears.confirming import Call
from assistant.ears.heard import STOP_WORD, Room
from assistant.ears.vosk_recogniser import UNKNOWN, HeardWord
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
"""In a row …"""
SURE_AT_ONCE = 0.9
"""… or once, with so much confidence."""
BEFORE_CALL_S = 0.3
"""Once a call has been seen only the sound from so long before it is looked at."""
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


class PieceDecoder:
    """Decodes pieces of a longer sound afresh; for one thread."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._taken_s = 0.0
        """Sound that the stream has taken so far: its times go on counting."""

    def words(self, piece: Int16Samples, now_s: float) -> list[HeardWord]:
        """Return the words of a piece of sound that ends now, times as ``now_s`` counts them."""
        self._taken_s += len(piece) / SPEECH_RATE_HZ
        shift_s = now_s - self._taken_s
        words = [*self._stream.accept(piece), *self._stream.finish()]
        return [replace(w, start_s=w.start_s + shift_s, end_s=w.end_s + shift_s) for w in words]


class SecondLook:
    """Looks at the sound of one call after the other; for one thread."""

    def __init__(self, stream: Stream, wake: WakeWord, clock: Clock = lambda: 0.0) -> None:
        """``clock``: tells how long looks take, so that they never keep live ears."""
        self._decoder, self._wake, self._clock = PieceDecoder(stream), wake, clock
        self._every_s = EVERY_S
        self._looked_s = float("-inf")
        self.begin()

    def begin(self) -> None:
        """Forget what was seen: another sentence begins."""
        self._last: list[Look] = []
        self._is_sure = False
        """The last look alone is enough for a "stop"."""
        self.call: Call | None = None
        """Where the last look has seen the wake word."""

    @property
    def glimpsed(self) -> Look:
        """What the last look saw, whether or not it was seen twice."""
        return self._last[-1] if self._last else Look.NOTHING

    def look(self, sound: Sequence[Int16Samples], now_s: float, room: Room) -> Look:
        """Return what the sound up to now ends in: seen twice in a row, or a "stop" surely.

        ``sound``: blocks, the last one ends at ``now_s`` (by samples).
        """
        if now_s - self._looked_s >= self._every_s and sound:
            self._looked_s, begun_s = now_s, self._clock()
            self._last = [*self._last[1 - TIMES :], self._seen(sound, now_s, room)]
            rest = 1.0 if self.glimpsed is Look.STOP else REST
            self._every_s = max(EVERY_S, rest * (self._clock() - begun_s))
        if self._is_sure:
            return Look.STOP
        if len(self._last) < TIMES:
            return Look.NOTHING
        return min(self._last, key=lambda seen: seen.value)

    def _seen(self, sound: Sequence[Int16Samples], now_s: float, room: Room) -> Look:
        reach_s = now_s - self.call.start_s + BEFORE_CALL_S if self.call else REACH_S
        blocks = round(min(reach_s, REACH_S) * SPEECH_RATE_HZ / max(len(sound[-1]), 1))
        piece, is_cut = np.concatenate(sound[-blocks:]), len(sound) > blocks
        words = self._decoder.words(piece, now_s)
        if is_cut and self.call is None:  # what lies before a word at the cut is not known
            cut_s = now_s - len(piece) / SPEECH_RATE_HZ + CUT_S
            words = [_blank(word) if word.start_s < cut_s else word for word in words]
        anywhere = bool(room.own_words) or self.call is not None
        after = self._wake.after_call(words, anywhere=anywhere, in_music=room.is_music)
        if after is None:
            self.call, self._is_sure = None, False
            return Look.NOTHING
        self.call = Call(words[after - len(self._wake.words)].start_s, words[after - 1].end_s)
        sure = [word for word in words[after:] if word.confidence >= SURE]
        is_stop = bool(sure) and sure[0].word == STOP_WORD
        self._is_sure = is_stop and sure[0].confidence >= SURE_AT_ONCE
        return Look.STOP if is_stop else Look.CALL


def _blank(word: HeardWord) -> HeardWord:
    return replace(word, word=UNKNOWN)
