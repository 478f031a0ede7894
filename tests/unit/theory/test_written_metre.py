"""A file's own metre counts where the notes lie on it."""

from __future__ import annotations

import random

import pytest

from skills.music.generator.plan import answer_seconds
from skills.music.notes import Metre, Note, Phrase
from skills.music.request import Request
from skills.music.theory.tempo import find_tempo

WALTZ = (0, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12)
"""Onsets in crotchets; nothing else in them tells three from four."""


def phrase(onsets_s: list[float], metre: Metre | None) -> Phrase:
    notes = tuple(Note(at_s, 60 + i % 8, 0.2, 80) for i, at_s in enumerate(onsets_s))
    return Phrase(notes, 0.0, metre)


def test_a_waltz_has_the_bars_that_its_file_writes() -> None:
    beat_s = 60 / 140
    found = find_tempo(phrase([beat_s * at for at in WALTZ], Metre(beat_s, 3)))
    assert found is not None
    assert found.bpm == pytest.approx(140)
    assert found.bar_s == pytest.approx(3 * beat_s)


def test_a_jig_has_two_beats_a_bar() -> None:
    quaver_s = 0.18
    written = Metre(3 * quaver_s, 2, 3)
    found = find_tempo(phrase([quaver_s * k for k in range(24)], written))
    assert found is not None
    assert (found.beats_hold, found.beats_counted) == (3, 2)


def test_notes_played_freely_belie_what_their_file_writes() -> None:
    chance = random.Random(4)
    onsets_s = [0.1 + 0.37 * k + chance.uniform(-0.02, 0.02) for k in range(24)]
    told, untold = (find_tempo(phrase(onsets_s, metre)) for metre in (Metre(0.5, 4), None))
    assert told == untold


def test_a_moved_phrase_keeps_its_written_metre() -> None:
    metre = Metre(0.4, 3)
    assert phrase([0.0, 0.4], metre).transposed(5).written == metre


def test_bars_are_counted_in_the_length_of_a_bar() -> None:
    assert answer_seconds(Phrase(), Request(bars=4), 1.5) == pytest.approx(6.0)
