"""Chords under a tune: symbols are read, tunes are harmonised, strikes fall where they are said."""

import numpy as np
import pytest
import symusic

from skills.music.training.blocks import PATTERNS, Span, chords, guessed, labelled, symbols, voiced

BEATS = np.stack([np.arange(33) * 0.5, np.arange(33) / 4], axis=1)
"""Eight bars of four beats, two seconds each."""
C, F, G = (0, 4, 7), (5, 9, 0), (7, 11, 2)


def test_labels_become_pitch_classes_and_no_chord_becomes_silence():
    table = "0.5\t1.0\tN\n1.0\t2.0\tAb:min7/b3\n2.0\t3.5\tF#:maj\n"
    first, second = labelled(table)
    assert (first.start_s, first.end_s, first.classes) == (1.0, 2.0, (8, 11, 3, 6))
    assert second.classes == (6, 10, 1)


def test_symbols_of_a_lead_sheet_hold_until_the_next():
    score = symusic.Score(480)
    score.tempos.append(symusic.Tempo(0, qpm=60))
    table = "beat\troot\tkind\n1\t10\tmajor\n3\t0\tunheard-of\n4\t7\tminor\n"
    first, last = symbols(table, score, 9.0)
    assert (first.start_s, first.end_s) == pytest.approx((1.0, 3.0))
    assert first.classes == (10, 2, 5)
    assert (last.start_s, last.end_s) == pytest.approx((4.0, 9.0))
    assert last.classes == (7, 10, 2)


def tune(*bars):
    pitches = [p for bar in bars for p in bar]
    starts = np.arange(len(pitches)) * 0.5
    ends = starts + 0.5
    return np.stack([starts, ends, pitches, np.full(len(pitches), 80), ends], axis=1)


def test_a_tune_without_symbols_gets_the_chord_of_each_bar():
    line = tune((60, 64, 67, 64), (65, 69, 72, 69), (67, 71, 74, 71), (72, 67, 64, 60))
    found = list(guessed(line, BEATS))
    assert [span.classes for span in found] == [C, F, G, C]
    assert [span.start_s for span in found] == pytest.approx([0, 2, 4, 6])


def test_a_minor_tune_gets_chords_of_its_minor_key():
    line = tune((69, 72, 76, 72), (76, 80, 83, 80), (69, 72, 76, 69))
    assert [span.classes for span in guessed(line, BEATS)] == [(9, 0, 4), (4, 8, 11), (9, 0, 4)]


def test_without_beats_nothing_is_guessed():
    assert not list(guessed(tune((60, 64, 67, 72)), np.zeros((0, 2))))


def test_a_chord_lies_in_one_octave_with_its_root_below_if_wished():
    assert voiced(C, 50, rooted=False, bass=False) == [52, 55, 60]
    assert voiced(C, 50, rooted=True, bass=False) == [60, 64, 67]
    assert voiced(C, 50, rooted=False, bass=True) == [48, 52, 55, 60]


def test_chords_are_struck_within_their_span_and_do_not_drown_the_tune():
    spans = [Span(0.0, 4.0, C), Span(4.0, 8.0, F), Span(8.0, 9.0, G)]
    counts = set()
    for seed in range(60):
        notes = chords(spans, BEATS, 70.0, played=False, rng=np.random.default_rng(seed))
        assert notes[:, 3].max() <= 70
        for span in spans:
            own = notes[(notes[:, 0] >= span.start_s - 1e-6) & (notes[:, 0] < span.end_s - 1e-6)]
            assert set(own[:, 2] % 12) == set(span.classes)
            assert own[:, 1].max() <= span.end_s + 1e-6
        starts = np.unique(notes[:, 0].round(3))
        assert (starts % 0.25 == 0).all()
        counts.add(len(starts))
    assert len(counts) >= len(PATTERNS) - 1


def test_a_hand_does_not_strike_all_keys_at_once_nor_equally_loud():
    rng = np.random.default_rng(0)
    notes = chords([Span(0.0, 4.0, C)], BEATS, 70.0, played=True, rng=rng)
    assert len(np.unique(notes[:, 0])) == len(notes)
    assert len(np.unique(notes[:, 3])) > 1
