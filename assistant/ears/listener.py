"""The ears: a stream of sound in, events out; the same whether live or from files.

Time is counted in samples, so that an hour of sound is heard in minutes and always the same way.
Nothing here waits, plays or carries out: whoever feeds a listener acts on its events.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, Int16Samples
from assistant.ears.attention import FOLLOW_UP_S, Attention
from assistant.ears.calls import Calls
from assistant.ears.confidence import Following
from assistant.ears.confirming import Confirmation
from assistant.ears.early import Early
from assistant.ears.end_of_sentence import Ending
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
from assistant.ears.kept_sound import KeptSound
from assistant.ears.second_look import Clock, Look
from assistant.ears.second_look import Stream as SecondStream
from assistant.ears.second_opinion import sound_of
from assistant.ears.sentence import Sentence
from assistant.ears.spotter import RunningStream, Spotter
from assistant.ears.talk import TalkBefore
from assistant.ears.voice_activity import Detector
from assistant.ears.vosk_recogniser import HeardWord
from assistant.ears.wake_word import WakeWord

LOOK_S = 0.06
"""How often sound is decoded and unfinished sentences are looked at, while nobody has called:
decoding each block of 20 ms by itself costs half as much again (docs/voice.md)."""


class Listener:
    """Hears calls, commands and "stop" in a stream of 16 kHz blocks; for one thread."""

    def __init__(
        self,
        stream: RunningStream,
        wake_word: str,
        *,
        is_command: Callable[[str], bool] = lambda _text: True,
        follow_up_s: float = FOLLOW_UP_S,
        detector: Detector | None = None,
        second: SecondStream | None = None,
        spotter: Spotter | None = None,
        clock: Clock = lambda: 0.0,
        following: Following | None = None,
        is_behind: Callable[[], bool] = lambda: False,
        talk: TalkBefore | None = None,
    ) -> None:
        """``second``: another stream of the same recogniser, to know calls sooner.

        ``spotter``: for calls and "stop" while music sounds. ``clock``: of live ears, which must
        not fall behind. ``following`` judges sentences without a call; calls are confirmed by its
        opinion. ``is_behind``: the stream has not decoded all of its sound yet. ``talk``
        keeps talk that runs into a call apart while music sounds.
        """
        following = following or Following()
        self._stream, self._is_behind = stream, is_behind
        self._wake = WakeWord(wake_word)
        self._early = Early(self._wake, second, clock, spotter)
        self._calls = Calls(self._wake, self._early, Confirmation(following.opinion), talk)
        self._judge = Judge(is_command, following)
        self._attention = Attention(follow_up_s)
        self._ending = Ending(is_command, detector)
        self._samples = 0
        self._waiting: list[Int16Samples] = []
        """Sound that has not been decoded yet."""
        self._looked_s = 0.0
        self._room = QUIET
        self._kept = KeptSound()
        self._begin_sentence()

    @property
    def now_s(self) -> float:
        """Seconds of sound so far."""
        return self._samples / SPEECH_RATE_HZ

    @property
    def is_awake(self) -> bool:
        """A call has been heard, or the ears are open."""
        return self._sentence.is_woken or self._attention.is_open(self.now_s)

    @property
    def is_named(self) -> bool:
        """The wake word may have been said this moment: a reason to play more softly."""
        return self._sentence.is_woken or self._early.is_named(self.now_s)

    @property
    def sound(self) -> list[Int16Samples]:
        """Blocks of the sentence that is going on, or has just ended: for the trace."""
        return self._kept.blocks

    def open(self) -> list[EarEvent]:
        """Open the ears by hand (push to talk): the next sentence needs no wake word."""
        self._attention.called(self.now_s)
        return [Woken(self.now_s)]

    def hear(self, block: Int16Samples, room: Room = QUIET) -> list[EarEvent]:
        """Take the next samples; return what came out of them."""
        self._take_up(room)
        self._samples += len(block)
        self._kept.keep(block, in_sentence=not self._sentence.is_empty)
        self._waiting.append(block)
        events: list[EarEvent] = []
        is_due = self._sentence.is_woken or self.now_s - self._looked_s >= LOOK_S
        if is_due:
            self._decode(events)
        if self.is_awake:
            self._ending.hear(block)
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

    # What comes in

    def _take_up(self, room: Room) -> None:
        if self._room.own_words and not room.own_words and not self._sentence.is_woken:
            self._feed()
            self._stream.finish()  # what Encore said is no command
            self._begin_sentence()
        if room.is_answering:
            self._attention.answered(self.now_s)
        self._room = room

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
        self._sentence.close_part(words)
        if self._after_call() is not None:
            self._wake_up(events)
        elif not self._is_meant:
            self._begin_sentence()

    def _look(self, events: list[EarEvent]) -> None:
        has_changed = self._sentence.take(self._stream.partial(), self.now_s)
        if has_changed or self._early.is_open(self.now_s):
            self._act_early(events)
        if not self._sentence.is_empty:
            if self._is_over():
                self._end_sentence(events)
        elif self._attention.ended(self.now_s):
            self._begin_sentence()  # also when the call has gone from the text again
            events.append(FellAsleep(self.now_s))

    # Before a sentence is over

    def _act_early(self, events: list[EarEvent]) -> None:
        """Wake up and stop before the sentence is over: both do no harm."""
        sentence = self._sentence
        heard, is_begun = sentence.partial.split(), bool(sentence.words)
        self._early.take(heard, self.now_s, self._room, is_begun=is_begun)
        was_woken = sentence.is_woken
        look = self._calls.look(sentence, self.sound, self.now_s, self._room)
        if look is not Look.NOTHING:
            self._wake_up(events)
        if look is Look.STOP:
            sentence.saw_stop = True
            self._stop(events)
        after = self._early.opening(heard, self._room, is_begun=is_begun)
        if sentence.is_woken:
            after = sentence.command_in(heard)
        if not self.is_awake or (self._room.own_words and not sentence.is_woken):
            return
        rest = heard[after or 0 :]
        if rest[:1] == [STOP_WORD] and self._may_stop():
            self._stop(events)
        if sentence.changed_s == self.now_s or sentence.is_woken != was_woken:
            events.append(Partial(" ".join(rest)))

    def _stop(self, events: list[EarEvent]) -> None:
        if not self._sentence.has_stopped:
            self._sentence.has_stopped = True
            events.append(StopHeard(self.now_s))

    def _may_stop(self) -> bool:
        """Notes alone do not stop the music: while they sound "stop" needs the wake word."""
        return self._sentence.is_woken or not self._room.is_music

    def _wake_up(self, events: list[EarEvent]) -> None:
        if self._sentence.is_woken:
            return
        self._sentence.is_woken = True
        self._attention.called(self.now_s)
        self._ending.called()
        events.append(Woken(self.now_s))

    # A whole sentence

    @property
    def _is_meant(self) -> bool:
        """The sentence that goes on is for Encore: called, or begun while the ears were open."""
        sentence = self._sentence
        return sentence.is_woken or self._attention.is_open(sentence.began_s)

    def _begin_sentence(self) -> None:
        self._sentence = Sentence(self._wake, self.now_s)
        self._early.begin()
        self._calls.begin()

    def _is_over(self) -> bool:
        if self._is_behind():
            return False  # there may be words that nobody has seen
        if not self._is_meant:
            return False  # the recogniser's own end-pointing is good enough for talk
        return self._ending.is_over(self._sentence, self.now_s, is_music=self._room.is_music)

    def _end_sentence(self, events: list[EarEvent]) -> None:
        sentence = self._sentence
        sentence.words += self._stream.finish()
        after = self._after_call()
        may_follow = self._is_meant and not self._room.own_words
        self._begin_sentence()
        called = after is not None
        if not called and not may_follow:
            return
        if called and not sentence.is_woken:
            events.append(Woken(self.now_s))
            self._attention.called(self.now_s)
        rest = sentence.words[after or 0 :]
        judge = self._judge.judge
        if sentence.has_stopped:
            judge = partial(self._judge.judge_stop, surely=sentence.saw_stop)
        sound, now_s = self.sound, self.now_s
        events += judge(
            rest,
            now_s,
            called=called,
            is_music=self._room.is_music,
            sound=lambda: sound_of(rest, sound, now_s),
        )

    def _after_call(self) -> int | None:
        return self._calls.after_call(self._sentence, self.sound, self.now_s, self._room)
