"""Understanding as the house sees it: rules first, then Rasa or the embedded engine."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Protocol

from assistant.contract import EncoreError, EngineError, Intent, ModelError
from assistant.understanding import places
from assistant.understanding.corrections import FILE, Correction, remember
from assistant.understanding.embedded import EmbeddedEngine, EngineAnswer
from assistant.understanding.normaliser import normalise_text, split_words, strip_wake_word
from assistant.understanding.rasa_client import RasaClient
from assistant.understanding.rasa_server import RasaServer
from assistant.understanding.reading import OUT_OF_SCOPE, read_answer
from assistant.understanding.repair import repair_spans
from assistant.understanding.rivals import read_as, rivals
from assistant.understanding.rules import rule_intent
from assistant.understanding.stored import find_model, key_of
from assistant.understanding.templates import Span
from assistant.understanding.training_data import LanguageData, load_language
from assistant.understanding.user_models import user_rasa

EngineName = Literal["auto", "rasa", "embedded"]
RASA_START_S = 240.0
"""Longest wait for Rasa when it alone may answer."""
NO_STOP = re.compile(r"\b(?:never|dont|do not|without) (?:ever |you )?(?:stop|pause|halt)")
"""Sentences about stopping that are the opposite of a stop."""
log = logging.getLogger(__name__)


class UnderstandingSettings(Protocol):
    """What the service reads of the settings."""

    @property
    def engine(self) -> EngineName:
        """Who answers by default."""
        ...

    @property
    def rasa_url(self) -> str:
        """Address of a running server, or empty."""
        ...

    @property
    def rasa_timeout_ms(self) -> int:
        """Time budget of Rasa's answer, milliseconds."""
        ...


