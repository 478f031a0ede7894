"""What is known of a sentence before it is over: that Encore is called, and "stop"."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.audio_files import Int16Samples
from assistant.ears.confirming import Call
from assistant.ears.heard import STOP_WORD, Room
from assistant.ears.second_look import Clock, Look, SecondLook, Stream
from assistant.ears.spotter import Spotter
from assistant.ears.wake_word import WakeWord

STEADY_S = 0.1
"""Without a second look a call in an unfinished sentence counts when it stays for so long."""
LOOK_CLOSELY_S = 1.5
"""So long after the wake word has come up a "stop" is known sooner than by the stream."""


class Early:
    """Follows the unfinished text of one sentence after the other; for one thread."""

    def __init__(
        self,
        wake: WakeWord,
        second: Stream | None,
        clock: Clock,
        spotter: Spotter | None = None,
    ) -> None:
        """``second``: another stream of the same recogniser, to know "stop" sooner.

        ``spotter``: for the time while music or Encore's own voice sounds.
        """
        self._wake, self._spotter = wake, spotter
        self._second = SecondLook(second, wake, clock) if second else None
        self.begin()

    def begin(self) -> None:
        """Another sentence begins."""
        self._call_s: float | None = None
        """Since when the text opens with a call."""
        self._named_s: float | None = None
        """Since when the wake word stands in the text."""
        if self._second is not None:
            self._second.begin()

    def hear(self, sound: Int16Samples, now_s: float, room: Room) -> None:
        """Take the next samples, which end at ``now_s``."""
        if self._spotter is None:
            return
        if _is_loud(room) and not self.names_itself(room):
            self._spotter.feed(sound, now_s)
        else:
            self._spotter.rest()

    def is_open(self, now_s: float) -> bool:
        """Tell whether the wake word may have come up: it is worth another look."""
        return self._call_s is not None or self._named_s is not None or self.is_named(now_s)

    def is_named(self, now_s: float) -> bool:
        """Tell whether the wake word has just come up: it may be a call, it need not be one."""
        if self._spotter is not None and self._spotter.is_named(now_s):
            return True
        return self._named_s is not None and now_s - self._named_s <= LOOK_CLOSELY_S

    def opening(self, heard: Sequence[str], room: Room, *, is_begun: bool) -> int | None:
        """Return where the words after a call begin in an unfinished text; None without one.

        ``is_begun``: other words of the sentence lie before the text.
        """
        if room.own_words:
            return self._wake.after(heard) if not self.names_itself(room) else None
        return self._wake.after_opening(heard) if not is_begun else None

    def take(self, heard: Sequence[str], now_s: float, room: Room, *, is_begun: bool) -> None:
        """Take note of the text as it stands."""
        opening = self.opening(heard, room, is_begun=is_begun)
        self._call_s = None if opening is None else self._call_s or now_s
        named = self._wake.after(heard) if _is_loud(room) else opening
        if named is None or self.names_itself(room):
            self._named_s = None
        elif self._named_s is None:
            self._named_s = now_s

    def look(
        self, heard: Sequence[str], sound: Sequence[Int16Samples], now_s: float, room: Room
    ) -> Look:
        """Return what the sound up to now is known to be; a look's worth of decoding."""
        after = self._wake.after(heard)
        says_stop = after is not None and list(heard[after : after + 1]) == [STOP_WORD]
        if self._spotter is not None and _is_loud(room):
            if not self.is_named(now_s) or self.names_itself(room):
                return Look.NOTHING
            seen = self._spotter.look(sound, now_s)
            return Look.STOP if says_stop and self._spotter.call is not None else seen
        if self._second is None:
            is_steady = self._call_s is not None and now_s - self._call_s >= STEADY_S
            return Look.CALL if is_steady else Look.NOTHING
        if not self.is_named(now_s):
            return Look.NOTHING
        seen = self._second.look(sound, now_s, room)
        # Two opinions: the stream's on the word, a look's on the call.
        return Look.STOP if says_stop and self._second.glimpsed is not Look.NOTHING else seen

    def call(self, room: Room) -> Call | None:
        """Return where the last look has seen the wake word; None without one."""
        looks = self._spotter if self._spotter is not None and _is_loud(room) else self._second
        return looks.call if looks is not None else None

    def names_itself(self, room: Room) -> bool:
        """Tell whether Encore is saying its own wake word."""
        own = room.own_words.lower().replace(",", " ").split()
        return self._wake.after(own) is not None


def _is_loud(room: Room) -> bool:
    """Tell whether Encore's own sound, or the player's notes, cover what is said."""
    return room.is_music or bool(room.own_words)
