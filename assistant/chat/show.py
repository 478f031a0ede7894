"""How an intent and a reply look on a terminal, and as JSON."""

from __future__ import annotations

import json

from assistant.contract import Intent, Reply
from assistant.dialogue.wording import parameter_words

DOT = " · "


def understood(intent: Intent) -> str:
    """Return one line such as "continue · happy · 0.97 · rasa"."""
    words = [parameter_words(name, value) for name, value in intent.parameters.items()]
    return DOT.join([intent.name, *words, f"{intent.confidence:.2f}", intent.engine])


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
