"""The memory of a conversation: the open question, the last sentence, and what was meant by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from assistant.contract import Intent, Reply, Understanding
from assistant.dialogue.phrases import (
    NOT_FOR_ENCORE,
    closed_up,
    exchanged,
    is_not_what_i_meant,
    meant_instead,
    picked_in,
)
from assistant.dialogue.question import DENY, LEFT, OUT_OF_SCOPE, Move, Question

PICK: Final = "play_back"
"""The intent that opens one of several answers."""
EXPECTED: Final = 0.25
"""Where a command is expected, talk that may be one with so much probability is taken for it."""
ASK_WHAT: Final = (
    "Sorry. What did you mean? Say it in other words, or name a command, such as undo."
)
ASK_AGAIN: Final = "I did not get that either. Say it like: undo; a bit sadder; or: nothing."
NO_SENTENCE: Final = Reply("There is no sentence yet that I could have got wrong.")
NOT_FOR_ME: Final = Reply("All right, that was not for me.")


class Dialogue:
    """Reads sentences in the light of those before; one turn at a time."""

    def __init__(self, intents: frozenset[str]) -> None:
        self._intents = intents
        self._question: Question | None = None
        self._wrong: Intent | None = None
        """The sentence of which Encore asked what it meant."""
        self._tries = 0
        self.last: Intent | None = None
        """The last sentence that was neither an answer nor a correction."""
        self.carried_out: Intent | None = None
        """The last of them for which something was done."""

    def read(self, heard: Intent, understanding: Understanding) -> Move:
        """Return what a sentence means here and now; the open question is closed by it."""
        question, self._question = self._question, None
        wrong, self._wrong = self._wrong, None
        if wrong is not None and not is_not_what_i_meant(heard.text):
            return self._told(wrong, heard, understanding)
        if question is not None:
            move = self._answer(question, heard, understanding)
            if move is not None:
                return move
        return self.correction(heard, understanding) or self._picked(heard) or Move(heard)

    def note(self, move: Move) -> None:
        """Remember the sentence, so that it can be corrected."""
        if not move.is_answer or (move.corrects is not None and move.reply is None):
            self.last = move.intent

    def asked(self, reply: Reply, doubted: Intent | None = None) -> None:
        """Remember what a reply asks, if it asks; ``doubted``: the sentence it asks about."""
        if reply.if_yes is not None or reply.choices:
            self._question = Question(reply, doubted)

    def forget_question(self) -> None:
        """Close what is open: a "yes" that comes later is no answer."""
        self._question = self._wrong = None

    def correction(self, heard: Intent, understanding: Understanding) -> Move | None:
        """Return the move of "that is not what I meant" or "no, I meant sadder", else None."""
        instead = meant_instead(heard.text)
        if instead is None and not is_not_what_i_meant(heard.text):
            return None
        if self.last is None:
            return None if instead is not None else Move(heard, reply=NO_SENTENCE, is_answer=True)
        if instead is None:
            return self.ask_what_was_meant(heard, self.last)
        return self._told(self.last, replace(heard, text=instead), understanding)

    def ask_what_was_meant(self, heard: Intent, wrong: Intent, text: str = ASK_WHAT) -> Move:
        """Ask what a sentence meant; the next one tells."""
        self._wrong = wrong
        return Move(heard, reply=Reply(text), is_answer=True)

    def _answer(
        self, question: Question, heard: Intent, understanding: Understanding
    ) -> Move | None:
        if meant_instead(heard.text) is not None:
            return None
        refused = heard.name == DENY or is_not_what_i_meant(heard.text)
        if question.doubted is not None and refused:
            return self.ask_what_was_meant(heard, question.doubted)
        return question.answer(heard, understanding.parse_as)

    def _told(self, wrong: Intent, heard: Intent, understanding: Understanding) -> Move:
        """Return what the answer to "What did you mean?" says."""
        tries, self._tries = self._tries, 0
        if NOT_FOR_ENCORE.fullmatch(closed_up(heard.text)):
            nothing = Intent(heard.text, OUT_OF_SCOPE, 1.0, "rules")
            return Move(nothing, corrects=wrong, reply=NOT_FOR_ME, is_answer=True)
        instead = meant_instead(heard.text)
        meant = self._parsed(instead or heard.text, wrong, understanding)
        if meant.name == DENY:
            return Move(meant, reply=LEFT, is_answer=True)
        if meant.name != OUT_OF_SCOPE:
            return Move(meant, sure=True, corrects=wrong, is_answer=True)
        if tries:
            return Move(meant)
        self._tries = 1
        return self.ask_what_was_meant(meant, wrong, ASK_AGAIN)

    def _parsed(self, text: str, wrong: Intent, understanding: Understanding) -> Intent:
        """Return what an answer to "What did you mean?" means.

        An intent by its name, a choice, the opposite of what was said ("no, I meant down"), or what
        the engine reads; where that is talk, another value of what was said ("no, I meant
        strings"), or the likeliest command.
        """
        text = exchanged(wrong.text, text) or text
        name = text.removeprefix("the command ").strip().replace(" ", "_")
        if name in self._intents:
            return Intent(text, name, 1.0, "rules")
        heard = understanding.parse(text)
        if (picked := self._picked(heard)) is not None:
            return picked.intent
        if heard.name != OUT_OF_SCOPE:
            return heard
        if wrong.parameters:
            again = understanding.parse_as(text, wrong.name)
            if again.parameters.keys() & wrong.parameters.keys():
                return again
        likely = heard.alternatives[:1]
        return next((i for i in likely if i.confidence >= EXPECTED), heard)

    @staticmethod
    def _picked(heard: Intent) -> Move | None:
        """Return the choice that a sentence is as a whole: "the second one", "b"."""
        number = picked_in(heard.text)
        if number is None:
            return None
        return Move(Intent(heard.text, PICK, 1.0, "rules", {"choice": number}))