class UnderstandingService:
    """Text in, intent out; answers from the first moment and whenever Rasa is away."""

    def __init__(self, skills_nlu_dirs: Sequence[Path], settings: UnderstandingSettings) -> None:
        if len(skills_nlu_dirs) != 1:
            raise ModelError("Understanding needs the words of exactly one skill so far.")
        self._folder = skills_nlu_dirs[0]
        self._settings = settings
        self._data: LanguageData | None = None
        self._embedded: EmbeddedEngine | None = None
        self._client: RasaClient | None = None
        self._server: RasaServer | None = None
        self._why_no_rasa = "Rasa was not started."
        self._closing = threading.Lock()

    def start(self) -> None:
        """Load the embedded engine, and start Rasa behind it unless it is not wanted.

        Raises EngineError when Rasa alone is wanted and is not installed.
        """
        self._data = load_language(self._folder)
        if self._settings.engine != "embedded":
            self._start_rasa()
        self._embedded = load_embedded(self._data)

    def _start_rasa(self) -> None:
        url = os.environ.get("ENCORE_RASA_URL") or self._settings.rasa_url
        token = os.environ.get("ENCORE_RASA_TOKEN", "")
        try:
            if not url:
                data = self._data or load_language(self._folder)
                own = user_rasa(key_of(data), data.intents)
                self._server = RasaServer(places.RASA_PROJECT, places.cache_dir(), own)
                url, token = self._server.url, self._server.token
            self._client = RasaClient(url, token, self._settings.rasa_timeout_ms / 1000)
        except (EngineError, OSError) as error:
            self._why_no_rasa = str(error) if isinstance(error, EncoreError) else _no_folder(error)
            log.info("%s", self._why_no_rasa)
            if self._settings.engine == "rasa":
                raise EngineError(self._why_no_rasa) from error
            return
        self._client.watch()

    @property
    def engine_now(self) -> str:
        """Who would answer now: "rasa" or "embedded"."""
        return "rasa" if self._client is not None and self._client.healthy else "embedded"

    def parse(self, text: str, engine: EngineName = "auto") -> Intent:
        """Return the intent of one utterance.

        auto: Rasa when it is healthy, else the embedded engine. rasa: waits for Rasa while it
        starts; raises EngineError when it does not answer. Stop and undo need no engine.
        """
        if self._data is None or self._embedded is None:
            raise EngineError("Understanding has not been started.")
        return understand(text, self._data, lambda words: self._ask(words, engine))

    def parse_as(self, text: str, intent: str) -> Intent:
        """Return an utterance read as this intent: only its parameters are looked for."""
        if self._data is None or self._embedded is None:
            raise EngineError("Understanding has not been started.")
        normal = strip_wake_word(normalise_text(text))
        words = split_words(normal)
        answer, data = self._embedded.parse(words), self._data
        return read_as(
            intent, 1.0, normal, words, answer, "embedded", data.vocabulary, data.accepts
        )

    def _ask(self, words: Sequence[str], engine: EngineName) -> tuple[str, EngineAnswer]:
        assert self._embedded is not None
        if engine == "rasa":
            return "rasa", self._ask_rasa_alone(words)
        if engine == "auto" and self._client is not None and self._client.healthy:
            with contextlib.suppress(EngineError):
                return "rasa", self._client.parse(words)
        return "embedded", self._embedded.parse(words)

    def _ask_rasa_alone(self, words: Sequence[str]) -> EngineAnswer:
        if self._client is None:
            raise EngineError(self._why_no_rasa)
        if not self.wait_for_rasa(RASA_START_S):
            raise EngineError(f"Rasa did not start; see {self._log_file()}.")
        return self._client.parse(words)

    def wait_for_rasa(self, timeout_s: float) -> bool:
        """Return True as soon as Rasa answers; False when the time is up or its process ended."""
        step_s = 0.5
        for _ in range(max(1, int(timeout_s / step_s))):
            if self._client is None:
                return False
            if self._client.wait(step_s):
                return True
            if self._server is not None and not self._server.running:
                return False
        return False

    @property
    def rasa_pid(self) -> int | None:
        """Process id of Encore's own Rasa, None when there is none."""
        return self._server.pid if self._server is not None else None

    def _log_file(self) -> str:
        return str(self._server.log) if self._server is not None else "the log of its server"

    def remember_correction(self, text: str, intent: str) -> None:
        """Keep what a sentence meant for the next training; raises InputError when it cannot."""
        from assistant.contract import InputError

        intents: Mapping[str, object] = self._data.intents if self._data is not None else {}
        if intent not in intents:
            raise InputError(f"There is no intent {intent!r}; there are: {', '.join(intents)}.")
        meant = self.parse_as(text, intent)
        spans = self._spans(meant.text, intent)
        remember(places.data_dir() / FILE, Correction(meant.text, intent, spans))

    def _spans(self, text: str, intent: str) -> tuple[Span, ...]:
        """Return where a sentence states parameters that an intent accepts."""
        assert self._data is not None
        assert self._embedded is not None
        words, data = split_words(text), self._data
        found = self._embedded.parse(words).spans
        accepted = data.accepts.get(intent, frozenset())
        mended = repair_spans(words, found, data.vocabulary, accepted)
        return tuple(span for span in mended if span.parameter in accepted)

    def close(self) -> None:
        """End Rasa and close the connections; idempotent."""
        with self._closing:
            if self._client is not None:
                self._client.close()
                self._client = None
            if self._server is not None:
                self._server.close()
                self._server = None


def understand(
    text: str, data: LanguageData, ask: Callable[[Sequence[str]], tuple[str, EngineAnswer]]
) -> Intent:
    """Return the intent of one utterance: by the rules, else by the engine that ``ask`` asks."""
    normal = strip_wake_word(normalise_text(text))
    words = split_words(normal)
    rule = rule_intent(words)
    if rule is not None:
        return Intent(normal, rule, 1.0, "rules")
    if not words:
        return Intent(normal, OUT_OF_SCOPE, 1.0, "rules")
    name, answer = ask(words)
    chosen = read_answer(normal, words, answer, name, data.vocabulary, data.accepts)
    if chosen.name == "stop" and NO_STOP.search(" ".join(words)):
        chosen = Intent(normal, OUT_OF_SCOPE, 1.0 - chosen.confidence, name)
    others = rivals(normal, words, answer, chosen, data.vocabulary, data.accepts)
    return replace(chosen, alternatives=others) if others else chosen


def _no_folder(error: OSError) -> str:
    return f"Rasa cannot be started: {error.filename or 'its log folder'} cannot be written."


def load_embedded(data: LanguageData) -> EmbeddedEngine:
    """Return the embedded engine: one trained here for these data, else the one that is shipped.

    Raises ModelError when neither can be read and none can be trained.
    """
    return EmbeddedEngine(find_model(data), data.vocabulary)
