"""Whether somebody calls in the sentence that is being heard: by its words, and by looks."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.audio_files import Int16Samples
from assistant.ears.confirming import Call, Confirmation
from assistant.ears.early import Early
from assistant.ears.heard import Room
from assistant.ears.second_look import Look
from assistant.ears.sentence import Sentence
from assistant.ears.talk import TalkBefore
from assistant.ears.wake_word import WakeWord

STOP_FIRST_S = 0.7
"""A call beside music may be followed by "stop" for so long: its word ends 0.38 to 0.72 s after the
call's (eight voices), and second opinions on the call keep the ears for 0.1 to 0.3 s."""
WRITTEN_S = 0.2
"""So long after its end a call is written, and no word after it."""
OVERLAP_S = 0.1
"""Words that begin so shortly before the end of a call may belong to what comes after it."""


class Calls:
    """Finds and confirms calls; for one thread."""

    def __init__(
        self,
        wake: WakeWord,
        early: Early,
        confirmation: Confirmation,
        talk: TalkBefore | None = None,
    ) -> None:
        self._wake, self._early, self._confirmation = wake, early, confirmation
        self._talk = talk

    def begin(self) -> None:
        """Another sentence begins."""
        self._confirmation.begin()

    def look(
        self, sentence: Sentence, sound: Sequence[Int16Samples], now_s: float, room: Room
    ) -> Look:
        """Return what a look at the sound up to now is sure of; notes where the call lies."""
        if sentence.has_stopped or (sentence.is_woken and not room.is_music):
            return Look.NOTHING  # all is known
        look = self._early.look(sentence.partial.split(), sound, now_s, room)
        call = self._early.call(room)
        if call is not None and now_s - call.end_s <= WRITTEN_S:
            sentence.command_begins_here()
        is_talk = call is not None and self._is_talk(call, sound, now_s, room)
        if is_talk:
            return Look.NOTHING
        if look is Look.NOTHING or sentence.is_woken or call is None:
            return look
        # A "stop" does not wait until it is known that nobody talked before: that would be late.
        if look is Look.CALL and (is_talk is None or not self._is_call(call, sound, now_s, room)):
            return Look.NOTHING
        sentence.call = call
        return look

    def after_call(
        self, sentence: Sentence, sound: Sequence[Int16Samples], now_s: float, room: Room
    ) -> int | None:
        """Return where the words after the call begin in the closed parts; None without a call."""
        if self._early.names_itself(room):
            return None
        words = sentence.words
        after = self._wake.after_call(words, anywhere=bool(room.own_words), in_music=room.is_music)
        if after is None and sentence.call is not None and sentence.is_woken:
            until_s = sentence.call.end_s - OVERLAP_S  # words of the graph stand in its place
            return sum(word.start_s < until_s for word in words)
        if after is None or sentence.is_woken:
            return after
        call = Call(words[after - len(self._wake.words)].start_s, words[after - 1].end_s)
        return after if self._confirmation.confirms(call, sound, now_s) else None

    def _is_call(self, call: Call, sound: Sequence[Int16Samples], now_s: float, room: Room) -> bool:
        """Tell whether a look has seen a call; beside music not before "stop" would be known."""
        if room.is_music and now_s - call.end_s < STOP_FIRST_S:
            return False
        if self._confirmation.is_tired_of(call):
            return False
        return self._confirmation.confirms(call, sound, now_s)

    def _is_talk(
        self, call: Call, sound: Sequence[Int16Samples], now_s: float, room: Room
    ) -> bool | None:
        """Tell whether talk runs into a call beside music; None while that is not known yet."""
        if self._talk is None or not room.is_music or room.own_words:
            return False
        return self._talk.runs_into(call, sound, now_s)
