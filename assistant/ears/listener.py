"""The ears: a stream of sound in, events out; the same whether live or from files.

Time is counted in samples, so that an hour of sound is heard in minutes and always the same way.
Nothing here waits, plays or carries out: whoever feeds a listener acts on its events.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, Int16Samples
from assistant.ears.attention import FOLLOW_UP_S, Attention
from assistant.ears.confidence import Following
from assistant.ears.confirming import Call, Confirmation
from assistant.ears.early import Early
from assistant.ears.end_of_sentence import silence_needed_s
from assistant.ears.heard import (
    QUIET,
    STOP_WORD,
    EarEvent,
    FellAsleep,
    Partial,
    Room,
    StopHeard,
    Woken,
)
from assistant.ears.judging import Judge
from assistant.ears.second_look import Clock, Look
from assistant.ears.second_look import Stream as SecondStream
from assistant.ears.second_opinion import sound_of
from assistant.ears.spotter import Spotter
from assistant.ears.voice_activity import Detector, VoiceActivity
from assistant.ears.vosk_recogniser import HeardWord
from assistant.ears.wake_word import WakeWord

LOOK_S = 0.06
"""How often sound is decoded and unfinished sentences are looked at, while nobody has called:
decoding each block of 20 ms by itself costs half as much again (docs/voice.md)."""
LAG_S = 0.12
"""A word is written so long after it was said (docs/voice.md)."""
SLACK_S, MUSIC_SLACK_S = 0.25, 0.1
"""The text alone ends a sentence when it stays so much longer than a silence would have to: less
while notes sound, which look like speech to the detector; less in quiet cuts long words off."""
LONGEST_S = 15.0
"""A sentence that goes on longer is cut: a radio must not be listened to for ever."""
STOP_FIRST_S = 0.5
"""A call beside music may be followed by "stop" for so long; a second opinion on the call would
keep the ears."""
WRITTEN_S = 0.2
"""So long after its end a call is written, and no word after it."""
OVERLAP_S = 0.1
"""Words that begin so shortly before the end of a call may belong to what comes after it."""
KEEP_S = 20.0
"""Sound of a sentence that is kept for the trace."""
BEFORE_S = 1.0
"""Sound that is kept from before its first word was written: the word itself lies in there."""


class Stream(Protocol):
    """A recogniser that is fed."""

    def accept(self, block: Int16Samples) -> list[HeardWord]:
        """Take the next samples; return the words of a part that ended inside, mostly []."""
        ...

    def partial(self) -> str:
        """Return what has been understood of the part that is going on."""
        ...

    def finish(self) -> list[HeardWord]:
        """Return the words of that part now."""
        ...


class Listener:
    """Hears calls, commands and "stop" in a stream of 16 kHz blocks; for one thread."""

    def __init__(
        self,
        stream: Stream,
        wake_word: str,
        *,
        is_command: Callable[[str], bool] = lambda _text: True,
        follow_up_s: float = FOLLOW_UP_S,
        detector: Detector | None = None,
        second: SecondStream | None = None,
        spotter: Spotter | None = None,
        clock: Clock = lambda: 0.0,
        following: Following | None = None,
    ) -> None:
        """``second``: another stream of the same recogniser, to know calls sooner.

        ``spotter``: for calls and "stop" while music sounds. ``clock``: of live ears, which must
        not fall behind. ``following`` judges sentences without a call; calls are confirmed by its
        opinion.
        """
        self._stream = stream
        self._wake = WakeWord(wake_word)
        self._early = Early(self._wake, second, clock, spotter)
        self._is_command = is_command
        following = following or Following()
        self._judge = Judge(is_command, following)
        self._confirmation = Confirmation(following.opinion)
        self._attention = Attention(follow_up_s)
        self._voice = VoiceActivity(detector) if detector else None
        self._samples = 0
        self._waiting: list[Int16Samples] = []
        """Sound that has not been decoded yet."""
        self._looked_s = 0.0
        self._room = QUIET
        self._needed = ("", silence_needed_s("", is_command))
        """The text so far, and the silence after which it is a sentence."""
        self.sound: list[Int16Samples] = []
        """Of the sentence that is going on, or has just ended: for the trace."""
        self._begin_sentence()

    @property
    def now_s(self) -> float:
        """Seconds of sound so far."""
        return self._samples / SPEECH_RATE_HZ

    @property
    def is_awake(self) -> bool:
        """A call has been heard, or the ears are open."""
        return self._is_woken or self._attention.is_open(self.now_s)

    @property
    def is_named(self) -> bool:
        """The wake word may have been said this moment: a reason to play more softly."""
        return self._is_woken or self._early.is_named(self.now_s)

    def open(self) -> list[EarEvent]:
        """Open the ears by hand (push to talk): the next sentence needs no wake word."""
        self._attention.called(self.now_s)
        return [Woken(self.now_s)]

    def hear(self, block: Int16Samples, room: Room = QUIET) -> list[EarEvent]:
        """Take the next samples; return what came out of them."""
        self._take_up(room)
        self._samples += len(block)
        self._keep(block)
        self._waiting.append(block)
        events: list[EarEvent] = []
        is_due = self._is_woken or self.now_s - self._looked_s >= LOOK_S
        if is_due:
            self._decode(events)
        if self._voice is not None and self.is_awake:
            self._voice.hear(block)
        if is_due:
            self._looked_s = self.now_s
            self._look(events)
        return events

    def finish(self) -> list[EarEvent]:
        """Return what is left when the sound has ended."""
        events: list[EarEvent] = []
        self._decode(events)
        self._end_sentence(events)
        return events

    # A sentence

    @property
    def _is_meant(self) -> bool:
        """The sentence that goes on is for Encore: called, or begun while the ears were open."""
        return self._is_woken or self._attention.is_open(self._began_s)

    def _begin_sentence(self) -> None:
        self._words: list[HeardWord] = []
        self._partial = ""
        self._changed_s = self._began_s = self.now_s
        self._is_woken = False
        self._has_stopped = self._saw_stop = False
        """Acted on "stop"; a look has seen it."""
        self._spotted: Call | None = None
        """Where a look has seen the call of this sentence."""
        self._before_command = 0
        """Words of the text up to that call: others than the wake word, where it was misheard."""
        self._early.begin()
        self._confirmation.begin()

    def _take_up(self, room: Room) -> None:
        if self._room.own_words and not room.own_words and not self._is_woken:
            self._feed()
            self._stream.finish()  # what Encore said is no command
            self._begin_sentence()
        if room.is_answering:
            self._attention.answered(self.now_s)
        self._room = room

    def _keep(self, block: Int16Samples) -> None:
        if not self._words and not self._partial:
            self.sound = self.sound[-round(BEFORE_S / max(len(block) / SPEECH_RATE_HZ, 0.01)) :]
        self.sound.append(block)
        if len(self.sound) * len(block) > KEEP_S * SPEECH_RATE_HZ:
            del self.sound[0]

    def _feed(self) -> list[HeardWord]:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return []
        sound = np.concatenate(waiting)
        self._early.hear(sound, self.now_s, self._room)
        return self._stream.accept(sound)

    def _decode(self, events: list[EarEvent]) -> None:
        if words := self._feed():
            self._part_ended(words, events)

    def _part_ended(self, words: list[HeardWord], events: list[EarEvent]) -> None:
        """The recogniser closed a part of its own; the sentence may go on."""
        if not self._words:
            self._began_s = words[0].start_s
        self._words += words
        self._partial = ""
        self._changed_s = max(self._changed_s, words[-1].end_s)
        after = self._after_call()
        if after is not None:
            self._wake_up(events)
        elif not self._is_meant:
            self._begin_sentence()

    def _look(self, events: list[EarEvent]) -> None:
        partial = self._stream.partial()
        has_changed = partial != self._partial
        if has_changed:
            if not self._words and not self._partial:
                self._began_s = self.now_s - LAG_S
            self._partial, self._changed_s = partial, self.now_s
        if has_changed or self._early.is_open(self.now_s):
            self._act_early(events)
        if self._words or self._partial:
            if self._is_over():
                self._end_sentence(events)
        elif self._attention.ended(self.now_s):
            self._begin_sentence()  # also when the call has gone from the text again
            events.append(FellAsleep(self.now_s))

    def _act_early(self, events: list[EarEvent]) -> None:
        """Wake up and stop before the sentence is over: both do no harm."""
        heard, is_begun = self._partial.split(), bool(self._words)
        self._early.take(heard, self.now_s, self._room, is_begun=is_begun)
        was_woken, look = self._is_woken, self._look_closely(heard)
        if look is not Look.NOTHING:
            self._wake_up(events)
        if look is Look.STOP:
            self._saw_stop = True
            self._stop(events)
        after = self._early.opening(heard, self._room, is_begun=is_begun)
        if self._is_woken:
            after = self._command_in(heard)
        if not self.is_awake or (self._room.own_words and not self._is_woken):
            return
        rest = heard[after or 0 :]
        if rest[:1] == [STOP_WORD] and self._may_stop():
            self._stop(events)
        if self._changed_s == self.now_s or self._is_woken != was_woken:
            events.append(Partial(" ".join(rest)))

    def _look_closely(self, heard: list[str]) -> Look:
        if self._has_stopped or (self._is_woken and not self._room.is_music):
            return Look.NOTHING  # all is known
        look = self._early.look(heard, self.sound, self.now_s, self._room)
        call = self._early.call(self._room)
        if call is not None and self.now_s - call.end_s <= WRITTEN_S:
            self._before_command = len(self._told())
        if look is Look.NOTHING or self._is_woken or call is None:
            return look
        if look is Look.CALL and not self._is_call(call):
            return Look.NOTHING
        self._spotted = call
        return look

    def _is_call(self, call: Call) -> bool:
        """Tell whether a look has seen a call; beside music not before "stop" would be known."""
        if self._room.is_music and self.now_s - call.end_s < STOP_FIRST_S:
            return False
        return not self._confirmation.is_tired_of(call) and self._is_confirmed(call)

    def _is_confirmed(self, call: Call) -> bool:
        return self._confirmation.confirms(call, self.sound, self.now_s)

    def _stop(self, events: list[EarEvent]) -> None:
        if not self._has_stopped:
            self._has_stopped = True
            events.append(StopHeard(self.now_s))

    def _may_stop(self) -> bool:
        """Notes alone do not stop the music: while they sound "stop" needs the wake word."""
        return self._is_woken or not self._room.is_music

    def _wake_up(self, events: list[EarEvent]) -> None:
        if self._is_woken:
            return
        self._is_woken = True
        self._attention.called(self.now_s)
        if self._voice is not None:
            self._voice.restart()
        events.append(Woken(self.now_s))

    def _is_over(self) -> bool:
        if not self._is_meant:
            return False  # the recogniser's own end-pointing is good enough for talk
        text = self._text_so_far()
        if self._needed[0] != text:
            self._needed = (text, silence_needed_s(text, self._is_command))
        return self._silence_s() >= self._needed[1] or self.now_s - self._began_s > LONGEST_S

    def _silence_s(self) -> float:
        """Return the time since the last word: by voice activity, or by the words alone."""
        since_word_s = self.now_s - self._changed_s
        if self._voice is None:
            return since_word_s
        # Music can look like speech to the detector: a recogniser that writes nothing new wins.
        slack_s = MUSIC_SLACK_S if self._room.is_music else SLACK_S
        return max(min(self._voice.silence_s, since_word_s + LAG_S), since_word_s - slack_s)

    def _text_so_far(self) -> str:
        words = self._told()
        return " ".join(words[self._command_in(words) or 0 :])

    def _command_in(self, words: list[str]) -> int | None:
        """Return where the command begins in the last words of the text; None without a call."""
        after = self._wake.after(words)
        if after is None and self._spotted is not None:
            after = max(self._before_command - len(self._told()) + len(words), 0)
        return after

    def _told(self) -> list[str]:
        return [word.word for word in self._words if word.is_known] + self._partial.split()

    def _end_sentence(self, events: list[EarEvent]) -> None:
        self._words += self._stream.finish()
        words, was_woken, has_stopped = self._words, self._is_woken, self._has_stopped
        saw_stop = self._saw_stop
        after = self._after_call()
        may_follow = self._is_meant and not self._room.own_words
        self._begin_sentence()
        if after is None and not may_follow:
            return
        if after is not None and not was_woken:
            events.append(Woken(self.now_s))
            self._attention.called(self.now_s)
        rest = words[after or 0 :]
        judge = (
            partial(self._judge.judge_stop, surely=saw_stop) if has_stopped else self._judge.judge
        )
        called, is_music = after is not None, self._room.is_music
        sound, now_s = self.sound, self.now_s
        events += judge(
            rest,
            now_s,
            called=called,
            is_music=is_music,
            sound=lambda: sound_of(rest, sound, now_s),
        )

    def _after_call(self) -> int | None:
        if self._early.names_itself(self._room):
            return None
        after = self._wake.after_call(
            self._words, anywhere=bool(self._room.own_words), in_music=self._room.is_music
        )
        if after is None and self._spotted is not None and self._is_woken:
            until_s = self._spotted.end_s - OVERLAP_S  # words of the graph stand in its place
            return sum(word.start_s < until_s for word in self._words)
        if after is None or self._is_woken:
            return after
        first = self._words[after - len(self._wake.words)]
        call = Call(first.start_s, self._words[after - 1].end_s)
        return after if self._is_confirmed(call) else None
