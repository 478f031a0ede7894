"""``encore parse``: a line of text in, a JSON object out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from assistant.contract import EngineError
from assistant.understanding import places
from assistant.understanding.service import RASA_START_S, EngineName, UnderstandingService


@dataclass(frozen=True, slots=True)
class PlainSettings:
    """The service's settings without a settings file."""

    engine: EngineName = "auto"
    rasa_url: str = ""
    rasa_timeout_ms: int = 250


def parse_lines(lines: Iterable[str], engine: str) -> Iterator[dict[str, object]]:
    """Yield the contract's object for every line that is not blank.

    auto: a Rasa that runs already (ENCORE_RASA_URL), else the embedded engine at once. rasa: starts
    Rasa and waits for it; raises EngineError when it is not installed or does not start.
    """
    wanted = cast("EngineName", engine)
    service = UnderstandingService(places.skill_words(), _settings(wanted))
    try:
        service.start()
        if wanted == "rasa":
            _wait(service)
        for line in lines:
            if line.strip():
                yield service.parse(line, wanted).to_json()
    finally:
        service.close()


def _settings(engine: EngineName) -> PlainSettings:
    import os

    if engine == "auto" and not os.environ.get("ENCORE_RASA_URL"):
        return PlainSettings("embedded")
    return PlainSettings(engine)


def _wait(service: UnderstandingService) -> None:
    print("Rasa is starting; that can take a minute …", file=sys.stderr, flush=True)
    if not service.wait_for_rasa(RASA_START_S):
        raise EngineError("Rasa did not start in four minutes; try --engine embedded.")


def run(engine: str, lines: Iterable[str]) -> None:
    """Print one JSON object per line."""
    for answer in parse_lines(lines, engine):
        print(json.dumps(answer, ensure_ascii=False), flush=True)
