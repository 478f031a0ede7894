"""How an intent and a reply look on a terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping

from assistant.contract import Intent, ParameterValue, Reply

DOT = " · "
TELLING = frozenset(
    {
        *("mood", "key", "style", "instrument", "name", "format", "span", "switch"),
        *("tempo_change", "duration_change", "register_change", "volume_change"),
    }
)
"""Parameters whose value needs no name beside it."""
UNITS: Mapping[str, str] = {
    "tempo_bpm": "{:g} bpm",
    "duration_seconds": "{:g} s",
    "duration_bars": "{:g} bars",
    "volume_percent": "{:g} %",
}
AMOUNTS: Mapping[str, str] = {"little": "a bit", "much": "much"}


def understood(intent: Intent) -> str:
    """Return one line such as "continue · happy · 0.97 · rasa"."""
    words = [_words(name, value) for name, value in intent.parameters.items()]
    return DOT.join([intent.name, *words, f"{intent.confidence:.2f}", intent.engine])


def _words(name: str, value: ParameterValue) -> str:
    if name in UNITS:
        return UNITS[name].format(value)
    if name in TELLING:
        return str(value)
    if name == "amount":
        return AMOUNTS.get(str(value), str(value))
    return f"{name.removesuffix('_change')} {value}"


def reply_lines(reply: Reply) -> list[str]:
    """Return the sentence, then the files that were written, then the seed of new music."""
    lines = [reply.text, *(f"  {path}" for path in reply.files)]
    if "seed" in reply.facts:
        lines.append(f"  seed {reply.facts['seed']}")
    return lines


def as_json(text: str, intent: Intent | None, reply: Reply) -> str:
    """Return one JSON object for one typed line."""
    values: dict[str, object] = intent.to_json() if intent is not None else {"text": text}
    values["reply"] = reply.text
    values["files"] = [str(path) for path in reply.files]
    return json.dumps({**values, **reply.facts}, ensure_ascii=False)
