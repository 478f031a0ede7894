"""Spots a call, and "stop" right after it, while music or Encore's own voice sounds.

Its graph is the second opinion's loop of free phones with the wake word and "stop" in it, over the
network of the speech model (`spotter` in the model's folder, made by `speech.build`). Where a word
explains a sound nearly as well as the best phones do, it is that word. Beside music the graph of
all words draws a call to whatever is likelier there ("restore", "next stop") and takes six times as
long. One stream runs along and tells that somebody may have called; then the sound of the last
moment is looked at again and again as if it were over, which tells the words at their ends and with
confidence. Figures: docs/voice.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, Int16Samples
from assistant.ears.confirming import Call
from assistant.ears.heard import STOP_WORD
from assistant.ears.second_look import EVERY_S, REST, Clock, Look, PieceDecoder
from assistant.ears.vosk_recogniser import HeardWord

FOLDER = "spotter"
NAMED_S = 1.5
"""So long after the wake word has come up the sound is looked at."""
REACH_S = 1.5
"""Sound that is looked at: a call, and a stop right after it."""
BETWEEN = 1
"""A phone of noise may lie between the call and "stop" …"""
BETWEEN_S = 0.3
"""… and so much time."""
LEAST = 0.4
"""Confidence of a word among the phones …"""
TIMES = 2
"""… so often in a row …"""
SURE_AT_ONCE = 0.95
"""… or once, with so much."""
REMEMBERED, REMEMBERED_S = 0.85, 1.5
"""A call that a look has seen with so much confidence stays one for a "stop" after it, so long:
with more sound some accents' "maestro" comes out as phones and a "stop" of its own."""
OVERLAP_S = 0.1
"""Words that begin so shortly before its end may belong to what comes after it."""
FORGET_S = 8.0
"""The stream that runs along begins anew after so long, unless somebody has just called."""


class RunningStream(Protocol):
    """A recogniser that is fed and tells what it has understood so far."""

    def accept(self, block: Int16Samples) -> list[HeardWord]:
        """Take samples."""
        ...

    def partial(self) -> str:
        """Return the phones and words so far."""
        ...

    def finish(self) -> list[HeardWord]:
        """Return the words of what was taken, and forget it."""
        ...


class Spotter:
    """Follows one sound; for one thread."""

    def __init__(
        self,
        running: RunningStream,
        looking: RunningStream,
        wake_word: str,
        clock: Clock = lambda: 0.0,
    ) -> None:
        """``running``, ``looking``: two streams of the graph; ``clock``: of live ears."""
        self._running, self._wake_word, self._clock = running, wake_word, clock
        self._decoder = PieceDecoder(looking)
        self._fed_s = 0.0
        self._every_s = EVERY_S
        self._looked_s = self._named_s = float("-inf")
        self._names = 0
        """Wake words in the running stream."""
        self._says_stop = False
        """The running stream ends in a call and "stop"."""
        self.call: Call | None = None
        """Where the last look has seen the wake word."""
        self._remembered: Call | None = None
        self._last: list[Look] = []
        self._is_sure = False

    def is_named(self, now_s: float) -> bool:
        """Tell whether the wake word has just come up: it may be a call, it need not be one."""
        return now_s - self._named_s <= NAMED_S

    def rest(self) -> None:
        """Nothing sounds any more: forget what was heard, and spend nothing."""
        if self._fed_s:
            self._begin_anew()
            self._named_s = float("-inf")

    def feed(self, sound: Int16Samples, now_s: float) -> None:
        """Take the next samples, which end at ``now_s``."""
        self._running.accept(sound)
        self._fed_s += len(sound) / SPEECH_RATE_HZ
        heard = self._running.partial().split()
        names = heard.count(self._wake_word)
        if names > self._names:
            self._named_s = now_s
            self._last, self._is_sure, self.call = [], False, None
        self._names = names
        lately = heard[-2 - BETWEEN :]
        self._says_stop = STOP_WORD in lately and self._wake_word in lately
        if self._fed_s > FORGET_S and not self.is_named(now_s):
            self._begin_anew()

    def look(self, sound: Sequence[Int16Samples], now_s: float) -> Look:
        """Return what the sound up to now ends in; ``sound``: blocks, the last ends at ``now_s``.

        A call or a "stop" is seen in two looks in a row, or surely, or by the running stream too.
        """
        if now_s - self._looked_s >= self._every_s and sound:
            self._looked_s, begun_s = now_s, self._clock()
            self._last = [*self._last[1 - TIMES :], self._seen(sound, now_s)]
            self._every_s = max(EVERY_S, REST * (self._clock() - begun_s))
        if not self._last:
            return Look.NOTHING
        newest = self._last[-1]
        if newest is Look.STOP and (self._is_sure or self._says_stop):
            return Look.STOP
        if self._says_stop and newest is Look.CALL:
            return Look.STOP
        if len(self._last) < TIMES:
            return Look.NOTHING
        return min(self._last, key=lambda seen: seen.value)

    def _seen(self, sound: Sequence[Int16Samples], now_s: float) -> Look:
        blocks = round(REACH_S * SPEECH_RATE_HZ / max(len(sound[-1]), 1))
        words = self._decoder.words(np.concatenate(sound[-blocks:]), now_s)
        calls = [
            k for k, w in enumerate(words) if w.word == self._wake_word and w.confidence >= LEAST
        ]
        if calls:
            at = calls[-1]
            self.call = Call(words[at].start_s, words[at].end_s)
            if words[at].confidence >= REMEMBERED:
                self._remembered = self.call
            best = _stop_after(words[at].end_s, words[at + 1 :])
        else:
            self.call, best = self._call_remembered(words, now_s)
        self._is_sure = best >= SURE_AT_ONCE
        if best >= LEAST:
            return Look.STOP
        return Look.CALL if calls else Look.NOTHING

    def _call_remembered(
        self, words: Sequence[HeardWord], now_s: float
    ) -> tuple[Call | None, float]:
        """Return an earlier look's call and the confidence of a "stop" after it; (None, 0)."""
        call = self._remembered
        if call is None or now_s - call.end_s > REMEMBERED_S:
            return None, 0.0
        later = [word for word in words if word.start_s >= call.end_s - OVERLAP_S]
        best = _stop_after(call.end_s, later)
        return (call, best) if best >= LEAST else (None, 0.0)

    def _begin_anew(self) -> None:
        self._running.finish()
        self._fed_s, self._names, self._says_stop = 0.0, 0, False


def _stop_after(end_s: float, words: Sequence[HeardWord]) -> float:
    """Return how sure "stop" is right after the end of a call; 0 where it is not there."""
    near = [word for word in words[: 1 + BETWEEN] if word.start_s - end_s <= BETWEEN_S]
    return max((word.confidence for word in near if word.word == STOP_WORD), default=0.0)
