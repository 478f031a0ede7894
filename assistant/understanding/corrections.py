"""Sentences that were understood wrong, with what they mean: kept on this machine for training."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.contract import InputError
from assistant.understanding.templates import Span

FILE = "corrections.jsonl"


@dataclass(frozen=True, slots=True)
class Correction:
    """One sentence and its intent."""

    text: str
    """Normalised: lower case, no punctuation."""
    intent: str
    spans: tuple[Span, ...] = ()
    """Where its parameters stand, in words, as far as they were understood."""


def remember(path: Path, correction: Correction) -> None:
    """Append a correction; raises InputError when the file cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(_line(correction))
    except OSError as error:
        raise InputError(f"The correction cannot be kept in {path}.") from error


def recall(path: Path, intents: Iterable[str]) -> list[Correction]:
    """Return what was kept, the last word on each sentence; damaged lines are passed over."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    known = frozenset(intents)
    kept: dict[str, Correction] = {}
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            correction = _read(json.loads(line))
            if correction.intent in known and correction.text:
                kept[correction.text] = correction
    return list(kept.values())


def forget(path: Path, numbers: Collection[int], intents: Iterable[str]) -> list[Correction]:
    """Remove corrections by their number in the order of ``recall``, from 1; return them.

    Raises InputError when there is no such number, or the file cannot be written.
    """
    kept = recall(path, intents)
    beyond = [n for n in sorted(numbers) if not 1 <= n <= len(kept)]
    if beyond:
        there = f"there are {len(kept)}" if kept else "there are none"
        raise InputError(f"There is no correction {beyond[0]}; {there}.")
    stay = [c for at, c in enumerate(kept, start=1) if at not in numbers]
    part = path.with_name(path.name + ".partial")
    try:
        if stay:
            part.write_text("".join(map(_line, stay)), encoding="utf-8")
            part.replace(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{path} cannot be changed: {reason.lower()}.") from error
    return [c for at, c in enumerate(kept, start=1) if at in numbers]


def _line(correction: Correction) -> str:
    spans = [[s.start, s.end, s.parameter] for s in correction.spans]
    kept = {"text": correction.text, "intent": correction.intent, "spans": spans}
    return json.dumps(kept) + "\n"


def _read(entry: Any) -> Correction:
    text = str(entry["text"])
    return Correction(text, str(entry["intent"]), _spans(entry.get("spans", []), text))


def _spans(entries: Sequence[Any], text: str) -> tuple[Span, ...]:
    """Return the spans of a line; all are left out when one does not fit the sentence."""
    count, end = len(text.split()), 0
    spans = []
    for entry in entries:
        start, stop, parameter = entry
        if not (isinstance(start, int) and isinstance(stop, int) and end <= start < stop <= count):
            return ()
        spans.append(Span(start, stop, str(parameter)))
        end = stop
    return tuple(spans)
