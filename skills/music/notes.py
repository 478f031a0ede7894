"""Notes and phrases: pure values, seconds and MIDI numbers, no device and no file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

MIN_PITCH, MAX_PITCH = 0, 127
MIN_VELOCITY, MAX_VELOCITY = 1, 127


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One sounding note."""

    onset_s: float
    """Seconds from the start of the phrase, >= 0."""
    pitch: int
    """MIDI note number, 0..127; 60 is middle C."""
    duration_s: float
    """Seconds, > 0."""
    velocity: int
    """MIDI velocity, 1..127."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.onset_s < float("inf"):
            raise ValueError(f"onset must be a time >= 0 s, not {self.onset_s}")
        if not 0.0 < self.duration_s < float("inf"):
            raise ValueError(f"duration must be > 0 s, not {self.duration_s}")
        if not MIN_PITCH <= self.pitch <= MAX_PITCH:
            raise ValueError(f"pitch must be in 0..127, not {self.pitch}")
        if not MIN_VELOCITY <= self.velocity <= MAX_VELOCITY:
            raise ValueError(f"velocity must be in 1..127, not {self.velocity}")

    @property
    def end_s(self) -> float:
        """Seconds from the start of the phrase to the note's end."""
        return self.onset_s + self.duration_s


@dataclass(frozen=True, slots=True)
class Metre:
    """The beats and bars that a file writes down; the first bar begins at time 0."""

    beat_s: float
    """Seconds a beat, > 0; in compound metres the beat is the dotted one."""
    beats_a_bar: int | None = None
    """None where nothing is said of bars."""
    beats_hold: int = 2
    """Quavers in a beat: 3 in compound metres."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Notes in order of onset (then pitch), and how long the phrase lasts."""

    notes: tuple[Note, ...] = ()
    length_s: float = 0.0
    """Seconds from time 0 to the end of the phrase: at least the end of its last note."""
    written: Metre | None = field(default=None, compare=False)
    """What its file says of the metre, which the notes may belie; None for what was played."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "notes", tuple(sorted(self.notes)))
        end = max((n.end_s for n in self.notes), default=0.0)
        object.__setattr__(self, "length_s", max(self.length_s, end))

    def __len__(self) -> int:
        return len(self.notes)

    def transposed(self, semitones: int) -> Phrase:
        """Return the phrase moved by semitones; notes are folded by octaves into 0..127."""
        return Phrase(
            tuple(replace(n, pitch=fold_pitch(n.pitch + semitones)) for n in self.notes),
            self.length_s,
            self.written,
        )

    def to_array(self) -> npt.NDArray[np.float64]:
        """Return notes as rows (start_s, end_s, pitch, velocity), shape (len, 4)."""
        rows = [(n.onset_s, n.end_s, n.pitch, n.velocity) for n in self.notes]
        return np.array(rows, dtype=np.float64).reshape(-1, 4)

    @staticmethod
    def from_array(rows: Iterable[Iterable[float]], length_s: float = 0.0) -> Phrase:
        """Build a phrase from rows (start_s, end_s, pitch, velocity); the inverse of to_array."""
        notes = (
            Note(float(a), int(p), float(b) - float(a), int(v)) for a, b, p, v in rows if b > a
        )
        return Phrase(tuple(notes), length_s)


def fold_pitch(pitch: int) -> int:
    """Return the pitch moved by octaves into 0..127."""
    while pitch < MIN_PITCH:
        pitch += 12
    while pitch > MAX_PITCH:
        pitch -= 12
    return pitch
