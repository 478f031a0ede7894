"""Talk of others that runs into a word like a call, while music sounds: then nobody called.

Phones alone (`spotter`) tell no pause, and "americano" is near enough to "maestro" for them. The
graph of all words knows the talk before it. Weighing all its words takes 0.1 s of a processor, so
that it is done in a thread of its own, begun when a call is first seen: a "stop" after it is still
being said then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace

from assistant.audio_files import SPEECH_RATE_HZ, Int16Samples
from assistant.ears.confirming import SAME_S, Call
from assistant.ears.second_look import CUT_S, PieceDecoder, Stream
from assistant.ears.second_opinion import piece_of
from assistant.ears.vosk_recogniser import UNKNOWN
from assistant.ears.wake_word import WakeWord

BEFORE_S = 1.5
"""Sound before a call in which talk is looked for …"""
INTO_S = 0.05
"""… and so much of its own: phones and words end at different places."""
LEAST_S = 0.3
"""Less sound than this holds no word that would count."""
KEPT = 4
"""Calls that are remembered."""


class TalkBefore:
    """Asked about calls by one thread; looks at the sound in another."""

    def __init__(self, stream: Stream, wake: WakeWord) -> None:
        """``stream``: one more of the recogniser of all words."""
        self.is_live = False
        """True: the answer is not waited for."""
        self._decoder, self._wake = PieceDecoder(stream), wake
        self._worker = ThreadPoolExecutor(1, "talk")
        self._seen: deque[tuple[Call, Future[bool]]] = deque(maxlen=KEPT)

    def runs_into(self, call: Call, blocks: Sequence[Int16Samples], now_s: float) -> bool | None:
        """Tell whether sure words end right before a call; None while that is not known yet.

        ``blocks``: sound whose last block ends at ``now_s``.
        """
        for seen, answer in self._seen:
            if abs(seen.start_s - call.start_s) < SAME_S:
                return answer.result() if answer.done() else None
        until_s = call.start_s + INTO_S
        piece = piece_of(blocks, now_s, call.start_s - BEFORE_S, until_s)
        if len(piece) < LEAST_S * SPEECH_RATE_HZ:
            return False
        answer = self._worker.submit(self._runs_into, call, piece, until_s)
        self._seen.append((call, answer))
        if not self.is_live:
            wait([answer])
        return answer.result() if answer.done() else None

    def close(self) -> None:
        """End the thread: inside native code it would abort the exit."""
        self._worker.shutdown()

    def _runs_into(self, call: Call, piece: Int16Samples, until_s: float) -> bool:
        words = self._decoder.words(piece, until_s)
        cut_s = until_s - len(piece) / SPEECH_RATE_HZ + CUT_S
        known = [replace(w, word=UNKNOWN) if w.start_s < cut_s else w for w in words]
        return self._wake.runs_on(known, call.start_s)
