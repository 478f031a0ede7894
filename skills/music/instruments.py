"""Instruments by the words that people say, as General MIDI programs (0..127)."""

from __future__ import annotations

from typing import Final

PROGRAMS: Final = {
    "piano": 0,
    "electric piano": 4,
    "harpsichord": 6,
    "celesta": 8,
    "music box": 10,
    "vibraphone": 11,
    "marimba": 12,
    "xylophone": 13,
    "bells": 14,
    "organ": 19,
    "accordion": 21,
    "harmonica": 22,
    "guitar": 24,
    "mandolin": 25,
    "electric guitar": 27,
    "bass": 32,
    "violin": 40,
    "viola": 41,
    "cello": 42,
    "double bass": 43,
    "harp": 46,
    "timpani": 47,
    "strings": 48,
    "choir": 52,
    "trumpet": 56,
    "trombone": 57,
    "tuba": 58,
    "horn": 60,
    "brass": 61,
    "saxophone": 65,
    "oboe": 68,
    "bassoon": 70,
    "clarinet": 71,
    "flute": 73,
    "whistle": 78,
    "synth": 81,
    "pad": 88,
    "sitar": 104,
    "banjo": 105,
    "bagpipes": 109,
    "drums": 115,
}
"""General MIDI has no mandolin: a guitar with steel strings is the nearest.

Drums are played as the pitched percussion "woodblock": an answer is a line of pitches.
"""


def program_of(instrument: str | None) -> int:
    """Return the General MIDI program of an instrument's name; piano when none or not known."""
    return PROGRAMS.get(instrument or "piano", PROGRAMS["piano"])
