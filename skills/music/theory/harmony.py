"""What the notes of a phrase tell of its harmony: numbers from which a key is guessed.

Everything is counted by pitch class, so that a phrase and its transposition differ by a rotation.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from skills.music.notes import Phrase

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

WINDOW_S, MOST_WINDOWS = 0.5, 128
"""A chord is looked for in every window; those of a long phrase are longer."""
CHORD_S: Final = 0.04
"""Notes within this many seconds are one moment."""
BARELY: Final = 0.1
"""Share of a window that a note must sound in to be its bass."""
CLEAR: Final = 0.7
"""Share of a window's sound that three pitch classes must have to be its chord."""
TEXTURE: Final = 3
LONGEST_GAP_S, MOST_GAPS = 2.0, 4.0
"""Longest time to the next moment that counts: seconds, and usual (median) times."""
LAYOUT: Final = (12,) * 9 + (144,) + (24,) * 3 + (TEXTURE,) + (144,) * 2 + (12,) * 5
"""Blocks of ``features``: pitch classes by count, length, bass, top, long notes, the last second's
lengths, first bass, last bass, last top; pairs of basses; chords, first and last one; what no
transposition changes: notes a moment, range, moments a second; pairs of tops that follow each
other (repeated ones left out) and of tops with one between; tops by the time to the next moment;
the first moment, the last one, and the two before it."""
WIDTH: Final = sum(LAYOUT)


def features(phrase: Phrase) -> FloatArray:
    """Return what is counted, (WIDTH,), turned so that C is the tonic; the phrase holds notes."""
    rows = phrase.to_array()
    onsets, ends, pitches = rows[:, 0], rows[:, 1], rows[:, 2].astype(np.int64)
    classes, lengths = pitches % 12, np.minimum(ends - onsets, 4.0)
    basses, tops = _edges(onsets, pitches)
    window_basses, chords = _windows(onsets, ends, pitches)
    late = onsets >= onsets[-1] - 1.0
    parts = [
        _root(np.bincount(classes, minlength=12)),
        _root(np.bincount(classes, lengths, 12)),
        _root(np.bincount(window_basses, minlength=12)),
        _root(np.bincount(tops, minlength=12)),
        _root(np.bincount(classes, lengths**2, 12)),
        _root(np.bincount(classes[late], lengths[late], 12)),
        _one(int(basses[0]), 12),
        _one(int(basses[-1]), 12),
        _one(int(tops[-1]), 12),
        _pairs(window_basses),
        *_chord_shares(chords),
        _texture(pitches, len(tops), float(onsets[-1] - onsets[0])),
        *_melody(onsets, ends, pitches, tops),
    ]
    return np.concatenate(parts)


def turns() -> IntArray:
    """Return (12, WIDTH): which feature stands where when each pitch class is the tonic."""
    steps = np.arange(12)
    blocks, start = [], 0
    for width in LAYOUT:
        place = np.arange(width)
        rows = []
        for tonic in steps:
            if width == TEXTURE:
                source = place
            elif width == 144:
                source = (place // 12 + tonic) % 12 * 12 + (place % 12 + tonic) % 12
            else:
                source = place // 12 * 12 + (place % 12 + tonic) % 12
            rows.append(start + source)
        blocks.append(np.stack(rows))
        start += width
    return np.concatenate(blocks, axis=1)


def _texture(pitches: IntArray, moments: int, length_s: float) -> FloatArray:
    size, reach = np.log(len(pitches) / moments), float(np.ptp(pitches)) / 36
    return np.array([size, reach, min(moments / max(length_s, 0.5) / 6, 2.0)])


def _root(counts: npt.NDArray[np.number]) -> FloatArray:
    shares: FloatArray = np.sqrt(counts / max(float(counts.sum()), 1e-9))
    return shares


def _one(place: int, width: int) -> FloatArray:
    row = np.zeros(width)
    if place >= 0:
        row[place] = 1.0
    return row


def _edges(onsets: FloatArray, pitches: IntArray) -> tuple[IntArray, IntArray]:
    """Return the pitch classes of the lowest and the highest note of each moment."""
    starts = np.flatnonzero(np.diff(onsets, prepend=-1.0) > CHORD_S)
    return np.minimum.reduceat(pitches, starts) % 12, np.maximum.reduceat(pitches, starts) % 12


def _melody(
    onsets: FloatArray, ends: FloatArray, pitches: IntArray, tops: IntArray
) -> list[FloatArray]:
    """Return pairs of tops, tops by the time to the next moment, and the moments at both ends."""
    starts = np.flatnonzero(np.diff(onsets, prepend=-1.0) > CHORD_S)
    times = onsets[starts]
    gaps = np.minimum(np.diff(times, append=max(ends.max(), times[-1] + 0.05)), LONGEST_GAP_S)
    gaps = np.clip(gaps / np.median(gaps), 0.0, MOST_GAPS)
    moves = np.flatnonzero(np.diff(tops))
    moment = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(onsets))))
    ends_at = [0, *(max(len(starts) - back, 0) for back in (1, 2, 3))]
    return [
        _root(np.bincount(tops[moves] * 12 + tops[moves + 1], minlength=144)),
        _root(np.bincount(tops[:-2] * 12 + tops[2:], minlength=144)),
        _root(np.bincount(tops, gaps, 12)),
        *(_some(pitches[moment == place] % 12) for place in ends_at),
    ]


def _some(classes: IntArray) -> FloatArray:
    row = np.zeros(12)
    row[classes] = 1.0
    return row


def _windows(onsets: FloatArray, ends: FloatArray, pitches: IntArray) -> tuple[IntArray, IntArray]:
    """Return the bass and the chord (0..23, -1 for none) of each window that sounds."""
    length_s = float(ends.max() - onsets[0])
    window_s = max(WINDOW_S, length_s / MOST_WINDOWS)
    starts = onsets[0] + np.arange(max(int(np.ceil(length_s / window_s)), 1)) * window_s
    overlap = np.minimum(ends, starts[:, None] + window_s) - np.maximum(onsets, starts[:, None])
    overlap = np.maximum(overlap, 0.0) / window_s  # (windows, notes)
    sounds = overlap @ (pitches[:, None] % 12 == np.arange(12))
    lowest = np.where(overlap > BARELY, pitches, 999).min(axis=1)
    sounding = lowest < 999
    sounds, lowest = sounds[sounding], lowest[sounding]
    triads = np.stack([sounds + _turned(sounds, 7) + _turned(sounds, third) for third in (4, 3)])
    fits = np.concatenate([*triads], axis=1)  # (windows, 24)
    total = np.maximum(sounds.sum(axis=1), 1e-9)
    best = fits.argmax(axis=1)
    clear = np.take_along_axis(fits, best[:, None], 1)[:, 0] / total >= CLEAR
    three = (sounds > BARELY / 2).sum(axis=1) >= 2
    return lowest % 12, np.where(clear & three, best, -1)


def _turned(sounds: FloatArray, steps: int) -> FloatArray:
    return np.roll(sounds, -steps, axis=1)


def _pairs(basses: IntArray) -> FloatArray:
    """Return how often one bass follows another one, (144,)."""
    changes = np.flatnonzero(np.diff(basses))
    counts = np.bincount(basses[changes] * 12 + basses[changes + 1], minlength=144)
    return _root(counts)


def _chord_shares(chords: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    heard = chords[chords >= 0]
    if not len(heard):
        return np.zeros(24), np.zeros(24), np.zeros(24)
    counts = np.bincount(heard, minlength=24)
    return _root(counts), _one(int(heard[0]), 24), _one(int(heard[-1]), 24)
