"""An open question of Encore's, and what the next sentence answers to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from rapidfuzz import fuzz

from assistant.contract import Choice, Intent, ParameterValue, Reply
from assistant.dialogue.phrases import name_in, picked_in, which_of

AFFIRM, DENY, OUT_OF_SCOPE = "affirm", "deny", "out_of_scope"
LEFT: Final = Reply("All right, I leave it.")
SAME_WORDS: Final = 80.0
"""Likeness (rapidfuzz token set ratio, 0..100) from which an answer names a choice by its words."""
A_COMMAND: Final = 0.8
"""From this confidence on a sentence that could be a name is a command after all.

Of 997 short golden commands 4 % are then taken for names, of 46 golden names none for commands, of
50 names made to be difficult ("sad song", "the last one") nine.
"""
A_COMMAND_WITH_VALUES: Final = 0.5
"""The same for a sentence that states parameters."""
LONGEST_NAME_WORDS: Final = 5
ANYTHING: Final = "*"
"""``Reply.fills`` of a question that any parameter answers."""
UNIT_OF: Final = {
    "tempo_bpm": "beats per minute",
    "duration_bars": "bars",
    "duration_seconds": "seconds",
    "volume_percent": "percent",
}
"""What is said after a bare number that answers a question for it."""

ParseAs = Callable[[str, str], Intent]


@dataclass(frozen=True, slots=True)
class Move:
    """What a sentence means in the conversation."""

    intent: Intent
    """What is shown as understood, and carried out unless there is a reply."""
    sure: bool = False
    """True: the user has said so, nobody asks again."""
    corrects: Intent | None = None
    """The sentence before that was understood wrong and means this."""
    reply: Reply | None = None
    """What is said, where nothing is to be carried out."""
    is_answer: bool = False
    """True for an answer: it is no sentence of its own that could be corrected."""


@dataclass(frozen=True, slots=True)
class Question:
    """A reply that asked something."""

    reply: Reply
    doubted: Intent | None = None
    """The sentence that Encore was not sure of, when it asked "Did you mean …?"."""

    def answer(self, heard: Intent, parse_as: ParseAs) -> Move | None:
        """Return what the sentence answers; None when it is no answer but something new."""
        if self.reply.choices:
            return self._chosen(heard)
        if self.reply.fills:
            return self._filled(heard, parse_as)
        return self._yes_or_no(heard)

    def _yes_or_no(self, heard: Intent) -> Move | None:
        asked = self.reply.if_yes
        if heard.name == DENY or asked is None:
            return Move(heard, reply=LEFT, is_answer=True)
        if heard.name == AFFIRM:
            return answered(asked)
        if heard.name == asked.name:  # said again instead of yes
            return answered(replace(heard, parameters={**asked.parameters, **heard.parameters}))
        return None

    def _chosen(self, heard: Intent) -> Move | None:
        choices = self.reply.choices
        number = which_of(heard.text, len(choices)) or _number(heard, len(choices))
        if number is not None:
            return answered(choices[number - 1].intent)
        if heard.name == DENY:
            return Move(heard, reply=LEFT, is_answer=True)
        if heard.name == AFFIRM:
            return Move(heard, reply=replace(self.reply, text=which_one(choices)), is_answer=True)
        named = [c for c in choices if _names(heard, c)]
        return answered(named[0].intent) if len(named) == 1 else None

    def _filled(self, heard: Intent, parse_as: ParseAs) -> Move | None:
        asked, wanted = self.reply.if_yes, self.reply.fills
        if asked is None or heard.name == DENY:
            return Move(heard, reply=LEFT, is_answer=True)
        if heard.name == AFFIRM and not heard.parameters:
            return Move(heard, reply=self.reply, is_answer=True)
        value = _value(heard, wanted, asked.name, parse_as)
        if not value:
            return None
        return answered(replace(asked, parameters={**asked.parameters, **value}))


def answered(intent: Intent) -> Move:
    """Return the move of a question that was answered: beyond doubt now."""
    return Move(replace(intent, confidence=1.0, alternatives=()), sure=True, is_answer=True)


def which_one(choices: tuple[Choice, ...]) -> str:
    """Return the question between several things to do."""
    words = [f"{letter}, {choice.words}" for letter, choice in zip("ABCD", choices, strict=False)]
    return f"Which one: {'; '.join([*words[:-1], f'or {words[-1]}'])}?"


def _number(heard: Intent, count: int) -> int | None:
    """Return the choice that the engine found in an answer ("yes the second one")."""
    number = heard.parameters.get("choice")
    whole = isinstance(number, int) and 1 <= number <= count
    return int(number) if whole and heard.name in (AFFIRM, OUT_OF_SCOPE) and number else None


def _names(heard: Intent, choice: Choice) -> bool:
    if heard.name == choice.intent.name:
        return True
    return fuzz.token_set_ratio(heard.text, choice.words) >= SAME_WORDS


def _value(heard: Intent, wanted: str, intent: str, parse_as: ParseAs) -> dict[str, ParameterValue]:
    """Return the parameters that answer a question for them; empty when it is no answer."""
    if wanted == "name":
        name = _said_name(heard)
        return {"name": name} if name else {}
    if heard.name not in (AFFIRM, intent) and _is_command(heard):
        return {}
    found = dict(parse_as(heard.text, intent).parameters)
    if wanted == ANYTHING:
        return found
    if wanted not in found and wanted in UNIT_OF:
        found = dict(parse_as(f"{heard.text} {UNIT_OF[wanted]}", intent).parameters)
    return {wanted: found[wanted]} if wanted in found else {}


def _said_name(heard: Intent) -> str:
    """Return the name that answers "What shall I call it?", "" for a command or talk."""
    if "name" in heard.parameters:
        return str(heard.parameters["name"])
    if picked_in(heard.text) is not None:
        return ""
    name = name_in(heard.text)
    if name != heard.text:  # "call it …", "how about …"
        return name
    return "" if _is_command(heard) or len(name.split()) > LONGEST_NAME_WORDS else name


def _is_command(heard: Intent) -> bool:
    limit = A_COMMAND_WITH_VALUES if heard.parameters else A_COMMAND
    return heard.name != OUT_OF_SCOPE and heard.confidence >= limit
