"""How an answer comes in: its first chord on the beat, as loud as the player."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skills.music.generator.answer import Answer
from skills.music.notes import Note, Phrase
from skills.music.request import Request

CHORD_S = 0.04
"""Notes within this many seconds are struck together."""
MATCHED_S = 10.0
"""The loudness of so much of the phrase's end is taken over."""
MOST_SHIFT = 30
"""Loudness is moved by no more than this: what is far off was meant."""


def entering(answer: Answer, phrase: Phrase, request: Request) -> Answer:
    """Return the answer as it enters after a phrase."""
    music = brought_forward(answer.phrase)
    if request.mood is None and request.velocity_shift == 0:
        music = as_loud_as(music, phrase)
    return replace(answer, phrase=music)


def brought_forward(music: Phrase) -> Phrase:
    """Return the music with its first chord at time 0: the rest stays where it is.

    The first chord is held for as much longer, so that nothing falls silent in between.
    """
    if not music.notes or music.notes[0].onset_s == 0.0:
        return music
    first_s = music.notes[0].onset_s
    moved = [
        Note(0.0, n.pitch, n.end_s, n.velocity) if n.onset_s - first_s <= CHORD_S else n
        for n in music.notes
    ]
    return Phrase(tuple(moved), music.length_s)


def as_loud_as(music: Phrase, phrase: Phrase) -> Phrase:
    """Return the music with the mean velocity of the phrase's end; its shape stays."""
    if not music.notes or not phrase.notes:
        return music
    since_s = phrase.notes[-1].onset_s - MATCHED_S
    wanted = np.mean([n.velocity for n in phrase.notes if n.onset_s >= since_s])
    shift = round(float(wanted) - float(np.mean([n.velocity for n in music.notes])))
    shift = max(-MOST_SHIFT, min(MOST_SHIFT, shift))
    louder = (replace(n, velocity=max(1, min(127, n.velocity + shift))) for n in music.notes)
    return Phrase(tuple(louder), music.length_s)
