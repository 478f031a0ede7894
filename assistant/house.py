"""The house: one turn is a function call, from a transcript to a reply.

It owns the few intents about the assistant itself and hands every other one to the skill that owns
it. It knows no skill by name: skills are found by entry point.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import entry_points
from threading import Event

from assistant.contract import (
    EncoreError,
    Intent,
    Reply,
    SettingsError,
    Skill,
    SkillContext,
    Transcript,
    Turn,
    Understanding,
)

SKILL_GROUP = "encore.skills"
OWN_INTENTS = frozenset({"help", "repeat", "greet", "goodbye", "affirm", "deny", "out_of_scope"})
STOP_INTENT = "stop"
HELP_EXAMPLES = 5
"""So many examples are said aloud: more are not remembered."""


def load_skills(context: SkillContext) -> tuple[Skill, ...]:
    """Make every installed skill; SettingsError when two of them own one intent."""
    skills = tuple(entry.load().create(context) for entry in entry_points(group=SKILL_GROUP))
    owners_of_intents(skills)
    return skills


def owners_of_intents(skills: Iterable[Skill]) -> dict[str, Skill]:
    """Return intent name → skill; SettingsError when one has two owners (or is the house's)."""
    owners: dict[str, Skill] = {}
    for skill in skills:
        for name in sorted(skill.intents):
            if name in OWN_INTENTS:
                raise SettingsError(f"The skill {skill.name} claims {name}, which is Encore's own.")
            if name in owners:
                raise SettingsError(
                    f"The skills {owners[name].name} and {skill.name} both claim the command"
                    f" {name}: remove one of them."
                )
            owners[name] = skill
    return owners


class House:
    """One user, one turn at a time; ``stop`` may come from any thread."""

    def __init__(
        self,
        understanding: Understanding,
        skills: Sequence[Skill],
        *,
        say: Callable[[str], None] = lambda _text: None,
        ask_below: float = 0.0,
    ) -> None:
        self.skills = tuple(skills)
        self._owners = owners_of_intents(self.skills)
        self._understanding = understanding
        self._say = say
        self._ask_below = ask_below
        self._one_turn = threading.Lock()
        self._cancelled = Event()
        self._last_reply = Reply("I have not said anything yet.")
        self._on_yes: Intent | None = None

    def turn(
        self, transcript: Transcript, on_intent: Callable[[Intent], None] = lambda _intent: None
    ) -> Reply:
        """Answer one utterance; a failure becomes its sentence, as a person would tell it."""
        try:
            intent = self.understand(transcript)
            on_intent(intent)
            return self.act(intent)
        except EncoreError as error:
            return self._remembered(Reply(str(error)))

    def understand(self, transcript: Transcript) -> Intent:
        """Return what an utterance means; raises EngineError when no engine answers."""
        return self._understanding.parse(transcript.text)

    def act(self, intent: Intent) -> Reply:
        """Do what an intent says; raises EncoreError with a sentence for the user."""
        if intent.name == STOP_INTENT:
            self.stop()
        with self._one_turn:
            self._cancelled = Event()
            turn = Turn(self._cancelled, self._say)
            question, self._on_yes = self._on_yes, None
            reply = self._route(intent, turn, question)
            self._on_yes = reply.if_yes
            return reply if intent.name == "repeat" else self._remembered(reply)

    def stop(self) -> None:
        """Silence at once and cancel the turn that runs; idempotent, from any thread."""
        self._cancelled.set()
        for skill in self.skills:
            skill.stop()

    def close(self) -> None:
        """Stop, and release what the skills hold; idempotent."""
        self.stop()
        for skill in self.skills:
            skill.close()

    def _route(self, intent: Intent, turn: Turn, question: Intent | None) -> Reply:
        if intent.name == "affirm" and question is not None:
            return self._route(question, turn, None)
        if intent.name in OWN_INTENTS:
            return self._answer_own(intent.name, asked=question is not None)
        skill = self._owners.get(intent.name)
        if skill is None:
            return Reply("No part of Encore knows how to do that.")
        # A question answered with yes has confidence 1: it is not asked again.
        if intent.confidence < self._ask_below:
            sure = Intent(intent.text, intent.name, 1.0, intent.engine, intent.parameters)
            asked = intent.name.replace("_", " ")
            return Reply(f"I am not sure I understood. Did you mean: {asked}?", if_yes=sure)
        return skill.handle(intent, turn)

    def _answer_own(self, name: str, *, asked: bool) -> Reply:
        match name:
            case "repeat":
                return self._last_reply
            case "help":
                return Reply(self.help_text())
            case "greet":
                return Reply("Hello! Play something, then say: continue. Or say: help.")
            case "goodbye":
                return Reply("Goodbye.", ends_session=True)
            case "affirm":
                return Reply("There is nothing open that I asked.")
            case "deny":
                return Reply(
                    "All right, I leave it." if asked else "There is nothing open that I asked."
                )
            case _:
                return Reply("That is not for me: I make music. Say help to hear what I can do.")

    def help_text(self) -> str:
        """Return a sentence with things to say, in the skills' own order."""
        examples = [text for skill in self.skills for text in skill.examples][:HELP_EXAMPLES]
        return "You can say: " + "; ".join(examples) + "."

    def _remembered(self, reply: Reply) -> Reply:
        self._last_reply = reply
        return reply
