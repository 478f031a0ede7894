"""What is exact in a phrase is taken over; what a person played is left alone."""

from dataclasses import replace

import numpy as np
import pytest

from skills.music.generator.hand import Hand, find_grid, find_tick, read_hand, take_over


def score(step_s=0.25, count=32, breath_s=0.001, bar=6):
    """A tune as a converter writes it: exact onsets, a breath, an accent each bar."""
    pitches = 60 + np.array([0, 2, 4, 5, 7, 5, 4, 2] * (count // 8))
    onsets = np.arange(count) * step_s
    loud = np.where(np.arange(count) % bar == 0, 105.0, 80.0)
    return np.stack([onsets, onsets + step_s - breath_s, pitches, loud], axis=1)


def played(seed=0):
    """The same tune as a person plays it."""
    chance = np.random.default_rng(seed)
    rows = score()
    rows[:, :2] += chance.normal(0, 0.012, (len(rows), 1))
    rows[:, 1] -= chance.uniform(0, 0.1, len(rows))
    rows[:, 3] = np.clip(70 + 12 * chance.standard_normal(len(rows)), 1, 127).round()
    return rows[np.argsort(rows[:, 0])]


@pytest.mark.parametrize("step_s", [0.0625, 0.2, 0.341, 0.7])
def test_the_grid_of_a_score_is_found_to_the_millisecond(step_s):
    found = find_grid(score(step_s)[:, 0])
    assert found is not None
    assert found[0] == pytest.approx(step_s, abs=1e-4)


def test_a_person_has_no_exact_hand():
    hand = read_hand(played(), 8.0)
    assert hand.grid_s is None
    assert hand.levels is None
    drawn = played(seed=1)[:10]
    assert take_over(hand, drawn, 8.0, whole=True).tolist() == drawn.tolist()


def test_drawn_notes_land_on_the_grid_the_lengths_and_the_accents_of_a_score():
    hand = read_hand(score(), 8.0)
    drawn = score()[:16]
    chance = np.random.default_rng(3)
    drawn[:, 0] += chance.uniform(-0.02, 0.02, 16)
    drawn[:, 1] = drawn[:, 0] + 0.249 * chance.uniform(0.92, 1.08, 16)
    drawn[:, 3] = 90.0
    drawn[0, :2] = 0.005, 0.25
    moved = take_over(hand, drawn, 8.0, whole=True)
    places = moved[:, 0] / 0.25
    assert np.abs(places - places.round()).max() < 0.01
    assert np.allclose(moved[:, 1] - moved[:, 0], 0.249, atol=0.002)
    accented = (places.round() + 32) % 6 == 0
    assert set(moved[accented, 3]) == {105.0}
    assert set(moved[~accented, 3]) == {80.0}


def test_a_true_subdivision_is_kept():
    hand = read_hand(score(step_s=0.5, count=16), 8.0)
    eighths = np.array([(k * 0.25, k * 0.25 + 0.24, 60 + k, 80) for k in range(8)], float)
    moved = take_over(hand, eighths, 8.0, whole=False)
    assert np.allclose(moved[:, 0], eighths[:, 0], atol=0.01)


def test_loudness_is_left_alone_when_it_is_asked():
    drawn = score()[:8]
    drawn[:, 3] = 50.0
    assert set(take_over(read_hand(score(), 8.0), drawn, 8.0, whole=False)[:, 3]) == {50.0}


def test_what_would_come_before_the_hand_over_is_left_out():
    hand = read_hand(score(), 7.9)
    drawn = np.array([(0.01, 0.2, 60, 80), (0.1, 0.34, 62, 80)], float)
    moved = take_over(hand, drawn, 7.76, whole=True)
    assert (moved[:, 0] >= 0).all()


def test_a_short_phrase_says_nothing_of_a_hand():
    assert read_hand(score()[:3], 1.0) == Hand()


def test_the_clock_of_a_file_is_found_and_kept() -> None:
    chance = np.random.default_rng(2)
    onsets = np.cumsum(chance.integers(100, 400, 24)) / 960 + 0.0413
    notes = np.stack([onsets, onsets + 300 / 960, 60.0 + np.arange(24), np.full(24, 70.0)], axis=1)
    hand = read_hand(notes, 9.0)
    assert hand.tick_s == pytest.approx(1 / 960, rel=1e-6)
    drawn = notes.copy()
    drawn[:, :2] += chance.uniform(0.0, 0.01, (24, 2))
    ticks = (take_over(hand, drawn, 9.0, True)[:, :2] + 9.0 - onsets[0]) * 960
    assert np.abs(ticks - np.round(ticks)).max() < 1e-3


def test_fingers_have_no_clock() -> None:
    chance = np.random.default_rng(3)
    onsets = np.sort(chance.uniform(0.0, 8.0, 30))
    notes = np.stack([onsets, onsets + chance.uniform(0.2, 0.4, 30), onsets, onsets], axis=1)
    assert find_tick(notes) is None


def test_an_even_phrase_in_ticks_is_gone_on_with_in_whole_ticks() -> None:
    onsets = np.arange(24) * 240 / 960 + 0.3704
    notes = np.stack([onsets, onsets + 0.2, 60.0 + np.arange(24) % 5, np.full(24, 70.0)], axis=1)
    hand = read_hand(np.round(notes * [960, 960, 1, 1]) / [960, 960, 1, 1], 6.5)
    drawn = notes[:8] - [0.36, 0.36, 0, 0] + [0.004, 0.0, 0, 0]
    moved = take_over(hand, drawn, 6.5, True)
    assert np.diff(moved[:, 0]) == pytest.approx(np.full(len(moved) - 1, 0.25), abs=1e-9)


def hymn(bars=6, beat_s=0.5, levels=(125.0, 127.0)):
    """Four voices in chords of one length; each first beat of four is a little louder."""
    rows = [
        [beat * beat_s, (beat + 1) * beat_s - 0.001, pitch + beat % 3, levels[beat % 4 == 0]]
        for beat in range(4 * bars)
        for pitch in (48, 55, 64, 72)
    ]
    return np.array(rows)


def test_notes_of_a_drawn_chord_are_as_loud_as_each_other_where_the_phrases_are():
    hand = Hand(levels=np.array([80.0, 100.0]), struck_alike=read_hand(hymn(), 12.0).struck_alike)
    drawn = hymn()[:8]
    drawn[:, 3] = [82, 82, 82, 97, 99, 85, 99, 99]
    moved = take_over(hand, drawn, 12.0, whole=True)
    assert moved[:, 3].tolist() == [80.0] * 4 + [100.0] * 4


def test_each_voice_keeps_its_own_level_where_the_phrases_chords_are_not_of_one():
    rows = hymn()
    rows[3::4, 3] = 90.0
    hand = read_hand(rows, 12.0)
    assert not hand.struck_alike
    drawn = rows[:8].copy()
    drawn[:, 3] = [126.5, 124, 126, 92] * 2
    moved = take_over(replace(hand, accents=None), drawn, 12.0, whole=True)
    assert moved[3::4, 3].tolist() == [90.0, 90.0]
    assert moved[:, 3].max() == 127.0


def test_notes_of_a_drawn_chord_that_are_about_as_long_end_together():
    hand = read_hand(hymn(), 12.0)
    assert hand.released_together
    drawn = hymn()[:8]
    drawn[:, 1] = drawn[:, 0] + [0.47, 0.5, 0.52, 0.49, 1.4, 0.7, 1.5, 1.45]
    moved = take_over(replace(hand, grid_s=None), drawn, 12.0, whole=False)
    ends = moved[:, 1].round(3).tolist()
    assert len(set(ends[:4])) == 1
    assert len({ends[4], ends[6], ends[7]}) == 1
    assert ends[5] == 1.2  # another length is meant


def test_hands_that_let_go_one_after_the_other_still_do():
    rows = hymn()
    rows[:, 1] -= np.tile([0.0, 0.02, 0.04, 0.06], len(rows) // 4)
    hand = read_hand(rows, 12.0)
    assert not hand.released_together


def tune_over_soft_chords(levels=(105.0, 80.0), under=62.0):
    """An accent each fourth note of a tune; a chord of one other level under every second note."""
    rows = []
    for place in range(32):
        start, end = place * 0.25, place * 0.25 + 0.249
        rows.append([start, end, 72 + place % 5, levels[place % 4 != 0]])
        if place % 2 == 0:
            rows += [[start, end + 0.25, pitch, under] for pitch in (48, 52 + place % 3, 57)]
    return np.array(sorted(rows, key=lambda row: (row[0], row[2])))


def test_a_tune_keeps_its_accents_over_chords_of_another_level():
    hand = read_hand(tune_over_soft_chords(), 8.0)
    assert hand.under == 62.0
    drawn = tune_over_soft_chords()[:20]
    right = drawn[:, 3].copy()
    drawn[:, 3] = np.random.default_rng(4).uniform(55, 110, len(drawn)).round()
    assert take_over(hand, drawn, 8.0, whole=True)[:, 3].tolist() == right.tolist()


def test_chords_of_many_levels_have_none_that_is_taken_over():
    rows = tune_over_soft_chords()
    low = rows[:, 2] < 65
    rows[low, 3] = np.tile([60.0, 64.0, 68.0], low.sum())[: low.sum()]
    assert read_hand(rows, 8.0).under is None
