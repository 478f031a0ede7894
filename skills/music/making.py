"""Verbs that make new music: continue, compose, adjust and vary."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from assistant.contract import Intent, ParameterValue, Reply, Turn
from skills.music import replies
from skills.music.generator.answer import Answer
from skills.music.merging import ADJUSTABLE, with_parameters
from skills.music.notes import Phrase
from skills.music.references import with_same
from skills.music.request import Request, Verb
from skills.music.room import Room
from skills.music.session import Version
from skills.music.unfolding import Unfolding

AHEAD_NOT = frozenset({"choice", "span"})
"""What names an answer or a stretch of playing that a command opens first."""


class Making:
    """Answers and changes to them."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._sounds: Answer | None = None
        """An answer that has begun to sound while it was made."""

    def continue_(self, intent: Intent, turn: Turn) -> Reply:
        """Go on from what was played; without a phrase, offer to compose."""
        chosen = self._room.session.history.current if "choice" in intent.parameters else None
        phrase = chosen.answer.phrase if chosen else self._room.listening.phrase()
        if not len(phrase):
            offer = Intent(intent.text, "compose", 1.0, intent.engine, intent.parameters)
            return Reply(replies.reply("continue", "no_phrase"), if_yes=offer)
        return self._fresh("continue", phrase, self._said(intent), turn)

    def compose(self, intent: Intent, turn: Turn) -> Reply:
        """Make something new."""
        return self._fresh("compose", Phrase(), self._said(intent), turn)

    def _said(self, intent: Intent, *, kept: bool = False) -> dict[str, ParameterValue]:
        """Return what was said, with what shall be the same as in the open answer."""
        last = self._room.session.history.current
        return with_same(dict(intent.parameters), intent.text, last, kept=kept)

    def _fresh(
        self, verb: Verb, phrase: Phrase, said: Mapping[str, ParameterValue], turn: Turn
    ) -> Reply:
        items = replies.changes(said, again=False)
        version = self._make(phrase, self._fresh_request(verb, said), items, turn)
        if version is None:
            return Reply(replies.reply("cancelled", "done"))
        text = replies.reply(
            verb,
            "done",
            are_length=replies.are_seconds(version.answer.seconds),
            how=replies.how(items),
        )
        return self.presented(version, text)

    def _fresh_request(self, verb: Verb, said: Mapping[str, ParameterValue]) -> Request:
        session = self._room.session
        return with_parameters(replace(session.defaults, verb=verb, seed=session.next_seed()), said)

    def adjust(self, intent: Intent, turn: Turn) -> Reply:
        """Change the last request and do it again with the same phrase and seed."""
        said = self._said(intent, kept=True)
        if not ADJUSTABLE & said.keys():
            return self._without_change(intent, turn)
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
        version = self._make(phrase, request, items, turn, any_seed=False)
        if version is None:
            return Reply(replies.reply("cancelled", "done"))
        length = replies.seconds(version.answer.seconds)
        text = replies.reply("adjust", case, changes=replies.listed(items), length=length)
        return self.presented(version, text)

    def _without_change(self, intent: Intent, turn: Turn) -> Reply:
        """Play the answer that was named, else ask what to change."""
        current = self._room.session.history.current
        if "choice" in intent.parameters and current is not None:
            length = replies.seconds(current.answer.seconds)
            return self.presented(current, replies.reply("play_back", "answer", length=length))
        text = replies.reply("adjust", "no_change")
        return Reply(text, if_yes=intent, fills="*") if turn.asks else Reply(text)

    def vary(self, intent: Intent, turn: Turn) -> Reply:
        """Make another answer to the same request: only chance differs, and what was said."""
        last = self._room.session.history.current
        if last is None:
            phrase = self._room.listening.phrase()
            if not len(phrase):
                return Reply(replies.reply("vary", "nothing"))
            return self._fresh("continue", phrase, intent.parameters, turn)
        said = self._said(intent, kept=True)
        items = replies.changes(said, again=True)
        request = self._varied_request(last, said)
        version = self._make(last.phrase, request, items or ["another version"], turn)
        if version is None:
            return Reply(replies.reply("cancelled", "done"))
        length, number = replies.seconds(version.answer.seconds), self._room.session.history.number
        text = replies.reply(
            "vary", "done", length=length, how=replies.how(items), number=number or 1
        )
        return self.presented(version, text)

    def _varied_request(self, last: Version, said: Mapping[str, ParameterValue]) -> Request:
        request = with_parameters(last.request, said, again=True)
        return replace(request, seed=self._room.session.next_seed())

    def begin_ahead(self, intent: Intent) -> None:
        """Begin to make what a sentence asks for as far as it was heard; nothing else changes."""
        if AHEAD_NOT & intent.parameters.keys():
            return
        begin, last = self._room.ahead.begin, self._room.session.history.current
        said = self._said(intent, kept=intent.name in ("adjust", "vary"))
        match intent.name:
            case "compose":
                begin(Phrase(), self._fresh_request("compose", said))
            case "continue" if len(phrase := self._room.listening.phrase()):
                request, partner = self._fresh_request("continue", said), self._room.partner
                if not partner.is_playing() and partner.ready_draft(request) is None:
                    begin(phrase, request)
            case "vary" if last is not None:
                begin(last.phrase, self._varied_request(last, said))
            case "adjust" if last is not None and ADJUSTABLE & said.keys():
                begin(last.phrase, with_parameters(last.request, said, again=True))

    def _make(
        self,
        phrase: Phrase,
        request: Request,
        items: list[str],
        turn: Turn,
        *,
        any_seed: bool = True,
    ) -> Version | None:
        """Generate and open a version; None when the turn was cancelled meanwhile.

        ``any_seed``: the request's is a new one; what was made ahead has another, as good. What
        was heard of a turn that was cancelled is kept.
        """
        self._room.silence()
        unfolding, answer = Unfolding(self._room.stage, turn.cancelled), None
        try:
            request, answer = self._made(phrase, request, turn, unfolding, any_seed=any_seed)
        finally:
            unfolding.end(answer)
        is_cancelled = turn.cancelled.is_set()
        kept = unfolding.heard if is_cancelled else answer
        if kept is None:
            return None
        self._sounds = None if is_cancelled else unfolding.heard
        request = replace(request, seed=kept.seed)
        version = Version(phrase, request, kept, replies.listed(items))
        self._room.session.history.add(version)
        self._room.listening.recording_is_newest = False
        return None if is_cancelled else version

    def _made(
        self,
        phrase: Phrase,
        request: Request,
        turn: Turn,
        unfolding: Unfolding,
        *,
        any_seed: bool,
    ) -> tuple[Request, Answer]:
        """Return the answer with the request that it answers: made ahead, or now."""
        cancelled = turn.cancelled
        ready = self._room.ahead.take(
            phrase, request, cancelled, any_seed=any_seed, grown=unfolding.take
        )
        if ready is not None:
            return ready
        unfolding.drop()
        generator, begun_s = self._room.generator(), time.perf_counter()

        def grown(answer: Answer) -> None:
            unfolding.take(answer, time.perf_counter() - begun_s)

        return request, generator.generate(phrase, request, cancelled, grown=grown)

    def presented(self, version: Version, text: str) -> Reply:
        """Play or write a version; return the reply with its facts."""
        answer, sounds = version.answer, self._sounds
        title, self._sounds = version.changed or version.request.verb, None
        files: tuple[Path, ...] = ()
        if sounds is not answer:
            files = self._room.stage().present(version.phrase, answer, title)
        facts: dict[str, ParameterValue] = {
            "seconds": round(answer.seconds, 3),
            "seed": answer.seed,
            "notes": len(answer.phrase),
        }
        if (number := self._room.session.history.number) is not None:
            facts["answer"] = number
        return Reply(text, files, facts=facts)
