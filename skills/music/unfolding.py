"""A long answer sounds as soon as its beginning is settled, while the rest of it is made."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from skills.music.generator.answer import Answer
from skills.music.stage import Growing, Stage

MOST_SPENT = 0.4
"""What took longer than this share of the time that it lasts waits for more: who plays must not
come to the end of what is made. On a free core 5 s take 0.2 to 0.8 s."""


class Unfolding:
    """One answer on its way from the generator to the stage; for one thread."""

    def __init__(self, stage: Callable[[], Stage], cancelled: Event) -> None:
        self._stage, self._cancelled = stage, cancelled
        self._growing: Growing | None = None
        self.heard: Answer | None = None
        """As far as it was given to the stage; None while nothing sounds."""

    def take(self, answer: Answer, spent_s: float) -> None:
        """Take an answer as far as it is settled, and how long that took to make."""
        if self._cancelled.is_set():
            return
        if self._growing is not None:
            self._growing.grow(answer)
        elif spent_s <= MOST_SPENT * answer.seconds:
            self._growing = self._stage().begin(answer)
        if self._growing is not None:
            self.heard = answer
            if self._cancelled.is_set():  # "stop" was said just before it began
                self._stage().stop()

    def drop(self) -> None:
        """Begin anew with another answer: the rest of this one cannot be made."""
        if not self._cancelled.is_set():
            self.end(None)
            self._growing = self.heard = None

    def end(self, answer: Answer | None) -> None:
        """Give the rest of the whole answer; None: there is no more."""
        if self._growing is None:
            return
        if answer is None or self._cancelled.is_set():
            self._growing.end()
        else:
            self._growing.grow(answer, is_whole=True)
            self.heard = answer
