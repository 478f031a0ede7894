"""Chords under a tune, held or comped, from chord symbols or from what the tune suggests."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from skills.music.generator.features import key_fits
from skills.music.training.beats import extended, seconds_of

Array = npt.NDArray[Any]

KINDS = {
    (0, 4, 7): ("maj", "major"),
    (0, 3, 7): ("min", "minor"),
    (0, 4, 7, 10): ("7", "dominant", "dominant-ninth"),
    (0, 4, 7, 11): ("maj7", "major-seventh"),
    (0, 3, 7, 10): ("min7", "minor-seventh"),
    (0, 3, 7, 11): ("minmaj7",),
    (0, 4, 7, 9): ("maj6", "major-sixth"),
    (0, 3, 7, 9): ("min6", "minor-sixth"),
    (0, 3, 6): ("dim", "diminished"),
    (0, 3, 6, 9): ("dim7", "diminished-seventh"),
    (0, 3, 6, 10): ("hdim7", "half-diminished"),
    (0, 4, 8): ("aug", "augmented"),
    (0, 4, 8, 10): ("augmented-seventh",),
    (0, 2, 7): ("sus2",),
    (0, 5, 7): ("sus4", "suspended-fourth"),
    (0, 5, 7, 10): ("sus4(b7)",),
}
"""Semitones above the root of the kinds of chord that the tables name."""
_STEPS = {name: steps for steps, names in KINDS.items() for name in names}
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_DEGREES = {
    "major": ((0, (0, 4, 7)), (7, (0, 4, 7)), (5, (0, 4, 7)), (2, (0, 3, 7)), (9, (0, 3, 7))),
    "minor": ((0, (0, 3, 7)), (7, (0, 4, 7)), (5, (0, 3, 7)), (10, (0, 4, 7)), (3, (0, 4, 7))),
}
"""Steps above the tonic and kinds of the chords that a tune without symbols is given."""
TONIC_WELCOME, STAY_WELCOME = 0.12, 0.06
"""By this share of a bar's sound the tonic, and the chord before, are preferred."""
PATTERNS: tuple[tuple[float, tuple[float, ...], float], ...] = (
    (0.30, (), 1.0),
    (0.25, (0.0,), 1.0),
    (0.15, (0.0, 1.0, 2.0, 3.0), 0.5),
    (0.15, (0.0, 1.5), 0.35),
    (0.15, (0.5, 2.5), 0.35),
)
"""How chords are struck: how often so, beats of a bar (none: once, and held), and the share of the
time to the next strike that they sound."""
LOWEST, HIGHEST = 43, 55
"""The lowest key of the octave in which the chord lies is drawn from these."""
LONGEST_S = 6.0


@dataclass(frozen=True, slots=True)
class Span:
    """A chord symbol and how long it holds."""

    start_s: float
    end_s: float
    classes: tuple[int, ...]
    """Pitch classes, the root first."""


def labelled(table: str) -> Iterator[Span]:
    """Yield the chords of a table with lines ``start_s end_s Root:kind/bass``."""
    for line in table.splitlines():
        start, end, label = line.split()[:3]
        name, _, kind = label.split("/")[0].partition(":")
        if name[0] in _LETTERS and kind in _STEPS:
            root = _LETTERS[name[0]] + name.count("#") - name[1:].count("b")
            yield Span(float(start), float(end), _classes(root, kind))


def symbols(table: str, score: Any, end_s: float) -> Iterator[Span]:
    """Yield the chords of a table with columns beat (quarters of the score), root and kind."""
    rows = list(csv.DictReader(table.splitlines(), delimiter="\t"))
    ticks = np.array([float(row["beat"]) for row in rows]) * score.ticks_per_quarter
    times = [*seconds_of(score, ticks).tolist(), end_s]
    for row, start, end in zip(rows, times[:-1], times[1:], strict=True):
        if row["kind"] in _STEPS and end > start:
            yield Span(start, end, _classes(int(row["root"]), row["kind"]))


