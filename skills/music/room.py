"""What the verbs share: the parts of the skill and the state of the session."""

from __future__ import annotations

from dataclasses import dataclass

from skills.music.ahead import Ahead
from skills.music.defaults import StoredDefaults
from skills.music.generator.answer import Answer
from skills.music.handover.partner import Partner
from skills.music.lazy import Lazy
from skills.music.listening import Listening
from skills.music.notes import Phrase
from skills.music.parts import MusicGenerator
from skills.music.session import Session
from skills.music.stage import Stage
from skills.music.takes import Takes
from skills.music.theory.tempo import find_tempo


@dataclass(frozen=True, slots=True)
class Room:
    """The parts, each made when it is first needed."""

    generator: Lazy[MusicGenerator]
    stage: Lazy[Stage]
    takes: Takes
    listening: Listening
    session: Session
    stored: StoredDefaults
    partner: Partner
    """Listens to who plays, and takes over."""
    ahead: Ahead
    """Makes what an unfinished sentence asks for."""

    def silence(self) -> None:
        """Stop what sounds, at once; from any thread."""
        if (stage := self.stage.made) is not None:
            stage.stop()


def as_answer(phrase: Phrase) -> Answer:
    """Return played music as an answer, so that it can be presented and saved like one."""
    tempo = find_tempo(phrase)
    return Answer(phrase, phrase.length_s, seed=0, tempo_bpm=tempo.bpm if tempo else None)
