"""A player, a room and the door around the real ears, faster than real time.

The door is played by a few rules: music is ducked from the first sign of a call until the command,
silent from "stop" until that sentence is over, and a command is answered for a second. Recogniser,
canceller, detector, rules and understanding are the real ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, FloatSamples, to_int16
from assistant.contract import Intent
from assistant.ears.confidence import Following
from assistant.ears.echo import FRAME, open_canceller
from assistant.ears.heard import (
    CommandHeard,
    EarEvent,
    FellAsleep,
    Partial,
    Room,
    StopHeard,
    Woken,
)
from assistant.ears.listener import Listener
from assistant.ears.talk import TalkBefore
from assistant.ears.voice_activity import webrtc
from assistant.ears.vosk_recogniser import Recogniser
from assistant.ears.wake_word import WakeWord
from assistant.spoken_door import OUT_OF_SCOPE, SURE
from tests.benchmarks.hands_free.sounds import Track, at_level, delayed, in_room, repeated

ANSWER_S = 1.0
DUCKED = 0.2
"""Loudness of the music while somebody is listened to."""
DUCK_AFTER_S = 0.03
"""A block of the speakers."""
REACH_S = 0.9
"""An event belongs to a clip until so long after its end."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Around which the ears are put."""

    music: FloatSamples | None = None
    """What the speakers play, at the level of the voices."""
    is_music: bool = False
    """The track itself is music: the player's own piano, which nobody can cancel."""
    music_db: float = 0.0
    """Loudness of the music against the voice."""
    delay_s: float = 0.045
    """From the speakers' buffer to the microphone's."""
    has_room: bool = False
    cancels: bool = True
    ducks: bool = True
    detects: bool = True
    own_words: str = ""
    """The music is Encore's own voice, which says this all the time."""
    is_open: bool = False
    """The follow-up time never ends: the worst case for false commands."""


@dataclass(slots=True)
class Heard:
    """What came out of a track."""

    track: Track
    events: list[tuple[float, EarEvent]] = field(default_factory=list)
    """(seconds into the track, event)."""
    spent_s: float = 0.0
    """Processor time that hearing took."""
    ducks: int = 0
    """How often the music was turned down because a call seemed to begin."""

    def within(self, begin_s: float, end_s: float) -> list[EarEvent]:
        """Return the events of a clip."""
        return [event for at, event in self.events if begin_s <= at <= end_s]

    def count(self, kind: type) -> int:
        """Return how many events of a kind there were."""
        return sum(isinstance(event, kind) for _, event in self.events)


Read = Callable[[str], Intent]
"""What a text means, at once."""


def commands_of(read: Read) -> Callable[[str], bool]:
    """Return what tells a whole command, as the spoken door does."""

    def is_command(text: str) -> bool:
        intent = read(text)
        return intent.name != OUT_OF_SCOPE and intent.confidence >= SURE

    return is_command


def heard_in(track: Track, recogniser: Recogniser, setting: Setting, read: Read) -> Heard:
    """Let the ears hear a track."""
    opinion = recogniser.opinion.misfit if recogniser.opinion else None
    listener = Listener(
        recogniser.stream(),
        "maestro",
        is_command=commands_of(read),
        detector=webrtc() if setting.detects else None,
        second=recogniser.stream(),
        spotter=recogniser.spotter("maestro", lambda: 0.0),
        following=Following(recogniser.verifier, read, opinion),
        talk=TalkBefore(recogniser.stream(), WakeWord("maestro")),
    )
    canceller = open_canceller() if setting.cancels and setting.music is not None else None
    played, echo = _music(track, setting)
    heard, gain, answer_until = Heard(track), 1.0, -1.0
    wanted, was_named = 1.0, False
    for at in range(0, len(track.sound) // FRAME * FRAME, FRAME):
        now_s = at / SPEECH_RATE_HZ
        level = min(wanted, DUCKED) if was_named and _ducks_early(setting) else wanted
        gain += (level - gain) * min(FRAME / SPEECH_RATE_HZ / DUCK_AFTER_S, 1.0)
        part = slice(at, at + FRAME)
        near = to_int16(track.sound[part] + gain * echo[part])
        answering = setting.is_open or now_s < answer_until
        is_music = setting.is_music or (setting.music is not None and not setting.own_words)
        own_words = setting.own_words if wanted == 1.0 else ""  # a call hushes it
        room = Room(is_music, own_words, answering or bool(own_words))
        start_s = time.process_time()
        if canceller is not None:
            near = canceller.clean(near, to_int16(gain * played[part]))
        events = listener.hear(near, room)
        heard.spent_s += time.process_time() - start_s
        heard.ducks += listener.is_named and not was_named
        was_named = listener.is_named
        for event in events:
            if not isinstance(event, Partial):
                heard.events.append((now_s, event))
            if isinstance(event, Woken) and setting.ducks:
                wanted = 0.0 if setting.own_words else DUCKED
            if isinstance(event, CommandHeard | FellAsleep):
                wanted = 1.0
            if isinstance(event, StopHeard):
                wanted = 0.0
            if isinstance(event, CommandHeard):
                answer_until = now_s + ANSWER_S
    heard.events += [(track.seconds, event) for event in listener.finish()]
    return heard


def _ducks_early(setting: Setting) -> bool:
    """Tell whether the first sign of a call turns the sound down: music, not Encore's voice."""
    return setting.ducks and not setting.own_words


def _music(track: Track, setting: Setting) -> tuple[FloatSamples, FloatSamples]:
    """Return what the speakers play and what of it reaches the microphone."""
    if setting.music is None:
        silence = np.zeros(len(track.sound), np.float32)
        return silence, silence
    played = repeated(at_level(setting.music), len(track.sound))
    echo = in_room(played) if setting.has_room else played
    echo = at_level(delayed(echo, setting.delay_s)) * np.float32(10 ** (setting.music_db / 20))
    return played, np.asarray(echo, np.float32)
