"""What music is made of: its chords and their voicings, its rhythms, its note lengths.

People go on with the words of a phrase: three of ten of their chords have been heard before, in the
same voicing, nine of ten of their rhythms. The critic is told how much of an answer is made so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LARGEST_CHORD = 5
SHORTEST_S = 0.02
STEPS_AN_OCTAVE = 5
CLOSE = 5
"""Semitones: a top note this near to the next one below belongs to the chord, not to a tune."""
SHARED = (
    "sizes_apart",
    "known_shapes",
    "known_gaps",
    "known_lengths",
    "known_pitches",
    "bare_chords",
    "low_length",
    "top_length",
)


@dataclass(frozen=True, slots=True)
class Words:
    """What music is made of, to be looked for in other music: rough enough for played times."""

    sizes: FloatArray
    """(LARGEST_CHORD,) share of chords of 1, 2, … notes; the last of as many or more."""
    shapes: list[bytes]
    """Semitones above its lowest note of each chord of several notes."""
    gaps: list[int]
    """Between moments, in steps of a fifth of an octave."""
    lengths: list[int]
    """Of notes, in the same steps."""
    pitches: list[int]
    bare: float
    """Share of the chords of several notes without a tune above them."""
    low_s: float
    top_s: float
    """Median of the logarithm of the lengths of the lowest and highest notes of chords."""


def words_of(rows: FloatArray, group: IntArray, first: IntArray, moments: FloatArray) -> Words:
    """Take music apart: rows (n, 4) by onset, their chords' numbers, first rows and moments."""
    sizes = np.bincount(group)
    kinds = np.bincount(np.minimum(sizes, LARGEST_CHORD) - 1, minlength=LARGEST_CHORD)
    lengths = np.log2(np.maximum(rows[:, 1] - rows[:, 0], SHORTEST_S))
    by_pitch = np.lexsort((rows[:, 2], group))
    pitch, lengths = rows[by_pitch, 2].astype(np.int64), lengths[by_pitch]
    shapes, under = [], []
    for start, size in zip(first.tolist(), sizes.tolist(), strict=True):
        if size > 1:
            chord = pitch[start : start + size]
            shapes.append((chord - chord[0]).astype(np.int8).tobytes())
            under.append(int(chord[-1] - chord[-2]))
    gaps = np.log2(np.maximum(np.diff(moments), SHORTEST_S))
    return Words(
        sizes=kinds / len(sizes),
        shapes=shapes,
        gaps=np.round(gaps * STEPS_AN_OCTAVE).astype(int).tolist(),
        lengths=np.round(lengths * STEPS_AN_OCTAVE).astype(int).tolist(),
        pitches=pitch.tolist(),
        bare=sum(u <= CLOSE for u in under) / max(len(under), 1),
        low_s=float(np.median(lengths[first])),
        top_s=float(np.median(lengths[first + sizes - 1])),
    )


def _known(words: Sequence[object], known: Sequence[object]) -> float:
    """Return the share of words that are among the known ones; 1 of none."""
    vocabulary = set(known)
    return sum(word in vocabulary for word in words) / len(words) if words else 1.0


def shared(before: Words, after: Words) -> list[float]:
    """Return the numbers of SHARED: how much of an answer is made as its phrase is."""
    return [
        float(np.abs(before.sizes - after.sizes).sum() / 2),
        _known(after.shapes, before.shapes),
        _known(after.gaps, before.gaps),
        _known(after.lengths, before.lengths),
        _known(after.pitches, before.pitches),
        after.bare - before.bare,
        after.low_s - before.low_s,
        after.top_s - before.top_s,
    ]
