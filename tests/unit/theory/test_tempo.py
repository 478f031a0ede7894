from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills.music.notes import Note, Phrase
from skills.music.theory.tempo import find_tempo


def played(bpm: float, jitter_s: float = 0.0, start_s: float = 0.0, seconds: float = 8.0) -> Phrase:
    """Return a left hand on every beat and a right hand in quavers with gaps."""
    chance = np.random.default_rng(3)
    beat_s = 60 / bpm
    notes = []
    for i in range(int(seconds / beat_s)):
        at = start_s + i * beat_s
        notes.append((at, 43, beat_s * 0.9))
        notes.append((at, 67, beat_s * 0.4))
        if i % 4 != 3:
            notes.append((at + beat_s / 2, 72, beat_s * 0.4))
    return Phrase(
        tuple(
            Note(max(0.0, at + chance.normal(0, jitter_s)), pitch, length, 70)
            for at, pitch, length in notes
        )
    )


def error(found: float, true: float) -> float:
    """Return the relative error against the tempo, its half or its double."""
    return min(abs(found / (true * k) - 1) for k in (0.5, 1, 2))


@pytest.mark.parametrize("bpm", range(60, 181, 7))
def test_a_steady_pulse_is_found(bpm: int) -> None:
    tempo = find_tempo(played(bpm))
    assert tempo is not None
    assert error(tempo.bpm, bpm) < 0.02
    assert tempo.beat_s == pytest.approx(60 / tempo.bpm)


@pytest.mark.parametrize("bpm", [66, 84, 100, 120, 150])
def test_a_pulse_is_found_in_human_timing(bpm: int) -> None:
    tempo = find_tempo(played(bpm, jitter_s=0.02))
    assert tempo is not None
    assert error(tempo.bpm, bpm) < 0.04


def test_beats_fall_on_the_notes() -> None:
    tempo = find_tempo(played(90, start_s=0.2))
    assert tempo is not None
    beats = (0.2 - tempo.first_beat_s) / tempo.beat_s
    assert abs(beats * 2 - round(beats * 2)) < 0.15  # on a beat or between two
    assert 0 <= tempo.first_beat_s < tempo.beat_s


def test_playing_in_time_is_surer_than_playing_at_random() -> None:
    chance = np.random.default_rng(5)
    free = Phrase(tuple(Note(float(t), 60, 0.1, 64) for t in chance.uniform(0, 8, 40)))
    steady, loose = find_tempo(played(96)), find_tempo(free)
    assert steady is not None
    assert loose is not None
    assert loose.confidence < 0.5 < steady.confidence


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_notes_have_no_pulse(count: int) -> None:
    assert find_tempo(Phrase(tuple(Note(i * 0.5, 60, 0.4, 64) for i in range(count)))) is None


def test_one_long_chord_has_no_pulse() -> None:
    assert find_tempo(Phrase(tuple(Note(0.0, p, 2.0, 64) for p in range(60, 72)))) is None


@given(st.lists(st.tuples(st.floats(0, 60), st.integers(0, 127)), max_size=40))
def test_whatever_is_played_gives_a_tempo_within_range_or_none(
    strokes: list[tuple[float, int]],
) -> None:
    tempo = find_tempo(Phrase(tuple(Note(at, pitch, 0.1, 64) for at, pitch in strokes)))
    if tempo is not None:
        assert 40 <= tempo.bpm <= 230
        assert 0 <= tempo.confidence <= 1 + 1e-9


def jig(quaver_s: float) -> Phrase:
    """Return sixteen beats of three quavers, as a fiddler plays them."""
    tune = (67, 71, 74, 79, 74, 71, 69, 72, 76, 74, 71, 67, 67, 71, 74, 79, 78, 76, 74, 71, 69)
    pitches = [tune[i % len(tune)] for i in range(48)]
    return Phrase(tuple(Note(i * quaver_s, p, quaver_s * 0.9, 80) for i, p in enumerate(pitches)))


@pytest.mark.parametrize("quaver_s", [0.15, 0.18, 0.21, 0.25])
def test_the_beat_of_a_jig_holds_three_quavers(quaver_s: float) -> None:
    tempo = find_tempo(jig(quaver_s))
    assert tempo is not None
    assert tempo.beats_hold == 3
    assert error(tempo.bpm, 60 / (3 * quaver_s)) < 0.02


@pytest.mark.parametrize("quaver_s", [0.2, 0.25, 0.3])
def test_the_beat_of_a_scale_holds_two_quavers(quaver_s: float) -> None:
    scale = (60, 62, 64, 65, 67, 69, 71, 72)
    notes = (Note(i * quaver_s, scale[i % 8], quaver_s, 80) for i in range(24))
    tempo = find_tempo(Phrase(tuple(notes)))
    assert tempo is not None
    assert tempo.beats_hold == 2
    assert error(tempo.bpm, 30 / quaver_s) < 0.02
