from __future__ import annotations

import pytest

from skills.music.notes import Note, Phrase
from skills.music.theory.bars import find_bars
from skills.music.theory.tempo import find_tempo


def waltz(beats_a_bar: int, bars: int = 6, beat_s: float = 0.5, pickup: int = 0) -> Phrase:
    """Return a bass on every first beat and chords on the others."""
    notes: list[Note] = []
    for place in range(pickup + bars * beats_a_bar):
        at_s, beat = place * beat_s, place - pickup
        if beat % beats_a_bar == 0:
            bass = 36 + (beat // beats_a_bar) % 3 * 5
            notes.append(Note(at_s, bass, 1.2, 90))
        else:
            notes += [Note(at_s, 60 + step, 0.3, 60) for step in (0, 4, 7)]
    return Phrase(tuple(notes))


@pytest.mark.parametrize("beats_a_bar", [3, 4])
@pytest.mark.parametrize("pickup", [0, 1, 2])
def test_the_bass_tells_the_bar(beats_a_bar: int, pickup: int) -> None:
    found = find_bars(waltz(beats_a_bar, pickup=pickup), 0.5, 0.0)
    assert found is not None
    assert (found.beats_a_bar, found.downbeat) == (beats_a_bar, pickup)
    assert found.lead > 0.15


def test_notes_that_are_all_alike_mark_no_bar() -> None:
    even = Phrase(tuple(Note(0.5 * n, 60, 0.4, 80) for n in range(32)))
    assert find_bars(even, 0.5, 0.0) is None


def test_a_few_beats_are_no_bars() -> None:
    assert find_bars(waltz(4, bars=1), 0.5, 0.0) is None
    assert find_bars(Phrase(), 0.5, 0.0) is None


def test_a_tempo_carries_its_bars() -> None:
    tempo = find_tempo(waltz(4, bars=8))
    assert tempo is not None
    assert tempo.steady
    assert tempo.bpm == pytest.approx(120, rel=0.02)
    assert tempo.beats_a_bar == 4
    line_s = tempo.first_beat_s + tempo.downbeat * tempo.beat_s
    assert min(line_s % 2.0, 2.0 - line_s % 2.0) < 0.06
    assert 0.0 < tempo.bar_confidence < 1.0
