"""The house: one turn is a function call, from a transcript to a reply.

It owns the few intents about the assistant itself and hands every other one to the skill that owns
it. It knows no skill by name.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Event

from assistant.contract import (
    Command,
    EncoreError,
    Intent,
    Reply,
    Skill,
    Transcript,
    Turn,
    Understanding,
)
from assistant.dialogue.doubt import NEVER_ASKED, NEVER_OFFERED, Thresholds, doubts, question_about
from assistant.dialogue.own_commands import OWN_COMMANDS
from assistant.dialogue.phrases import exchanged, meant_instead
from assistant.dialogue.question import LEFT, OUT_OF_SCOPE, Move
from assistant.dialogue.state import Dialogue
from assistant.found_skills import OWN_INTENTS, owners_of_intents

STOP_INTENT = "stop"
CAREFUL = frozenset({"goodbye"})
"""Of the house's own: a sitting is not ended on a doubt."""
HELP_EXAMPLES = 5
"""So many examples are said aloud: more are not remembered."""
STOPPED = Reply("Stopped.")
AfterTurn = Callable[[Transcript, Intent | None, Reply], object]
"""Told what was heard, what it meant (None: nothing could be made of it), what was answered."""
log = logging.getLogger(__name__)


class House:
    """One user, one turn at a time; ``stop`` may come from any thread and waits for none."""

    def __init__(
        self,
        understanding: Understanding,
        skills: Sequence[Skill],
        *,
        say: Callable[[str], None] = lambda _text: None,
        thresholds: Thresholds | None = None,
        keep_correction: Callable[[str, str], None] = lambda _text, _intent: None,
        asks: bool = True,
        after_turn: AfterTurn = lambda _heard, _intent, _reply: None,
    ) -> None:
        self.skills = tuple(skills)
        self._owners = owners_of_intents(self.skills)
        self._understanding = understanding
        self._say = say
        self._thresholds = thresholds or Thresholds()
        self._keep_correction = keep_correction
        """Called with a sentence and the intent that it was meant as."""
        self._asks = asks
        self._after_turn = after_turn
        self._one_turn = threading.Lock()
        self._live: set[Event] = set()
        self._last_reply = Reply("I have not said anything yet.")
        self._dialogue = Dialogue(frozenset(self._owners) | OWN_INTENTS)

    def turn(
        self, transcript: Transcript, on_intent: Callable[[Intent], None] = lambda _intent: None
    ) -> Reply:
        """Answer one utterance; a failure becomes its sentence, as a person would tell it.

        ``on_intent`` is told what was understood, in the light of the sentences before.
        """
        understood: list[Intent] = []

        def note(intent: Intent) -> None:
            understood.append(intent)
            on_intent(intent)

        reply = self._answer(transcript, note)
        self._after_turn(transcript, understood[0] if understood else None, reply)
        return reply

    def _answer(self, transcript: Transcript, on_intent: Callable[[Intent], None]) -> Reply:
        try:
            with self._live_turn() as cancelled:
                heard = self.understand(transcript)
                stop = self._as_stop(heard, is_spoken=transcript.source == "voice")
                if stop is not None:
                    on_intent(stop)
                    return self._remembered(self._stop_now(stop))
                with self._one_turn:
                    if cancelled.is_set():
                        return self._remembered(STOPPED)
                    move = self._dialogue.read(heard, self._understanding)
                    on_intent(replace(move.intent, text=heard.text))
                    reply = self._carry_out(move, cancelled, transcript.confidence)
                    return self._remembered(reply)
        except EncoreError as error:
            return self._remembered(Reply(str(error)))

    def understand(self, transcript: Transcript) -> Intent:
        """Return what an utterance means by itself; raises EngineError when no engine answers."""
        return self._understanding.parse(transcript.text)

    def act(self, intent: Intent) -> Reply:
        """Do what an intent says, beyond doubt; raises EncoreError with a sentence for the user."""
        if intent.name == STOP_INTENT:
            return self._remembered(self._stop_now(intent))
        with self._live_turn() as cancelled, self._one_turn:
            return self._remembered(self._carry_out(Move(intent, sure=True), cancelled))

    def stop(self) -> None:
        """Silence at once; cancel the turn that runs and those that wait; from any thread."""
        for cancelled in tuple(self._live):
            cancelled.set()
        for skill in self.skills:
            skill.stop()

    def close(self) -> None:
        """Stop, and release what the skills hold; idempotent."""
        self.stop()
        for skill in self.skills:
            skill.close()

    @property
    def last_sentence(self) -> Intent | None:
        """The last sentence that was neither an answer nor a correction, as it was understood."""
        return self._dialogue.last

    @property
    def commands(self) -> dict[str, Command]:
        """Intent -> what is told about it: the house's own, then the skills'."""
        found = dict(OWN_COMMANDS)
        for skill in self.skills:
            found |= skill.commands
        return found

    def ask_what_was_meant(self) -> Reply:
        """Ask what the last sentence meant; the next one tells."""
        with self._live_turn() as cancelled, self._one_turn:
            wrong = Intent("wrong", "deny", 1.0, "rules")
            move = self._dialogue.correction(wrong, self._understanding) or Move(wrong)
            return self._remembered(self._carry_out(move, cancelled))

    # Stop waits for nothing

    def _as_stop(self, heard: Intent, *, is_spoken: bool) -> Intent | None:
        """Return the stop that a sentence is, "no, I said stop" included.

        Beside music a spoken "stop" was heard as "stop for today", and Encore left: who speaks
        leaves by another word.
        """
        if heard.name == STOP_INTENT:
            return heard
        if is_spoken and heard.name == "goodbye" and heard.text.split()[:1] == [STOP_INTENT]:
            return replace(heard, name=STOP_INTENT)
        instead = meant_instead(heard.text)
        if instead is None:
            return None
        last = self._dialogue.last
        whole = None if last is None else exchanged(last.text, instead)
        meant = self._understanding.parse(whole or instead)
        return replace(meant, text=heard.text) if meant.name == STOP_INTENT else None

    def _stop_now(self, intent: Intent) -> Reply:
        """Stop without the lock of the turn that runs, and without a model."""
        self.stop()
        self._dialogue.forget_question()
        last = self._dialogue.last
        if last is not None and meant_instead(intent.text) is not None:
            self._keep(last, STOP_INTENT)
        skill = self._owners.get(STOP_INTENT)
        turn = Turn(Event(), self._say, self._asks)
        return skill.handle(intent, turn) if skill else STOPPED

    # One turn

    @contextlib.contextmanager
    def _live_turn(self) -> Iterator[Event]:
        """Give the event that cancels a turn; stop knows it from the turn's first moment on."""
        cancelled = Event()
        self._live.add(cancelled)
        try:
            yield cancelled
        finally:
            self._live.discard(cancelled)

    def _carry_out(
        self, move: Move, cancelled: Event, heard_confidence: float | None = None
    ) -> Reply:
        undone = move.corrects is not None and move.corrects is self._dialogue.carried_out
        self._dialogue.note(move)
        kept = self._keep(move.corrects, move.intent.name) if move.corrects is not None else ""
        if move.reply is not None:
            self._dialogue.asked(move.reply)
            return move.reply
        if not move.sure and (question := self._doubt(move.intent, heard_confidence)) is not None:
            self._dialogue.asked(question, doubted=move.intent)
            return question
        turn = Turn(cancelled, self._say, self._asks, replaces=undone)
        reply = self._route(move.intent, turn)
        self._dialogue.asked(reply)
        return replace(reply, text=f"{kept} {reply.text}") if kept else reply

    def _keep(self, wrong: Intent, intent: str) -> str:
        """Keep what a sentence was meant as; return what is said about it."""
        try:
            self._keep_correction(wrong.text, intent)
        except EncoreError as error:
            log.warning("%s", error)
            return str(error)
        return "Noted."

    def _doubt(self, intent: Intent, heard_confidence: float | None) -> Reply | None:
        """Return the question that is asked back before anything is done, None where none is."""
        careful = CAREFUL.union(*(skill.careful for skill in self.skills))
        heard = 1.0 if heard_confidence is None else heard_confidence
        readings = doubts(intent, self._thresholds, careful, heard)
        if not readings:
            return None
        if readings[0].name in NEVER_ASKED:  # "help with moods" need not be asked back
            return self._answer_own(readings[0])
        question = question_about(readings, self.commands)
        if intent.name == OUT_OF_SCOPE:
            return replace(question, text=f"I did not get that. {question.text}")
        return question

    def _route(self, intent: Intent, turn: Turn) -> Reply:
        if intent.name in OWN_INTENTS:
            return self._answer_own(intent)
        skill = self._owners.get(intent.name)
        if skill is None:
            return Reply("No part of Encore knows how to do that.")
        self._dialogue.carried_out = self._dialogue.last
        return skill.handle(intent, turn)

    def _answer_own(self, intent: Intent) -> Reply:
        match intent.name:
            case "repeat":
                return self._last_reply
            case "help":
                return Reply(self.help_text(intent.text))
            case "greet":
                return Reply("Hello! Play something, then say: continue. Or say: help.")
            case "goodbye":
                return Reply("Goodbye.", ends_session=True)
            case "affirm":
                return Reply("There is nothing open that I asked. Say help to hear what I can do.")
            case "deny" if intent.engine == "rules":  # a command that was taken back
                return LEFT
            case "deny":
                return Reply("All right. To take the last answer back, say: undo.")
            case _:
                return Reply(self._not_for_me(intent))

    def _not_for_me(self, intent: Intent) -> str:
        """Return the sentence for talk; for what may have been a command, the nearest there is."""
        least = self._thresholds.suggest_above
        offered = [i for i in intent.alternatives if i.name not in NEVER_OFFERED]
        near = [i.name for i in offered if i.confidence >= least]
        examples = [e for name in near[:1] for e in self.commands[name].examples[:1]]
        if examples:
            return f"I did not get that. The nearest thing I can do is: {examples[0]}."
        return "That is not for me: I make music. Say help to hear what I can do."

    def help_text(self, question: str = "") -> str:
        """Return what to say about the thing that is asked for, else a few things in all."""
        for skill in self.skills:
            if about := skill.help_on(question):
                return about
        examples = [text for skill in self.skills for text in skill.examples][:HELP_EXAMPLES]
        return "You can say: " + "; ".join(examples) + ". Or: help with moods."

    def _remembered(self, reply: Reply) -> Reply:
        self._last_reply = reply
        return reply
