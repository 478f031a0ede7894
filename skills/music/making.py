"""Verbs that make music sound: continue, compose, adjust, play back, undo and redo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from assistant.contract import Intent, ParameterValue, Reply, Turn
from skills.music import replies
from skills.music.merging import ADJUSTABLE, with_parameters
from skills.music.notes import Phrase
from skills.music.request import Request, Verb
from skills.music.room import Room, as_answer
from skills.music.session import Version


class Making:
    """Answers and changes to them."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def continue_(self, intent: Intent, turn: Turn) -> Reply:
        """Go on from what was played; without a phrase, offer to compose."""
        phrase = self._room.listening.phrase()
        if not len(phrase):
            offer = Intent(intent.text, "compose", 1.0, intent.engine, intent.parameters)
            return Reply(replies.reply("continue", "no_phrase"), if_yes=offer)
        return self._fresh("continue", phrase, intent.parameters, turn)

    def compose(self, intent: Intent, turn: Turn) -> Reply:
        """Make something new."""
        return self._fresh("compose", Phrase(), intent.parameters, turn)

    def _fresh(
        self, verb: Verb, phrase: Phrase, said: Mapping[str, ParameterValue], turn: Turn
    ) -> Reply:
        base = replace(self._room.session.defaults, verb=verb, seed=self._room.session.next_seed())
        request = with_parameters(base, said)
        items = replies.changes(said, again=False)
        version = self._make(phrase, request, items, turn)
        if version is None:
            return Reply(replies.reply("cancelled", "done"))
        text = replies.reply(
            verb,
            "done",
            are_length=replies.are_seconds(version.answer.seconds),
            how=replies.how(items),
        )
        return self._presented(version, text)

    def adjust(self, intent: Intent, turn: Turn) -> Reply:
        """Change the last request and do it again with the same phrase and seed."""
        said = intent.parameters
        if not ADJUSTABLE & said.keys():
            return Reply(replies.reply("adjust", "no_change"))
        items = replies.changes(said, again=True) or ["with another length"]
        last, case = self._room.session.history.current, "done"
        if last is not None:
            phrase, request = last.phrase, with_parameters(last.request, said, again=True)
        else:
            phrase, case = self._room.listening.phrase(), "composed"
            if not len(phrase):
                return Reply(replies.reply("adjust", "nothing"))
            request = with_parameters(
                replace(self._room.session.defaults, seed=self._room.session.next_seed()), said
            )
        version = self._make(phrase, request, items, turn)
        if version is None:
            return Reply(replies.reply("cancelled", "done"))
        length = replies.seconds(version.answer.seconds)
        text = replies.reply("adjust", case, changes=replies.listed(items), length=length)
        return self._presented(version, text)

    def _make(
        self, phrase: Phrase, request: Request, items: list[str], turn: Turn
    ) -> Version | None:
        """Generate and open a version; None when the turn was cancelled meanwhile."""
        self._room.silence()
        answer = self._room.generator().generate(phrase, request, turn.cancelled)
        if turn.cancelled.is_set():
            return None
        version = Version(phrase, request, answer, replies.listed(items))
        self._room.session.history.add(version)
        self._room.listening.recording_is_newest = False
        return version

    def _presented(self, version: Version, text: str) -> Reply:
        answer = version.answer
        title = version.changed or version.request.verb
        files = self._room.stage().present(version.phrase, answer, title)
        facts: dict[str, ParameterValue] = {
            "seconds": round(answer.seconds, 3),
            "seed": answer.seed,
            "notes": len(answer.phrase),
        }
        return Reply(text, files, facts=facts)

    def play_back(self, _intent: Intent, _turn: Turn) -> Reply:
        """Play the newest of recording and answer again, else what was played."""
        listening, current = self._room.listening, self._room.session.history.current
        if listening.recording is not None and (listening.recording_is_newest or current is None):
            return self._played(listening.recording, "recording")
        if current is not None:
            length = replies.seconds(current.answer.seconds)
            return self._presented(current, replies.reply("play_back", "answer", length=length))
        phrase = self._room.listening.phrase()
        if not len(phrase):
            return Reply(replies.reply("play_back", "nothing"))
        return self._played(phrase, "phrase")

    def _played(self, phrase: Phrase, case: str) -> Reply:
        files = self._room.stage().present(Phrase(), as_answer(phrase), case)
        length = replies.seconds(phrase.length_s)
        return Reply(replies.reply("play_back", case, length=length), files)

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

    def _reopened(self, verb: str) -> Reply:
        version = self._room.session.history.current
        if version is None:
            return Reply(replies.reply(verb, "empty"))
        length = replies.seconds(version.answer.seconds)
        how = replies.how([version.changed] if version.changed else [])
        return self._presented(version, replies.reply(verb, "done", length=length, how=how))
