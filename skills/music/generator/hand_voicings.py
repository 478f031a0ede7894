"""The hand in voicings: block chords that a phrase builds in few ways are built so further on.

Under a tune, or alone, people strike chords in a handful of shapes; where a phrase does so, nine of
ten of the chords that follow have one of its shapes. Drawn chords are near to them in harmony and
often miss a note or double one; they become the shape that fits their notes and the tune.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skills.music.generator.hand_chords import EXACT_S, chord_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Shape = tuple[int, ...]
"""Semitones above the lowest note, ascending from 0."""

TUNE_ABOVE = 5
"""Semitones: a top note further than this above the next one is a tune over the chord."""
FEWEST_CHORDS, SMALLEST = 4, 3
ON_BLOCKS, ON_SHAPES = 0.9, 0.6
"""Share of a phrase's chords of three notes and more; and of those whose shape comes twice."""
BEYOND = 3
"""Semitones: chords may lie this much lower and higher than the phrase's."""
SAME_CLASSES, TUNE_CLASSES, HEARD_BEFORE, FAR, CROSSING = 2.0, 1.0, 0.6, 0.04, 1.0
"""What a chord is chosen by: pitch classes shared with what was drawn and with the tune over it,
that the phrase has the very chord, each semitone that it lies away from what was drawn, and that
it reaches up to the tune."""


@dataclass(frozen=True, slots=True)
class Voicings:
    """How a phrase builds its chords."""

    shapes: frozenset[Shape]
    candidates: tuple[tuple[int, Shape], ...]
    """All that may be struck, lowest pitch and shape: where its chords lie, of its own pitches."""
    classes: FloatArray
    """(candidates, 12): 1 for each pitch class of each."""
    heard: FloatArray
    """(candidates,): 1 where the phrase has the very chord."""

    @staticmethod
    def of(chords: Mapping[tuple[int, Shape], int], own: Set[int]) -> Voicings:
        """Make all chords of the shapes of these that have no other pitch classes than ``own``."""
        shapes = frozenset(shape for _, shape in chords)
        lowest, highest = min(low for low, _ in chords), max(low for low, _ in chords)
        usable = tuple(
            (low, shape)
            for shape in sorted(shapes)
            if len(shape) >= SMALLEST
            for low in range(lowest - BEYOND, highest + BEYOND + 1)
            if {(low + k) % 12 for k in shape} <= own
        )
        classes = np.zeros((len(usable), 12))
        for number, (low, shape) in enumerate(usable):
            classes[number, [(low + k) % 12 for k in shape]] = 1.0
        return Voicings(shapes, usable, classes, np.array([float(c in chords) for c in usable]))


def _layers(rows: FloatArray) -> list[IntArray]:
    """Return the places of the notes of each chord by pitch, without the tune over it.

    A note that begins alone is no chord; one under a tune is a chord of one note.
    """
    order = np.lexsort((rows[:, 2], rows[:, 0]))
    chord = chord_of(rows[order, 0])
    layers = []
    for number in np.flatnonzero(np.bincount(chord) > 1):
        mine = order[chord == number]
        mine = mine[np.argsort(rows[mine, 2], kind="stable")]
        above = rows[mine[-1], 2] - rows[mine[-2], 2] > TUNE_ABOVE
        layers.append(mine[:-1] if above else mine)
    return layers


def _shape(pitches: FloatArray) -> Shape:
    return tuple((pitches - pitches[0]).astype(int).tolist())


def read_voicings(notes: FloatArray) -> Voicings | None:
    """Read rows (start_s, end_s, pitch, velocity); None where chords are built in many ways."""
    rows = notes[np.argsort(notes[:, 0], kind="stable")]
    layers = [rows[layer, 2] for layer in _layers(rows)]
    chords = Counter((int(p[0]), _shape(p)) for p in layers)
    shapes = Counter(_shape(p) for p in layers)
    if len(layers) < FEWEST_CHORDS:
        return None
    blocks = sum(n for shape, n in shapes.items() if len(shape) >= SMALLEST)
    again = sum(n for shape, n in shapes.items() if n > 1)
    if blocks < ON_BLOCKS * len(layers) or again < ON_SHAPES * len(layers):
        return None
    return Voicings.of(chords, set((rows[:, 2].astype(int) % 12).tolist()))


def revoiced(voicings: Voicings, notes: FloatArray) -> FloatArray:
    """Return notes (n, 4) by onset whose chords are built as the phrase builds them."""
    rows = notes[np.argsort(notes[:, 0], kind="stable")]
    gone: list[int] = []
    fresh: list[FloatArray] = []
    for layer in _layers(rows):
        drawn = rows[layer, 2]
        if _shape(drawn) in voicings.shapes:
            continue
        low, shape = _fitting(voicings, rows, layer)
        gone += layer.tolist()
        start, end = rows[layer[0], 0], np.sort(rows[layer, 1])[len(layer) // 2]
        loudness = np.round(rows[layer, 3].mean())
        fresh += [np.array([start, end, low + k, loudness]) for k in shape]
    if not gone:
        return notes
    both = np.concatenate([np.delete(rows, gone, axis=0), np.stack(fresh)])
    return both[np.lexsort((both[:, 2], both[:, 0]))]


def _fitting(voicings: Voicings, rows: FloatArray, layer: IntArray) -> tuple[int, Shape]:
    """Return the chord that fits a drawn one and the tune over it best."""
    drawn, start, end = rows[layer, 2], rows[layer[0], 0], rows[layer, 1].max()
    over = (rows[:, 0] > start - EXACT_S) & (rows[:, 0] < end - EXACT_S) & (rows[:, 2] > drawn[-1])
    tune = rows[over]
    wanted = np.zeros(12)
    wanted[drawn.astype(int) % 12] = 1.0
    sung = np.bincount(tune[:, 2].astype(int) % 12, tune[:, 1] - tune[:, 0], minlength=12)
    lowest = np.array([low for low, _ in voicings.candidates])
    highest = np.array([low + shape[-1] for low, shape in voicings.candidates])
    merit = (
        SAME_CLASSES * (voicings.classes @ wanted) / wanted.sum()
        + TUNE_CLASSES * (voicings.classes @ sung) / max(float(sung.sum()), EXACT_S)
        + HEARD_BEFORE * voicings.heard
        - FAR * np.abs(lowest - drawn[0])
        - CROSSING * (highest >= tune[:, 2].min(initial=np.inf))
    )
    return voicings.candidates[int(merit.argmax())]