def guessed(tune: Array, beats: Array) -> Iterator[Span]:
    """Yield a chord a bar that a tune (n, 5) suggests: of those of its key, the most of its sound.

    beats: (n, 2) seconds and place in bars; without them nothing is yielded.
    """
    if len(beats) < 2:
        return
    numbers = np.arange(np.floor(beats[0, 1]), np.ceil(beats[-1, 1]) + 1)
    lines = extended(numbers, beats[:, 1], beats[:, 0])
    chords = _of_key(_sound(tune, tune[0, 0], tune[-1, 1]))
    before = 0
    for start, end in pairwise(lines.tolist()):
        sound = _sound(tune, start, end)
        if not sound.any():
            continue
        fits = np.array([sound[list(chord)].sum() / sound.sum() for chord in chords])
        fits[0] += TONIC_WELCOME
        fits[before] += STAY_WELCOME
        before = int(fits.argmax())
        yield Span(start, end, chords[before])


def _of_key(sound: Array) -> list[tuple[int, ...]]:
    """Return the chords of the key that seconds sounded per pitch class (12,) fit best."""
    major, minor = key_fits(sound)
    mode = "major" if major.max() >= minor.max() else "minor"
    tonic = int((major if mode == "major" else minor).argmax())
    return [tuple((tonic + step + k) % 12 for k in kind) for step, kind in _DEGREES[mode]]


def _sound(tune: Array, start: float, end: float) -> Array:
    """Return the seconds that each pitch class sounds between two moments, (12,)."""
    seconds = np.minimum(tune[:, 1], end) - np.maximum(tune[:, 0], start)
    return np.bincount(tune[:, 2].astype(int) % 12, np.maximum(seconds, 0.0), 12)


def _classes(root: int, kind: str) -> tuple[int, ...]:
    return tuple((root + step) % 12 for step in _STEPS[kind])


def chords(
    spans: list[Span], beats: Array, loudness: float, played: bool, rng: np.random.Generator
) -> Array:
    """Return the notes (n, 5) of chords in one drawn manner: pattern, place, loudness, touch.

    loudness: velocity of the tune, which the chords do not exceed; played: struck by a hand, not
    at once and not all equally loud.
    """
    drawn = rng.choice(len(PATTERNS), p=[chance for chance, *_ in PATTERNS])
    _, places, share = PATTERNS[drawn]
    base, rooted, bass = int(rng.integers(LOWEST, HIGHEST + 1)), *(rng.random(2) < (0.4, 0.3))
    level = float(np.clip(loudness - rng.uniform(0, 30) * (rng.random() < 0.7), 20, 127))
    rows = []
    for span in spans:
        strikes = _strikes(span, beats, places)
        for start, end in zip(strikes, [*strikes[1:], span.end_s], strict=True):
            end_s = start + min(end - start, LONGEST_S) * share
            strike = level + played * rng.normal(0.0, 4.0)
            for pitch in voiced(span.classes, base, bool(rooted), bool(bass)):
                own = start + played * abs(rng.normal(0.0, 0.006))
                velocity = np.clip(round(strike + played * rng.normal(0.0, 3.0)), 1, 127)
                rows.append((own, max(end_s, own + 0.05), pitch, velocity, end_s))
    return np.array(rows, dtype=np.float64).reshape(-1, 5)


def voiced(classes: tuple[int, ...], base: int, rooted: bool, bass: bool) -> list[int]:
    """Return pitches of a chord: close together in the octave from base on.

    rooted: on top of its root instead; bass: with the root an octave below as well.
    """
    root = base + (classes[0] - base) % 12
    lowest = root if rooted else base
    pitches = sorted(lowest + (c - lowest) % 12 for c in classes)
    return [root - 12, *pitches] if bass else pitches


def _strikes(span: Span, beats: Array, places: tuple[float, ...]) -> list[float]:
    """Return when a chord is struck: at its start, or at places (beats) in the bars it spans."""
    if not places or len(beats) < 2:
        return [span.start_s]
    bars = beats[:, 1]
    a_bar = (len(bars) - 1) / max(float(bars[-1] - bars[0]), 0.1)
    numbers = np.arange(np.floor(bars[0]), np.ceil(bars[-1]) + 1)
    wanted = np.sort(
        [numbers + place / a_bar for place in places if place < a_bar - 0.1], axis=None
    )
    times = extended(wanted, bars, beats[:, 0])
    inside = times[(times > span.start_s + 0.05) & (times < span.end_s - 0.05)].tolist()
    on_time = 0.0 in places or not inside
    return [span.start_s, *inside] if on_time else inside
