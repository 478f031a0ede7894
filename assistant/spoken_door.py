"""The spoken door: hands-free, opened by the wake word, stopped at once by "maestro stop".

Everything that the microphone hears goes through the ears as it comes. What they tell is acted on
here: music is turned down while somebody is listened to, commands are carried out in a thread of
their own, replies are written and said.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from assistant.audio_files import Int16Samples
from assistant.conductor import Conductor
from assistant.contract import EncoreError, Intent, Reply
from assistant.ears.confidence import Following
from assistant.ears.echo import EchoPath, open_echo_path
from assistant.ears.heard import (
    STOP_WORD,
    CommandAwaited,
    CommandHeard,
    EarEvent,
    FellAsleep,
    NotUnderstood,
    Partial,
    Room,
    StopHeard,
    Woken,
)
from assistant.ears.levels import LevelWatch
from assistant.ears.listener import Listener
from assistant.ears.own_pace import OwnPace
from assistant.ears.talk import TalkBefore
from assistant.ears.voice_activity import webrtc
from assistant.ears.vosk_recogniser import UNKNOWN
from assistant.ears.wake_word import WakeWord
from assistant.states import State, States

if TYPE_CHECKING:
    from assistant.cli.street import Street
    from assistant.ears.vosk_recogniser import Recogniser
    from assistant.mouth.voice import Earcons, SpokenReplies

DUCKED = 0.2
"""Loudness of the music while somebody is listened to, -14 dB."""
PLAYING_S = 1.0
"""The keyboard counts as sounding for so long after a stroke."""
SURE = 0.6
"""Confidence of understanding from which a sentence is taken for a whole command."""
OUT_OF_SCOPE = "out_of_scope"

log = logging.getLogger(__name__)


class SpokenDoor:
    """Acts on what the ears tell; ``hear`` is for one thread, ``open`` for any."""

    def __init__(
        self,
        street: Street,
        recogniser: Recogniser,
        mouth: SpokenReplies,
        earcons: Earcons,
        states: States,
    ) -> None:
        self._street, self._states = street, states
        self._mouth, self._earcons = mouth, earcons
        self._levels = LevelWatch()
        self._said = ""
        self._said_at_s = 0.0
        self._pressed = threading.Event()
        self._conductor = Conductor(street.house, self._give)
        speech = street.settings.speech
        self._is_called = False
        """Somebody called, and is being listened to."""
        self._share = 1.0
        """Of the music's loudness."""
        self._echoes: list[EchoPath] = []
        if speech.cancel_echo:
            self._cancel_own_sound()
        opinion = recogniser.opinion.misfit if recogniser.opinion else None
        self._words = OwnPace(recogniser.stream())
        self._talk = TalkBefore(recogniser.stream(), WakeWord(speech.wake_word))
        self._listener = Listener(
            self._words,
            speech.wake_word,
            is_command=self._is_command,
            follow_up_s=speech.follow_up_s,
            detector=webrtc(),
            second=recogniser.stream(),
            spotter=recogniser.spotter(speech.wake_word, time.perf_counter),
            clock=time.perf_counter,
            following=Following(recogniser.verifier, self._read, opinion),
            is_behind=lambda: self._words.is_behind,
            talk=self._talk,
        )
        self._actions: dict[type, Callable[[EarEvent], None]] = {
            Woken: self._wake_up,
            CommandAwaited: lambda _event: self._earcons.listening(),
            Partial: self._show,
            StopHeard: lambda _event: self._stop(),
            CommandHeard: self._carry_out,
            NotUnderstood: self._ask_again,
            FellAsleep: lambda _event: self._rest(),
        }
        if sys.stdin is not None and sys.stdin.isatty():
            threading.Thread(target=self._watch_enter, name="enter", daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Goodbye was said and answered."""
        return self._conductor.is_over.is_set()

    def open(self) -> None:
        """Open the ears without the wake word (push to talk), from any thread."""
        self._pressed.set()

    def hear(self, block: Int16Samples, at_s: float | None = None) -> None:
        """Take 20 ms of the microphone's sound and act on what comes out of it.

        ``at_s``: when they came, on ``time.perf_counter``; None from a file, whose sound comes as
        fast as it is taken.
        """
        self._words.is_live = self._talk.is_live = at_s is not None
        if notice := self._levels.hear(block):
            print(notice)
        room = self._room()
        if self._pressed.is_set():
            self._pressed.clear()
            self._act(self._listener.open())
            self._earcons.listening()
        for echo in self._echoes:
            block = echo.clean(block, at_s)
        self._act(self._listener.hear(block, room))
        self._turn_down()

    def finish(self) -> None:
        """Act on what is left when the sound has ended."""
        self._act(self._listener.finish())
        self._turn_down()

    def close(self) -> None:
        """Finish what waits and release everything; idempotent."""
        self._conductor.close()
        self._street.music.tap_sound(None)
        self._mouth.tap_sound(None)
        self._earcons.tap_sound(None)
        self._echoes.clear()  # the thread at the terminal may keep this door until the very end
        self._rest()
        self._turn_down()
        self._words.close()
        self._talk.close()
        self._mouth.close()

    # What goes on around the microphone

    def _cancel_own_sound(self) -> None:
        """Take music, spoken replies and earcons out of what is heard from now on."""
        sources = [self._street.music.tap_sound, self._mouth.tap_sound]
        if self._earcons.is_on:
            sources.append(self._earcons.tap_sound)
        for tap_sound in sources:
            echo = open_echo_path()
            if echo is not None:
                self._echoes.append(echo)
                tap_sound(echo.reference.played)

    def _turn_down(self) -> None:
        """Play softly while somebody is listened to, and as soon as somebody may have called."""
        share = DUCKED if self._is_called or self._listener.is_named else 1.0
        if share != self._share:
            self._share = share
            self._street.music.duck(share)

    def _room(self) -> Room:
        music, speaking = self._street.music, self._mouth.is_speaking()
        struck_s = music.last_stroke_s()
        sounding = music.is_sounding()
        plays = struck_s is not None and time.perf_counter() - struck_s < PLAYING_S
        if speaking and struck_s is not None and struck_s > self._said_at_s:
            self._mouth.hush()  # who plays does not want to be talked to
        (self._states.begin if sounding else self._states.end)(State.PLAYING)
        return Room(
            is_music=sounding or plays,
            own_words=self._said if speaking else "",
            is_answering=self._conductor.is_busy or speaking,
        )

    # What the ears tell

    def _act(self, events: Sequence[EarEvent]) -> None:
        for event in events:
            self._actions[type(event)](event)

    def _wake_up(self, _event: EarEvent) -> None:
        log.info("called")
        self._is_called = True
        self._mouth.hush()
        self._states.begin(State.LISTENING)

    def _show(self, event: EarEvent) -> None:
        assert isinstance(event, Partial)
        self._states.heard(event.text)
        self._make_ahead(event.text)

    def _make_ahead(self, text: str) -> None:
        """Let music be made for a sentence as it stands: it takes a while to be sure of its end.

        While music sounds only after a call: notes read as words would keep the processor busy.
        """
        may_be_notes = not self._is_called and self._street.music.is_sounding()
        if self._conductor.is_busy or may_be_notes:
            return
        intent = self._read(text.replace(UNKNOWN, ""))
        if intent is not None and intent.confidence >= SURE:
            self._street.music.begin_ahead(intent)

    def _stop(self) -> None:
        log.info("stopped")
        self._conductor.stop()
        self._mouth.hush()

    def _carry_out(self, event: EarEvent) -> None:
        assert isinstance(event, CommandHeard)
        transcript = event.transcript
        log.info("%r known %.2f s after", transcript.text, event.at_s - event.spoken_until_s)
        print(f"you: {transcript.text}")
        if transcript.text.split()[0] == STOP_WORD:
            self._stop()
        elif self._is_command(transcript.text) and not self._street.music.is_sounding():
            self._earcons.understood()
        self._rest()
        trace = self._street.trace
        sound = tuple(self._listener.sound)
        prepare = (lambda: trace.heard(sound)) if trace is not None else (lambda: None)
        self._conductor.take(transcript, prepare)

    def _ask_again(self, event: EarEvent) -> None:
        assert isinstance(event, NotUnderstood)
        self._rest()
        self._earcons.not_understood()
        print(f'I heard something like "{event.text}". Please say it again.')

    def _rest(self) -> None:
        """Be back to what was before somebody called."""
        self._is_called = False
        self._states.heard("")
        self._states.end(State.LISTENING)

    # What is answered

    def _give(self, reply: Reply, is_said: bool) -> None:
        print(reply.text)
        for path in reply.files:
            print(f"  {path}")
        if not is_said:
            return
        self._said, self._said_at_s = reply.text, time.perf_counter()
        self._mouth.say(reply.text, self._street.music.is_sounding())

    def _read(self, text: str) -> Intent | None:
        """Return at once what a text means; None while nothing is loaded yet."""
        with suppress(EncoreError):
            return self._street.understanding.quickly(text)
        return None

    def _is_command(self, text: str) -> bool:
        """Tell at once whether a text is a whole command; False while nothing is loaded yet."""
        intent = self._read(text)
        return intent is not None and intent.name != OUT_OF_SCOPE and intent.confidence >= SURE

    def _watch_enter(self) -> None:
        with suppress(OSError, ValueError):
            for _line in sys.stdin:
                self.open()
