"""Carries out spoken commands one after the other, so that the ears are never kept waiting."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from assistant.contract import Intent, Reply, Transcript
from assistant.house import STOP_INTENT, House

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """A command that waits."""

    transcript: Transcript
    prepare: Callable[[], None] = lambda: None
    """Called in the conductor's thread just before the command is carried out."""
    stops: int = 0
    """How often "stop" had been said when it came."""


class Conductor:
    """Carries out commands in a thread of its own; every method may be called from any thread."""

    def __init__(self, house: House, give: Callable[[Reply, bool], None]) -> None:
        """``give`` takes each reply, and whether it may be said aloud.

        "Stop" is answered by silence: neither its own reply nor that of what it ended is said.
        """
        self._house = house
        self._give = give
        self._stops = 0
        self._waiting: queue.Queue[Order | None] = queue.Queue()
        self._open = 0
        self._counting = threading.Lock()
        self.is_over = threading.Event()
        """Set after goodbye."""
        self._thread = threading.Thread(target=self._work, name="conductor", daemon=True)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """A command is being carried out, or waits."""
        return self._open > 0

    def take(self, transcript: Transcript, prepare: Callable[[], None] = lambda: None) -> None:
        """Carry out a command when those before it are done."""
        self._count(1)
        self._waiting.put(Order(transcript, prepare, self._stops))

    def stop(self) -> None:
        """Silence at once and forget what waits."""
        self._stops += 1
        with suppress(queue.Empty):
            while True:
                if self._waiting.get_nowait() is not None:
                    self._count(-1)
        self._house.stop()

    def close(self) -> None:
        """Finish what waits, and end."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (order := self._waiting.get()) is not None:
            begun_s = time.perf_counter()
            understood: list[Intent] = []
            try:
                order.prepare()
                reply = self._house.turn(order.transcript, _noted_in(understood))
                log.info("carried out in %.2f s", time.perf_counter() - begun_s)
                is_stop = any(intent.name == STOP_INTENT for intent in understood)
                self._give(reply, not is_stop and order.stops == self._stops)
            except Exception:  # one command that fails must not make Encore deaf
                log.exception("A spoken command failed.")
                self._give(Reply("That failed; the log says why."), True)
            else:
                if reply.ends_session:
                    self.is_over.set()
            finally:
                self._count(-1)

    def _count(self, change: int) -> None:
        with self._counting:
            self._open += change


def _noted_in(understood: list[Intent]) -> Callable[[Intent], None]:
    def note(intent: Intent) -> None:
        log.info("understood as %s by %s", intent.name, intent.engine)
        understood.append(intent)

    return note
