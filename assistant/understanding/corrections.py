"""Sentences that were understood wrong, with what they mean: kept on this machine for training."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assistant.contract import InputError

FILE = "corrections.jsonl"


@dataclass(frozen=True, slots=True)
class Correction:
    """One sentence and its intent."""

    text: str
    intent: str


def remember(path: Path, correction: Correction) -> None:
    """Append a correction; raises InputError when the file cannot be written."""
    line = json.dumps({"text": correction.text, "intent": correction.intent}) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(line)
    except OSError as error:
        raise InputError(f"The correction cannot be kept in {path}.") from error


def recall(path: Path, intents: Iterable[str]) -> list[Correction]:
    """Return what was kept, the last word on each sentence; damaged lines are passed over."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    known = frozenset(intents)
    kept: dict[str, str] = {}
    for line in lines:
        try:
            entry = json.loads(line)
            text, intent = str(entry["text"]), str(entry["intent"])
        except (ValueError, KeyError, TypeError):
            continue
        if intent in known and text:
            kept[text] = intent
    return [Correction(text, intent) for text, intent in kept.items()]
