"""A stream of the whole recogniser that never keeps the ears.

When Vosk closes a part it weighs all words that could have been meant: half a second of a processor
after some seconds of music. Until then nothing else was heard, "stop" least of all. Here it decodes
in a thread of its own; who feeds it waits a moment, which is enough nearly always.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait

from assistant.audio_files import Int16Samples
from assistant.ears.spotter import RunningStream
from assistant.ears.vosk_recogniser import HeardWord

WAIT_S = 0.04
"""So long its answer is waited for: decoding 60 ms takes 9 ms on a free core (mean)."""

Heard = tuple[list[HeardWord], str]
"""Words of a part that ended, mostly none, and the text of the one that goes on."""


class OwnPace:
    """Feeds another stream; for one thread."""

    def __init__(self, stream: RunningStream, wait_s: float = WAIT_S) -> None:
        self.is_live = True
        """False: everything is waited for, as where sound comes as fast as it is taken."""
        self._stream, self._wait_s = stream, wait_s
        self._worker = ThreadPoolExecutor(1, "words")
        self._open: deque[Future[Heard]] = deque()
        self._partial = ""

    @property
    def is_behind(self) -> bool:
        """Sound was given that has not been decoded yet."""
        return bool(self._open)

    def accept(self, block: Int16Samples) -> list[HeardWord]:
        """Take the next samples; return the words of parts that ended, as far as is known."""
        words = self._done()
        was_behind = self.is_behind
        self._open.append(self._worker.submit(self._decode, block))
        if not self.is_live:
            wait(self._open)
        elif not was_behind:
            wait(self._open, self._wait_s)
        return words + self._done()

    def partial(self) -> str:
        """Return what has been understood of the part that is going on."""
        return self._partial

    def finish(self) -> list[HeardWord]:
        """Return the words that are left, once all is decoded, and be ready for the next part."""
        words = [word for part in self._open for word in part.result()[0]]
        self._open.clear()
        self._partial = ""
        return words + self._worker.submit(self._stream.finish).result()

    def close(self) -> None:
        """End the thread: inside native code it would abort the exit."""
        self._worker.shutdown()

    def _done(self) -> list[HeardWord]:
        words: list[HeardWord] = []
        while self._open and self._open[0].done():
            more, self._partial = self._open.popleft().result()
            words += more
        return words

    def _decode(self, block: Int16Samples) -> Heard:
        return self._stream.accept(block), self._stream.partial()
