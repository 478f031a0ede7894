"""Verbs about answers that are there: play back, undo, redo, and open one of several."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.contract import InputError, Intent, ParameterValue, Reply, Turn
from skills.music import replies
from skills.music.making import Making
from skills.music.notes import Phrase
from skills.music.room import Room, as_answer

OPENS_CHOICE = frozenset(
    {"adjust", "vary", "continue", "describe", "save", "like", "dislike", "suggest_chords"}
)
"""Commands that may name one of the answers: it is opened before they are carried out."""
ABOUT_PHRASE = frozenset({"continue", "describe", "suggest_chords"})
"""Of these, the ones that can be about the phrase as well."""


class Again:
    """Answers that were made already."""

    def __init__(self, room: Room, making: Making) -> None:
        self._room = room
        self._making = making

    def play_back(self, intent: Intent, _turn: Turn) -> Reply:
        """Play the newest of recording and answer again, else what was played."""
        if "choice" in intent.parameters:
            return self._chosen(int(intent.parameters["choice"]))
        listening, current = self._room.listening, self._room.session.history.current
        if listening.recording is not None and (listening.recording_is_newest or current is None):
            return self._played(listening.recording, "recording")
        if current is not None:
            length = replies.seconds(current.answer.seconds)
            text = replies.reply("play_back", "answer", length=length)
            return self._making.presented(current, text)
        phrase = self._room.listening.phrase()
        if not len(phrase):
            return Reply(replies.reply("play_back", "nothing"))
        return self._played(phrase, "phrase")

    def _played(self, phrase: Phrase, case: str) -> Reply:
        files = self._room.stage().present(Phrase(), as_answer(phrase), case)
        length = replies.seconds(phrase.length_s)
        return Reply(replies.reply("play_back", case, length=length), files)

    def _chosen(self, number: int) -> Reply:
        open_choice(self._room, number)
        return self._reopened("choice", number=replies.ordinal(number))

    def undo(self, _intent: Intent, _turn: Turn) -> Reply:
        """Open the answer before."""
        self._room.silence()
        if not self._room.session.history.undo():
            return Reply(replies.reply("undo", "nothing"))
        return self._reopened("undo")

    def redo(self, _intent: Intent, _turn: Turn) -> Reply:
        """Open the answer that was undone."""
        self._room.silence()
        if not self._room.session.history.redo():
            return Reply(replies.reply("redo", "nothing"))
        return self._reopened("redo")

    def _reopened(self, verb: str, **words: str) -> Reply:
        version = self._room.session.history.current
        if version is None:
            return Reply(replies.reply(verb, "empty"))
        length = replies.seconds(version.answer.seconds)
        how = replies.how([version.changed] if version.changed else [])
        text = replies.reply(verb, "done", length=length, how=how, **words)
        return self._making.presented(version, text)


def open_choice(room: Room, number: int) -> None:
    """Open one of the answers to the phrase; InputError says how many there are."""
    room.silence()
    history = room.session.history
    if history.choose(number):
        room.listening.recording_is_newest = False
        return
    count = len(history.alternatives)
    if not count:
        raise InputError(replies.reply("choice", "none"))
    if count == 1:
        raise InputError(replies.reply("choice", "one"))
    raise InputError(replies.reply("choice", "beyond", count=replies.number(count)))


def choice_in(room: Room, said: Mapping[str, ParameterValue], intent: str) -> int | None:
    """Return the answer that a command about it names, if it names one.

    Before there is any answer, "continue the first one" can only mean the phrase.
    """
    if "choice" not in said or intent not in OPENS_CHOICE:
        return None
    if intent in ABOUT_PHRASE and not room.session.history.alternatives:
        return None
    return int(said["choice"])
