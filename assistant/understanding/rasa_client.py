"""Talks to Rasa's HTTP API; a dead or slow Rasa costs its time budget once, then nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from assistant.contract import EngineError
from assistant.understanding.embedded import EngineAnswer
from assistant.understanding.templates import Span

BUDGET_S = 0.25
RETRY_S = 2.0
"""How often a Rasa that failed is asked whether it is back."""
log = logging.getLogger(__name__)


class RasaClient:
    """One keep-alive connection to a Rasa server, behind a circuit breaker.

    Closed: sentences go to Rasa. Open, after a failure: ``healthy`` is False and nothing is sent,
    while a thread asks for its status until it answers again.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        budget_s: float = BUDGET_S,
        retry_s: float = RETRY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        import httpx

        self._params = {"token": token} if token else {}
        self._http = httpx.Client(base_url=url, timeout=budget_s, trust_env=False)
        self._slow = httpx.Client(base_url=url, timeout=5.0, trust_env=False)
        self._errors = (httpx.HTTPError, ValueError, KeyError, TypeError, IndexError)
        self._budget_s, self._retry_s, self._clock = budget_s, retry_s, clock
        self._healthy = threading.Event()
        self._closed = threading.Event()
        self._watching = threading.Lock()
        self._lock = threading.Lock()

    @property
    def healthy(self) -> bool:
        """True when sentences may be sent."""
        return self._healthy.is_set()

    def watch(self) -> None:
        """Ask for the status in a thread until Rasa answers with a model; returns at once."""
        if self._watching.acquire(blocking=False):
            threading.Thread(target=self._watch, name="rasa-watch", daemon=True).start()

    def _watch(self) -> None:
        try:
            while not self._closed.is_set():
                if self._is_up():
                    self._healthy.set()
                    log.info("Rasa answers now.")
                    return
                self._closed.wait(self._retry_s if not self._closed.is_set() else 0)
        finally:
            self._watching.release()

    def _is_up(self) -> bool:
        """Ask for a parse, the first of which loads what Rasa loads late."""
        try:
            answer = self._slow.post("/model/parse", json={"text": "hello"}, params=self._params)
            answer.raise_for_status()
            return bool(answer.json()["intent"]["name"])
        except self._errors:
            return False

    def wait(self, timeout_s: float) -> bool:
        """Return True as soon as Rasa answers, False when the time is up."""
        return self._healthy.wait(timeout_s)

    def parse(self, words: Sequence[str]) -> EngineAnswer:
        """Return Rasa's answer; raises EngineError when it fails, which opens the circuit."""
        if not self.healthy:
            raise EngineError("Rasa does not answer.")
        try:
            with self._lock:
                began_s = self._clock()
                answer = self._http.post(
                    "/model/parse", json={"text": " ".join(words)}, params=self._params
                )
                answer.raise_for_status()
                late = self._clock() - began_s > self._budget_s
            parsed = read_answer(answer.json())
        except self._errors as error:
            self._open(error)
            raise EngineError("Rasa did not answer in time.") from error
        if late:
            self._open(TimeoutError("answered too late"))
        return parsed

    def _open(self, error: Exception) -> None:
        if self._healthy.is_set():
            self._healthy.clear()
            log.warning("Rasa is away (%s); the embedded engine answers.", type(error).__name__)
        if not self._closed.is_set():
            self.watch()

    def close(self) -> None:
        """Close the connections; idempotent."""
        self._closed.set()
        self._healthy.clear()
        self._http.close()
        self._slow.close()


def read_answer(data: Any) -> EngineAnswer:
    """Return Rasa's JSON as an engine's answer; raises KeyError and the like on another shape."""
    ranking = tuple((r["name"], float(r["confidence"])) for r in data.get("intent_ranking", ()))
    if not ranking:
        ranking = ((data["intent"]["name"], float(data["intent"]["confidence"])),)
    spans = [_word_span(data["text"], e) for e in data.get("entities", ())]
    return EngineAnswer(ranking, tuple(sorted(spans, key=lambda s: s.start)))


def _word_span(text: str, entity: Any) -> Span:
    """Return a span of words from Rasa's span of characters."""
    start = len(text[: entity["start"]].split())
    return Span(start, start + len(text[entity["start"] : entity["end"]].split()), entity["entity"])
