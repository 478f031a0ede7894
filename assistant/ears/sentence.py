"""The sentence that is being heard: its words so far, and where the command in it begins; pure."""

from __future__ import annotations

from assistant.ears.confirming import Call
from assistant.ears.vosk_recogniser import HeardWord
from assistant.ears.wake_word import WakeWord

LAG_S = 0.12
"""A word is written so long after it was said (docs/voice.md)."""


class Sentence:
    """Words of parts that the recogniser has closed, and the text of the one that goes on."""

    def __init__(self, wake: WakeWord, now_s: float) -> None:
        self._wake = wake
        self.words: list[HeardWord] = []
        """Of the parts that are closed."""
        self.partial = ""
        """Text of the part that goes on."""
        self.changed_s = self.began_s = now_s
        """When the words changed last, and when the first one was said."""
        self.is_woken = False
        """Somebody called, or the ears are sure of it."""
        self.has_stopped = self.saw_stop = False
        """Acted on "stop"; a look has seen it."""
        self.call: Call | None = None
        """Where a look has seen the call of this sentence."""
        self._before_command = 0
        """Words of the text up to that call: others than the wake word, where it was misheard."""

    @property
    def is_empty(self) -> bool:
        """Nothing has been written yet, or what was has gone again."""
        return not self.words and not self.partial

    def close_part(self, words: list[HeardWord]) -> None:
        """Take the words of a part that the recogniser closed of its own."""
        if not self.words:
            self.began_s = words[0].start_s
        self.words += words
        self.partial = ""
        self.changed_s = max(self.changed_s, words[-1].end_s)

    def take(self, partial: str, now_s: float) -> bool:
        """Take the text of the part that goes on; tell whether it has changed."""
        if partial == self.partial:
            return False
        if self.is_empty:
            self.began_s = now_s - LAG_S
        self.partial, self.changed_s = partial, now_s
        return True

    def command_begins_here(self) -> None:
        """Note that what is written from now on comes after the call."""
        self._before_command = len(self._told())

    def command_in(self, words: list[str]) -> int | None:
        """Return where the command begins in the last words of the text; None without a call."""
        after = self._wake.after(words)
        if after is None and self.call is not None:
            after = max(self._before_command - len(self._told()) + len(words), 0)
        return after

    def command(self) -> str:
        """Return the text of the command so far, all of it where nobody called."""
        words = self._told()
        return " ".join(words[self.command_in(words) or 0 :])

    def _told(self) -> list[str]:
        return [word.word for word in self.words if word.is_known] + self.partial.split()
