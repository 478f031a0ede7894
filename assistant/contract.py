"""The values that cross rooms, the protocols behind them and the error tree.

This is the only module of ``assistant`` that skills import. Everything here is immutable: a border
passes values that were checked when they were made, so the next room can trust them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from types import MappingProxyType
from typing import Literal, Protocol

ParameterValue = str | int | float
Source = Literal["voice", "typed", "page"]


class EncoreError(Exception):
    """Base of every failure that is told to the user: ``str(error)`` is one plain sentence."""


class InputError(EncoreError):
    """A file, phrase or value that the user handed in cannot be used."""


class SettingsError(EncoreError):
    """The settings file or an environment variable holds something unusable."""


class ModelError(EncoreError):
    """A model is missing, damaged or of the wrong version."""


class DeviceError(EncoreError):
    """A microphone, speaker, MIDI port or synthesiser is missing or failed."""


class EngineError(EncoreError):
    """An understanding engine did not answer."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """One utterance as text, from a recogniser or typed."""

    text: str
    source: Source = "typed"
    confidence: float | None = None
    """Mean word confidence of the recogniser, 0..1; None when typed."""

    def __post_init__(self) -> None:
        if self.confidence is not None and not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence must be in 0..1, not {self.confidence}")


@dataclass(frozen=True, slots=True)
class Intent:
    """What an utterance means: an intent's name and the parameters that were said, no others."""

    text: str
    """Normalised: lower case, no punctuation, numbers as words."""
    name: str
    confidence: float
    engine: str
    """Who decided: "rasa", "embedded" or "rules"."""
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    alternatives: tuple[Intent, ...] = ()
    """What else it may mean, the likeliest first: commands that were not chosen."""

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("an intent needs a name")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence must be in 0..1, not {self.confidence}")
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))

    def to_json(self) -> dict[str, object]:
        """Return the object of the contract's understanding table, ready for ``json.dumps``."""
        return {
            "text": self.text,
            "intent": self.name,
            "confidence": round(self.confidence, 4),
            "engine": self.engine,
            "parameters": dict(self.parameters),
        }


@dataclass(frozen=True, slots=True)
class Turn:
    """The two back-channels of one turn."""

    cancelled: Event = field(default_factory=Event)
    """Set when the user says stop: whoever works for this turn ends at once."""
    say: Callable[[str], None] = lambda _text: None
    """Tells the user something before the reply is there."""
    asks: bool = True
    """False: nobody is there to answer a question."""
    replaces: bool = False
    """True: the command before was understood wrong; its effect is taken back first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the things that a question offers."""

    words: str
    """As it is said in the question."""
    intent: Intent


@dataclass(frozen=True, slots=True)
class Command:
    """What help, questions and the documentation tell about an intent."""

    intent: str
    means: str
    """A sentence for the documentation."""
    ask: str
    """How a question names it: "save it"."""
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What Encore answers."""

    text: str
    files: tuple[Path, ...] = ()
    """Files that this turn wrote, if any."""
    ends_session: bool = False
    """True after goodbye: the door closes when the reply has been given."""
    facts: Mapping[str, ParameterValue] = field(default_factory=dict)
    """What a door may show beside the sentence: seconds, seed, key, tempo_bpm …"""
    if_yes: Intent | None = None
    """The reply is a question: this is done when the user says yes."""
    choices: tuple[Choice, ...] = ()
    """The reply asks "A or B?": answered by a letter, a number or the words."""
    fills: str = ""
    """The reply asks for this parameter of ``if_yes`` ("name"; "*": any that it accepts)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))


@dataclass(frozen=True, slots=True)
class SkillContext:
    """What a skill is given when it is made."""

    data_dir: Path
    """The user's own data (takes); made by whoever writes there."""
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Checked settings: section, key, value."""
    out_dir: Path | None = None
    """Answers are written here as files; None: they are played."""


class Skill(Protocol):
    """A room of its own: owns intents, words and what is done about them.

    Found by the entry point group ``encore.skills``: a class with ``create(context) -> Skill``. Two
    skills that own one intent are an error at start-up.
    """

    name: str
    intents: frozenset[str]
    nlu_dir: Path
    """Folder with the words this skill owns: training data, vocabularies."""
    examples: tuple[str, ...]
    """Things to say, the most useful first: for help and completion."""
    commands: Mapping[str, Command]
    """Intent -> what is told about it."""
    careful: frozenset[str]
    """Intents that are confirmed unless they were understood beyond doubt."""

    def help_on(self, text: str) -> str:
        """Return what to say about the thing that a question for help names, "" for none."""
        ...

    def handle(self, intent: Intent, turn: Turn) -> Reply:
        """Do what was asked; raises EncoreError with a sentence for the user."""
        ...

    def stop(self) -> None:
        """Silence at once; may be called from any thread, any number of times."""
        ...

    def close(self) -> None:
        """Release devices and files; idempotent."""
        ...


class Understanding(Protocol):
    """Text in, intent out."""

    def parse(self, text: str) -> Intent:
        """Return the intent of one utterance; raises EngineError when no answer can be given."""
        ...

    def parse_as(self, text: str, intent: str) -> Intent:
        """Return an utterance read as this intent: only its parameters are looked for."""
        ...


class Mouth(Protocol):
    """Says replies."""

    def speak(self, text: str) -> None:
        """Say the text; raises DeviceError when nothing can sound."""
        ...

    def hush(self) -> None:
        """Stop speaking at once."""
        ...
