"""Music that is made while the end of a sentence is still awaited; only sound is irrevocable.

What a sentence asks for as far as it has been heard is made at once, in a thread of its own. If it
ends so, the music is there already; if it goes on differently, what was made is thrown away.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from assistant.contract import EncoreError
from skills.music.generator.answer import Answer
from skills.music.notes import Phrase
from skills.music.parts import MusicGenerator
from skills.music.request import Request

LOOK_S = 0.02
"""How often who waits for an answer looks whether the turn was cancelled."""

Grown = Callable[[Answer, float], None]
"""Takes an answer as far as it is settled, and the seconds that it took."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """One answer that is made ahead."""

    phrase: Phrase
    request: Request
    grown: list[tuple[Answer, float]] = field(default_factory=list)
    """As far as it is settled, again and again, and how many seconds that took."""
    answers: list[Answer] = field(default_factory=list)
    """The answer, once it is there; empty when it could not be made."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)

    def is_for(self, phrase: Phrase, request: Request, *, any_seed: bool) -> bool:
        """Tell whether it answers this phrase and request; with ``any_seed`` by whatever chance."""
        own = replace(self.request, seed=request.seed) if any_seed else self.request
        return own == request and self.phrase == phrase


class Ahead:
    """Makes one answer ahead, the newest that was asked for; any thread may call it."""

    def __init__(self, generator: Callable[[], MusicGenerator]) -> None:
        self._generator = generator
        self._lock = threading.Lock()
        self._begun: Begun | None = None
        self._worker = ThreadPoolExecutor(1, "ahead")

    def begin(self, phrase: Phrase, request: Request) -> None:
        """Begin to make an answer unless just this one is begun; any other is left."""
        with self._lock:
            old = self._begun
            if old is not None and old.is_for(phrase, request, any_seed=True):
                return
            self._leave(old)
            self._begun = begun = Begun(phrase, request)
            self._worker.submit(self._make, begun)

    def take(
        self,
        phrase: Phrase,
        request: Request,
        cancelled: threading.Event,
        *,
        any_seed: bool,
        grown: Grown = lambda _answer, _spent_s: None,
    ) -> tuple[Request, Answer] | None:
        """Return the answer that was made ahead with its request, which has the seed.

        Waits for it where it is not yet whole, and gives what is settled to ``grown``. None when
        another one was made, or none, or when the turn was cancelled: nothing is made ahead any
        more then, and the answer in earnest has the processor for itself (who is given up leaves
        at its next step).
        """
        with self._lock:
            begun, self._begun = self._begun, None
        if begun is None:
            return None
        if not begun.is_for(phrase, request, any_seed=any_seed):
            self._leave(begun)
            begun.is_over.wait()
            return None
        told = 0
        while not begun.is_over.wait(LOOK_S):
            if cancelled.is_set():
                begun.cancelled.set()
            for answer, spent_s in begun.grown[told:]:
                grown(answer, spent_s)
                told += 1
        return (begun.request, begun.answers[0]) if begun.answers else None

    def close(self) -> None:
        """Leave what is begun and end the thread: inside native code it would abort the exit."""
        with self._lock:
            begun, self._begun = self._begun, None
            self._leave(begun)
        self._worker.shutdown()

    def _leave(self, begun: Begun | None) -> None:
        if begun is not None:
            begun.cancelled.set()

    def _make(self, begun: Begun) -> None:
        try:
            begun_s, generator = time.perf_counter(), self._generator()
            answer = generator.generate(
                begun.phrase,
                begun.request,
                begun.cancelled,
                grown=lambda a: begun.grown.append((a, time.perf_counter() - begun_s)),
            )
            if not begun.cancelled.is_set():
                begun.answers.append(answer)
        except EncoreError as error:  # who asks for it in earnest is told
            log.info("not made ahead: %s", error)
        except Exception:
            log.exception("Making ahead failed.")
        finally:
            begun.is_over.set()
