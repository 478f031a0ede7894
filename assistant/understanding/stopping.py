"""Stop without an engine: the one word that waits for nothing, not even for a model to load."""

from __future__ import annotations

from assistant.contract import Intent
from assistant.understanding.normaliser import normalise_text, split_words, strip_wake_word
from assistant.understanding.rules import rule_intent


def stop_in(text: str) -> Intent | None:
    """Return the intent of a sentence that is a stop by the rules, None for any other."""
    normal = strip_wake_word(normalise_text(text))
    if rule_intent(split_words(normal)) != "stop":
        return None
    return Intent(normal, "stop", 1.0, "rules")
