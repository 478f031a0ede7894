"""Where an answer comes from and goes to: the chord of a composition, and the notes as played."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from skills.music.generator.codec import tidy
from skills.music.generator.plan import Plan
from skills.music.notes import Note, Phrase, fold_pitch
from skills.music.request import Request
from skills.music.theory.key import Key, parse_key

FloatArray = npt.NDArray[np.float64]

LOWEST, HIGHEST = 21, 108
"""The keys of a piano."""


def perform(notes: FloatArray, plan: Plan, request: Request) -> Phrase:
    """Bring drawn notes to the asked tempo, register, loudness and exact length."""
    played = []
    for start, end, pitch, velocity in notes.tolist():
        start, end = start / plan.stretch, min(end / plan.stretch, plan.seconds)
        if end - start < 1e-3:
            continue
        height = fold_pitch(int(pitch) + request.register_shift - 12 * plan.octaves)
        while height < LOWEST:
            height += 12
        while height > HIGHEST:
            height -= 12
        loudness = plan.flat_velocity or int(velocity)
        loudness = int(np.clip(loudness + request.velocity_shift, 1, 127))
        played.append(Note(start, height, end - start, loudness))
    return Phrase(tuple(played), plan.seconds)


def first_chord(request: Request) -> Phrase:
    """Return the chord that a composition grows from: the tonic, in a key by request or seed."""
    if request.key:
        key = parse_key(request.key)
    else:
        chance = np.random.default_rng([request.seed, 7])
        dark = request.mood in ("sad", "tense", "dark")
        key = Key(int(chance.integers(12)), "minor" if dark else "major")
    root = 48 + (key.tonic + 5) % 12 - 5
    third = 3 if key.mode == "minor" else 4
    quiet = request.mood in ("sad", "calm", "dreamy", "dark", "romantic")
    pitches = (root - 12, root + 7, root + 12, root + 12 + third)
    return Phrase(tuple(Note(0.0, p, 0.9, 56 if quiet else 76) for p in pitches))


def with_opening(chord: Phrase, notes: FloatArray, seconds: float) -> FloatArray:
    """Return the notes (n, 4) of a composition with its first chord."""
    rows = chord.to_array()
    return tidy(np.concatenate([rows[rows[:, 0] < seconds], notes]))
