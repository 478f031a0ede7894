"""What the generator gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from skills.music.notes import Phrase

SEAM_S = 0.05
"""The end of an answer that is not yet whole may change by so much: the next notes come early."""


@dataclass(frozen=True, slots=True)
class Answer:
    """New music: time 0 of the phrase is the moment of hand-over."""

    phrase: Phrase
    """The notes; ``length_s`` is the length that was asked for."""
    seconds: float
    seed: int
    program: int = 0
    """General MIDI program, 0..127."""
    tempo_bpm: float | None = None
    """Beats a minute, None where no pulse was found."""
    report: Mapping[str, float] = field(default_factory=dict)
    """What the gate measured of the chosen candidate."""
    model: str = ""
    """SHA-256 of the model's weights; "" when a person played it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "report", MappingProxyType(dict(self.report)))
