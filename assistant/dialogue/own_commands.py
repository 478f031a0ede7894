"""What is told about the intents that the house owns itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from assistant.contract import Command

_ALL = (
    Command(
        "affirm",
        "Yes to a question of Encore's.",
        "yes",
        ("yes", "sure go ahead", "yes the second one"),
    ),
    Command(
        "deny", "No to a question, or nothing after all.", "no", ("no", "better not", "never mind")
    ),
    Command(
        "help",
        "What can be said, in all or about one thing.",
        "help you",
        ("help", "what can you do", "help with moods", "how do i save"),
    ),
    Command(
        "repeat",
        "Say the last reply again.",
        "say it again",
        ("say that again", "what did you say"),
    ),
    Command("greet", "Greet back.", "greet you", ("hello", "good morning")),
    Command("goodbye", "Leave.", "leave", ("goodbye", "see you later")),
    Command(
        "out_of_scope",
        "Talk that is not for Encore: nothing is done.",
        "leave it alone",
        ("what is the weather like tomorrow", "order a pizza"),
    ),
)
OWN_COMMANDS: Mapping[str, Command] = MappingProxyType({c.intent: c for c in _ALL})
"""Intent -> what is told about it."""
