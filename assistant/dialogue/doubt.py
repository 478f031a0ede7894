"""When Encore asks back instead of acting: thresholds on how sure the engine is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from assistant.contract import Choice, Command, Intent, Reply
from assistant.dialogue.question import OUT_OF_SCOPE
from assistant.dialogue.wording import in_words

NEVER_ASKED: Final = frozenset({"help", "repeat", "greet", "affirm", "deny", "stop", OUT_OF_SCOPE})
"""Carried out at any confidence: they change nothing, or must not wait."""

NEVER_OFFERED: Final = frozenset({OUT_OF_SCOPE, "stop", "affirm", "deny"})
"""Nobody has to be asked whether they meant these: who wants to stop says stop."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All are probabilities, 0..1; docs/understanding.md shows what they were chosen on."""

    ask_below: float = 0.0
    """A command understood with less is asked back."""
    confirm_below: float = 0.0
    """One that could destroy something is asked back already below this."""
    near: float = 0.0
    """Two readings that lie no further apart are offered both."""
    suggest_above: float = 1.0
    """A sentence that was not understood: a command at least so likely is offered."""


def doubts(
    intent: Intent, thresholds: Thresholds, careful: frozenset[str], heard_confidence: float = 1.0
) -> tuple[Intent, ...]:
    """Return the readings to ask between; one is asked with yes or no, none is carried out.

    ``heard_confidence``: the recogniser's, 0..1; it counts where something could be destroyed.
    """
    if intent.engine == "rules":
        return ()
    rivals = tuple(i for i in intent.alternatives if i.name not in NEVER_OFFERED)
    if intent.name == OUT_OF_SCOPE:
        likely = tuple(i for i in rivals if i.confidence >= thresholds.suggest_above)
        return likely[:1] + tuple(i for i in likely[1:2] if _near(likely[0], i, thresholds))
    if intent.name in NEVER_ASKED:
        return ()
    close = tuple(i for i in rivals[:1] if _near(intent, i, thresholds))
    if close:
        return (intent, *close)
    certainty = intent.confidence * (heard_confidence if intent.name in careful else 1.0)
    limit = thresholds.confirm_below if intent.name in careful else thresholds.ask_below
    return (intent,) if certainty < limit else ()


def _near(first: Intent, second: Intent, thresholds: Thresholds) -> bool:
    return first.confidence - second.confidence <= thresholds.near


def question_about(readings: tuple[Intent, ...], commands: Mapping[str, Command]) -> Reply:
    """Return the question "Did you mean …?" for one reading or two."""
    words = [in_words(reading, commands) for reading in readings]
    if len(readings) == 1:
        return Reply(f"Did you mean: {words[0]}?", if_yes=readings[0])
    choices = tuple(map(Choice, words, readings))
    return Reply(f"Did you mean A, {words[0]}; or B, {words[1]}?", choices=choices)
