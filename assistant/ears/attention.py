"""Whether words without the wake word are meant for Encore: the follow-up time; pure."""

from __future__ import annotations

FOLLOW_UP_S = 6.0
"""After a reply has ended the next command needs no wake word for so long."""
CALL_S = 6.0
"""After the wake word alone a command may come for so long."""


class Attention:
    """A window in time: opened by a call and by the end of a reply, closed when it is over."""

    def __init__(self, follow_up_s: float = FOLLOW_UP_S) -> None:
        self._follow_up_s = follow_up_s
        self._until_s = float("-inf")

    def is_open(self, now_s: float) -> bool:
        """Tell whether a sentence that begins now needs no wake word."""
        return now_s <= self._until_s

    def called(self, now_s: float) -> None:
        """The wake word was said: a command may follow."""
        self._until_s = max(self._until_s, now_s + max(CALL_S, self._follow_up_s))

    def answered(self, now_s: float) -> None:
        """A reply has ended, or still goes on: the next command may follow."""
        self._until_s = max(self._until_s, now_s + self._follow_up_s)

    def ended(self, now_s: float) -> bool:
        """Tell once that the time is over."""
        if self._until_s == float("-inf") or self.is_open(now_s):
            return False
        self.close()
        return True

    def close(self) -> None:
        """Ask for the wake word from now on."""
        self._until_s = float("-inf")
