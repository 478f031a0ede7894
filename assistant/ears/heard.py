"""What the ears tell: events of a listener, and what they are told about the room."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.contract import Transcript

STOP_WORD = "stop"


@dataclass(frozen=True, slots=True)
class Room:
    """What Encore knows about the sound around its microphone at a moment."""

    is_music: bool = False
    """Notes sound: Encore's own, or of the keyboard."""
    own_words: str = ""
    """What Encore is saying at the moment; "" when it is silent."""
    is_answering: bool = False
    """A command is being carried out or its reply is being said."""


QUIET = Room()


@dataclass(frozen=True, slots=True)
class Woken:
    """The wake word was heard, or the ears were opened by hand: a command is expected."""

    at_s: float
    """Seconds since the listener's first sample; so are all times of events."""


@dataclass(frozen=True, slots=True)
class CommandAwaited:
    """The wake word was said alone: the command comes next."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Partial:
    """Words of a command that is still being spoken; they may change."""

    text: str


@dataclass(frozen=True, slots=True)
class StopHeard:
    """The player says stop: act now, the sentence need not be over."""

    at_s: float


@dataclass(frozen=True, slots=True)
class CommandHeard:
    """A whole command."""

    transcript: Transcript
    is_called: bool
    """The wake word came before it; False: it was said while the ears were open."""
    spoken_until_s: float
    """When its last word ended."""
    at_s: float
    """When it was known to be over."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Encore was called, and what was said could not be made out."""

    text: str


@dataclass(frozen=True, slots=True)
class FellAsleep:
    """Nothing came after the wake word or within the follow-up time."""

    at_s: float


EarEvent = Woken | CommandAwaited | Partial | StopHeard | CommandHeard | NotUnderstood | FellAsleep
