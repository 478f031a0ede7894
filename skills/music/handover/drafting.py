"""Which answers are made ahead of the hand-over, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from skills.music.handover.drafts import Drafts, Job
from skills.music.handover.entries import is_fresh
from skills.music.handover.hearing import Hearing
from skills.music.handover.pedal import HandoverPedal
from skills.music.handover.turns import Cause, Order, Phase, Turns
from skills.music.request import Request

QUIET_S = 0.12
"""After so long without a key an answer is made ahead, where one may be wanted at any moment …"""
IDLE_QUIET_S = 0.6
"""… and after so long where nobody has asked for one yet."""
IDLE_LONG_S = 60.0
"""What was played longer ago is answered when somebody asks."""
MANY_STROKES = 4
"""From so many keys on, drafts are made while the player plays, for one who hands over by pedal."""


class Drafting:
    """Decides what the drafts shall be of; for the partner's thread."""

    def __init__(
        self,
        drafts: Drafts,
        turns: Turns,
        pedal: HandoverPedal,
        request: Callable[[], Request],
    ) -> None:
        """``request`` gives a new request with the defaults and a new seed."""
        self._drafts = drafts
        self._turns = turns
        self._pedal = pedal
        self._request = request

    def order(self) -> Order:
        """Return what an answer would be to: what is due, what was asked for, or just going on."""
        due = self._turns.answering_order() if self._turns.phase is Phase.DUE else None
        return due or self._turns.order or Order(self._request())

    def wants(self, hearing: Hearing, now_s: float) -> bool:
        """Tell whether a new draft shall be made now."""
        strokes, quiet_s = hearing.memory.strokes, now_s - hearing.last_event_s
        if self._turns.phase is Phase.ANSWERING or self._is_drafting(hearing, now_s):
            return False
        if strokes <= hearing.answered or quiet_s > IDLE_LONG_S:
            return False
        if self._turns.phase is Phase.IDLE and self._pedal.number is None:
            soon = quiet_s >= IDLE_QUIET_S
        else:
            soon = quiet_s >= QUIET_S or strokes - hearing.answered >= MANY_STROKES
        tried = self._drafts.tried
        return soon and not (tried and tried.fits(self.order().request, strokes))

    def _is_drafting(self, hearing: Hearing, now_s: float) -> bool:
        """Tell whether what is being made shall be finished.

        A draft that has been played past is, while the player goes on, and where the pedal would
        find nothing better: on a busy machine no draft would ever be finished between two keys.
        """
        making = self._drafts.making
        if making is None:
            return self._drafts.is_busy
        quiet_s = now_s - hearing.last_event_s
        if quiet_s < QUIET_S or making.fits(self.order().request, hearing.memory.strokes):
            return True
        if self._turns.phase is Phase.DUE:
            return self._turns.cause is not Cause.END
        newest = self._drafts.newest
        has_one = newest is not None and is_fresh(newest, hearing, now_s)
        return self._pedal.number is not None and not has_one and quiet_s < IDLE_QUIET_S

    def job(self, hearing: Hearing, order: Order, now_s: float) -> Job:
        """Return what a draft is made of: the phrase so far, and what it shall become."""
        strokes = hearing.memory.strokes
        heard, pulse = hearing.phrase(now_s)
        request = replace(order.request, seed=self._request().seed)
        if order.bars is not None and pulse is not None:
            seconds = order.bars * pulse.bar_s
            request = replace(request, seconds=seconds, bars=None)
        return Job(heard.phrase, request, strokes, now_s, pulse, order.request)
