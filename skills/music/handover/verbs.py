"""Verbs of taking turns: continue while somebody plays, jam, record from now on, scrap that."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from assistant.contract import Intent, ParameterValue, Reply, Turn
from skills.music import replies
from skills.music.handover.recording import Recorder
from skills.music.handover.turns import Order
from skills.music.merging import with_parameters
from skills.music.room import Room
from skills.music.session import Version
from skills.music.stage import LiveStage

Verb = Callable[[Intent, Turn], Reply]
NOW: Final = re.compile(r"\b(?:now|right away|at once|immediately)\b")
"""Words that do not wait for the end of the phrase."""
LENGTHS: Final = frozenset({"duration_seconds", "duration_bars"})


class TakingTurns:
    """What is done live; everything else is left to the verbs that were there."""

    def __init__(
        self,
        room: Room,
        recorder: Recorder,
        *,
        continue_: Verb,
        undo: Verb,
        record: Verb,
        present: Callable[[Version, str], Reply],
    ) -> None:
        self._room = room
        self._recorder = recorder
        self._continue, self._undo, self._record = continue_, undo, record
        self._present = present

    def continue_(self, intent: Intent, turn: Turn) -> Reply:
        """Go on from what is played: when the player stops, or at once where nobody plays."""
        partner, listening = self._room.partner, self._room.listening
        if intent.parameters.get("span") == "past":
            listening.hear(listening.span(intent.parameters))
            return self._continue(_without(intent, LENGTHS | {"span"}), turn)
        if "choice" in intent.parameters or not listening.is_heard_live():
            return self._continue(intent, turn)
        if not partner.is_playing():
            return self._at_once(intent, turn)
        order = self._order(intent)
        if NOW.search(intent.text):
            partner.take_over(order)
            return Reply(replies.reply("continue", "now", how=replies.how(list(order.items))))
        partner.arm(order)
        return Reply(replies.reply("continue", "armed", how=replies.how(list(order.items))))

    def jam(self, intent: Intent, turn: Turn) -> Reply:
        """Take turns until somebody says stop; with a phrase in the place of a keyboard, once."""
        if self._room.listening.live is None:
            if not len(self._room.listening.phrase()):
                return Reply(replies.reply("jam", "no_keyboard"))
            return self._continue(intent, turn)
        said = intent.parameters
        order = replace(self._order(intent), again=True, bars=_bars(intent))
        self._room.silence()
        self._room.partner.arm(order)
        how = replies.how(list(order.items))
        if order.bars is not None and "duration_bars" in said:
            return Reply(replies.reply("jam", "bars", bars=replies.number(order.bars), how=how))
        return Reply(replies.reply("jam", "started", how=how))

    def record(self, intent: Intent, turn: Turn) -> Reply:
        """Record from now on, counted in where a length is said; what is past is kept."""
        said = intent.parameters
        if "span" in said or self._room.listening.live is None:
            return self._record(intent, turn)
        return self._recorder.start(said)

    def undo(self, intent: Intent, turn: Turn) -> Reply:
        """Scrap the recording that is open or newest, else step back."""
        self._recorder.cancel()
        if self._room.listening.scrap():
            self._room.silence()
            return Reply(replies.reply("record", "scrapped"))
        return self._undo(intent, turn)

    def _order(self, intent: Intent) -> Order:
        said: dict[str, ParameterValue] = dict(intent.parameters)
        base = replace(self._room.session.defaults, verb="continue", seed=0)
        return Order(with_parameters(base, said), tuple(replies.changes(said, again=False)))

    def _at_once(self, intent: Intent, turn: Turn) -> Reply:
        """Answer a player who has finished: with the answer that is there already, if one is."""
        stage = self._room.stage()
        if not isinstance(stage, LiveStage):
            return self._answered(intent, turn)
        stage.next_entry = self._room.partner.next_beat_s
        stage.on_begin = self._room.partner.has_begun
        try:
            return self._answered(intent, turn)
        finally:
            stage.next_entry, stage.on_begin = None, lambda: None

    def _answered(self, intent: Intent, turn: Turn) -> Reply:
        partner, order = self._room.partner, self._order(intent)
        draft = partner.ready_draft(order.request)
        if draft is None:
            partner.drafts.drop()
            return self._continue(intent, turn)
        items = replies.listed(list(order.items))
        version = Version(draft.job.phrase, draft.job.request, draft.answer, items)
        self._room.session.history.add(version)
        how = replies.how(list(order.items))
        length = replies.are_seconds(draft.answer.seconds)
        text = replies.reply("continue", "done", are_length=length, how=how)
        return self._present(version, text)


def _bars(intent: Intent) -> int | None:
    bars = intent.parameters.get("duration_bars")
    return int(bars) if bars is not None else None


def _without(intent: Intent, names: frozenset[str]) -> Intent:
    kept = {n: v for n, v in intent.parameters.items() if n not in names}
    return Intent(intent.text, intent.name, intent.confidence, intent.engine, kept)
