"""Chords that fit a phrase: the triads of its key that hold most of each bar's sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from skills.music.notes import Phrase
from skills.music.theory.key import Key, find_key
from skills.music.theory.tempo import Tempo, find_tempo

FloatArray = npt.NDArray[np.float64]

MAJOR_STEPS: Final = ((0, ""), (2, "m"), (4, "m"), (5, ""), (7, ""), (9, "m"))
MINOR_STEPS: Final = ((0, "m"), (3, ""), (5, "m"), (7, ""), (8, ""), (10, ""))
"""Steps above the tonic of the chords in use, and whether they are minor."""
HOME: Final = 0.15
"""The tonic is welcome at both ends, by this share of a bar's sound …"""
FIFTH_HOME: Final = 0.1
"""… and so is the way home by a fifth, and a change where the sound leaves it open."""
MOST_SPANS: Final = 8
ASSUMED_BAR_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Chord:
    """A triad."""

    root: int
    """Pitch class."""
    minor: bool

    @property
    def spoken(self) -> str:
        """As a voice says it: "C", "A minor", "B flat"."""
        name = Key(self.root, "minor" if self.minor else "major").spoken
        return name if self.minor else name.removesuffix(" major")


@dataclass(frozen=True, slots=True)
class Harmony:
    """Chords for the spans of a phrase, one after the other."""

    key: Key
    chords: tuple[Chord, ...]
    others: tuple[Chord, ...]
    """The next best chord of each span."""


def suggest_chords(phrase: Phrase, key: Key | None = None) -> Harmony | None:
    """Return chords that fit, a chord a bar; None for an empty phrase."""
    if not phrase.notes:
        return None
    key = key or find_key(phrase)
    steps = MAJOR_STEPS if key.mode == "major" else MINOR_STEPS
    chords = [Chord((key.tonic + step) % 12, minor == "m") for step, minor in steps]
    fits = _fits(_spans(phrase, find_tempo(phrase)), chords)
    fits[[0, -1], 0] += HOME
    path = _best_path(fits, chords)
    others = []
    for span, chosen in enumerate(path):
        order = [int(n) for n in np.argsort(-fits[span]) if n != chosen]
        others.append(chords[order[0]])
    return Harmony(key, tuple(chords[n] for n in path), tuple(others))


def _spans(phrase: Phrase, tempo: Tempo | None) -> FloatArray:
    """Return how long each pitch class sounds in each bar, (bars, 12), shares of its sound."""
    bar_s = ASSUMED_BAR_S
    first_s = phrase.notes[0].onset_s
    if tempo is not None and tempo.steady:
        bar_s = tempo.beat_s * (tempo.beats_a_bar or 4)
        line_s = tempo.first_beat_s + tempo.downbeat * tempo.beat_s
        first_s = line_s - bar_s * np.ceil((line_s - first_s - 0.1) / bar_s)
    rows = phrase.to_array()
    end_s = float(rows[:, 1].max())
    bar_s = max(bar_s, (end_s - first_s) / MOST_SPANS)
    starts = first_s + bar_s * np.arange(max(int(np.ceil((end_s - first_s) / bar_s - 0.1)), 1))
    overlap = np.minimum(rows[:, 1], starts[:, None] + bar_s) - np.maximum(
        rows[:, 0], starts[:, None]
    )
    sounds = np.maximum(overlap, 0.0) @ (rows[:, 2].astype(int)[:, None] % 12 == np.arange(12))
    total = sounds.sum(axis=1, keepdims=True)
    shares: FloatArray = (sounds / np.maximum(total, 1e-9))[total[:, 0] > 0]
    return shares


def _fits(shares: FloatArray, chords: list[Chord]) -> FloatArray:
    """Return (spans, chords): the share of the sound that is in the chord, the root twice."""
    tones = np.zeros((len(chords), 12))
    for place, chord in enumerate(chords):
        for step in (0, 3 if chord.minor else 4, 7):
            tones[place, (chord.root + step) % 12] = 1.0
        tones[place, chord.root] = 1.2
    fits: FloatArray = shares @ tones.T
    return fits


def _best_path(fits: FloatArray, chords: list[Chord]) -> list[int]:
    """Return the chords whose fits and changes sum to most."""
    homeward = np.array(
        [[FIFTH_HOME * ((a.root - b.root) % 12 == 7) for b in chords] for a in chords]
    )
    still = np.eye(len(chords)) * FIFTH_HOME / 2
    change = homeward - still
    best, back = fits[0], []
    for span in fits[1:]:
        sums = best[:, None] + change
        back.append(sums.argmax(axis=0))
        best = sums.max(axis=0) + span
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]
