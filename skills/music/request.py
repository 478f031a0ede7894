"""What the player asked for, complete and checked: between the skill and the generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verb = Literal["continue", "compose"]

MOODS = ("happy", "sad", "calm", "tense", "energetic", "dark", "dreamy", "romantic", "playful")
MIN_TEMPO_BPM, MAX_TEMPO_BPM = 30, 300
MIN_SECONDS, MAX_SECONDS = 0.5, 600.0
DEFAULT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request for new music. None means: not said, follow the phrase (or the default)."""

    verb: Verb = "continue"
    mood: str | None = None
    mood_strength: float = 1.0
    """1 = as asked; "a bit" is less, "much" more: 0.25..3."""
    key: str | None = None
    """"C major", "F# minor"."""
    tempo_bpm: int | None = None
    tempo_factor: float = 1.0
    """Speed against the phrase: 1.25 = a quarter faster."""
    style: str | None = None
    instrument: str | None = None
    seconds: float | None = None
    """Asked length of the answer, seconds."""
    bars: int | None = None
    """Asked length of the answer in bars of the phrase's metre; used when seconds is None."""
    length_factor: float = 1.0
    """Length against the default: "longer" 1.5, "shorter" 2/3."""
    creativity: int = 0
    """-3..3: how far to leave the likely path."""
    register_shift: int = 0
    """Semitones, -36..36."""
    density: int = 0
    """-3..3: fewer or more notes."""
    velocity_shift: int = 0
    """-64..64: softer or louder playing than the phrase."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.mood is not None and self.mood not in MOODS:
            raise ValueError(f"mood must be one of {', '.join(MOODS)}, not {self.mood!r}")
        if self.tempo_bpm is not None and not MIN_TEMPO_BPM <= self.tempo_bpm <= MAX_TEMPO_BPM:
            raise ValueError(f"tempo must be in 30..300 beats a minute, not {self.tempo_bpm}")
        if self.seconds is not None and not MIN_SECONDS <= self.seconds <= MAX_SECONDS:
            raise ValueError(f"seconds must be in 0.5..600, not {self.seconds}")
        if self.bars is not None and not 1 <= self.bars <= 256:
            raise ValueError(f"bars must be in 1..256, not {self.bars}")
