"""Whose turn it is: a state machine without a clock, a thread or a device."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from skills.music.request import Request

FALSE_END_S = 1.5
"""Whoever plays on so soon after Encore came in had not finished: Encore waits for the real end."""


class Phase(Enum):
    """What Encore does."""

    IDLE = "idle"
    WAITING = "waiting"
    """It was asked to take over and waits until the player has finished."""
    DUE = "due"
    """It has been decided; the answer begins at the next beat."""
    ANSWERING = "answering"


class Cause(Enum):
    """Why it was decided."""

    END = "musical end"
    PEDAL = "pedal"
    BARS = "bars"
    """The player's share of the bars is over."""
    WORD = "word"
    """A command that said now."""


class Move(Enum):
    """What is to be done."""

    ENTER = "enter"
    CALL_OFF = "call off"
    """The player goes on: the answer that was due is dropped."""
    GIVE_WAY = "give way"
    """The player came back: the answer ends, or goes on softly."""


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for."""

    request: Request
    """Of every answer, but for its seed."""
    items: tuple[str, ...] = ()
    """What was asked for, in words."""
    again: bool = False
    """True: take turns until somebody says stop."""
    bars: int | None = None
    """Each side plays so many bars; None: each as long as it likes."""


class Turns:
    """Decides; all times are seconds on one clock. Each method returns what is to be done."""

    def __init__(self) -> None:
        self.phase = Phase.IDLE
        self.order: Order | None = None
        self.cause = Cause.END
        self._entered_s = float("-inf")
        self._answered: Order | None = None

    def arm(self, order: Order) -> Move | None:
        """Take over when the player has finished."""
        called_off = Move.CALL_OFF if self.phase is Phase.DUE else None
        self.order = order
        self.phase = Phase.WAITING
        return called_off

    def disarm(self) -> Move | None:
        """Forget every order: somebody said stop."""
        called_off = Move.CALL_OFF if self.phase is Phase.DUE else None
        self.order = None
        self.phase = Phase.IDLE
        return called_off

    def decide(self, cause: Cause, order: Order | None = None) -> Move | None:
        """The player has finished (or handed over by pedal, which needs no order before)."""
        if cause is Cause.PEDAL and self.phase is Phase.ANSWERING:
            return self._give_way()
        order = self.order or order
        if order is None or self.phase not in (Phase.IDLE, Phase.WAITING):
            return None
        if self.phase is Phase.IDLE and cause is Cause.END:
            return None
        self._answered = order
        self.cause = cause
        self.phase = Phase.DUE
        return Move.ENTER

    def struck(self, now_s: float) -> Move | None:
        """The player struck a key."""
        if self.phase is Phase.DUE and self.cause is Cause.END:
            self.phase = Phase.WAITING
            return Move.CALL_OFF
        if self.phase is not Phase.ANSWERING:
            return None
        too_early = self.cause is Cause.END and now_s - self._entered_s < FALSE_END_S
        if too_early:
            self.order = self._answered
        return self._give_way()

    def begun(self, now_s: float) -> None:
        """An answer was begun from outside."""
        self.phase, self.cause, self._entered_s = Phase.ANSWERING, Cause.WORD, now_s

    def entered(self, now_s: float) -> None:
        """The answer's first note sounds."""
        if self.phase is Phase.DUE:
            self.phase = Phase.ANSWERING
            self._entered_s = now_s
            self._is_served()

    def finished(self) -> None:
        """The answer is over, was written into a file, or could not be played."""
        if self.phase is Phase.DUE:
            self._is_served()
        if self.phase in (Phase.DUE, Phase.ANSWERING):
            self._rest()

    def answering_order(self) -> Order | None:
        """Return the order of the answer that is due or sounds."""
        return self._answered

    def _is_served(self) -> None:
        """The order has its answer: one to take turns stays."""
        if self.order is not None and not self.order.again:
            self.order = None

    def _give_way(self) -> Move:
        self._rest()
        return Move.GIVE_WAY

    def _rest(self) -> None:
        self.phase = Phase.WAITING if self.order is not None else Phase.IDLE
