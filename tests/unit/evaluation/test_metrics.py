"""The figures say what they are said to say, on music whose answer is known."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import gaussian_kde

from skills.music.evaluation.answers import with_baselines
from skills.music.evaluation.baselines import markov, repeat
from skills.music.evaluation.cases import Case, interval
from skills.music.evaluation.heard import NAMES, heard
from skills.music.evaluation.metrics import broken, continuation, key_fit, novelty, rate_change
from skills.music.evaluation.overlap import nine_features, overlap_area
from skills.music.evaluation.realness import realness

C_MAJOR = (60, 62, 64, 65, 67, 69, 71, 72)
F_SHARP = (66, 68, 70, 71, 73, 75, 77, 78)


def tune(chance, scale=C_MAJOR, count=24, step_s=0.25, loud=80):
    onsets = np.arange(count) * step_s
    pitches = chance.choice(scale, count)
    loudness = np.clip(chance.normal(loud, 6, count), 1, 127)
    return np.stack([onsets, onsets + 0.9 * step_s, pitches, loudness], axis=1)


def case(number, answer_scale=None, loud=80):
    chance = np.random.default_rng(number)
    scale = C_MAJOR if number % 2 else F_SHARP
    return Case(
        name=str(number),
        phrase=tune(chance, scale),
        answer=tune(chance, answer_scale or scale, 20, loud=loud),
        truth=tune(chance, scale, 20),
        seconds=5.0,
    )


def test_answers_in_the_phrases_key_win_over_shuffled_phrases():
    figures = continuation([case(k) for k in range(12)])
    assert figures["key_fit_win"].value > 0.6
    assert figures["degenerate"].value == 0.0
    assert figures["rate_ratio"].value == pytest.approx(0.0, abs=0.1)
    assert figures["length_error_p95_s"].value == pytest.approx(0.025, abs=1e-6)


def test_an_interval_holds_its_value_and_narrows_with_more_cases():
    few, many = (interval(np.random.default_rng(1).normal(0, 1, n)) for n in (20, 2000))
    assert few.low < few.value < few.high
    assert many.high - many.low < few.high - few.low


def test_keys_far_apart_share_little():
    chance = np.random.default_rng(0)
    own = tune(chance, count=60)
    assert key_fit(own, tune(chance, count=60)) > 0.9 > 0.5 > key_fit(own, tune(chance, F_SHARP))


def test_the_phrase_again_has_no_novelty_and_the_same_pulse():
    phrase = tune(np.random.default_rng(3))
    again = repeat(phrase, 5.0)
    assert novelty(phrase, again) == pytest.approx(0.0)
    assert rate_change(phrase, again) == pytest.approx(0.0, abs=0.05)
    assert again[:, 1].max() <= 5.0


def test_novelty_does_not_hang_on_the_order_of_a_chords_rows():
    phrase = np.repeat(tune(np.random.default_rng(3)), 2, axis=0)
    phrase[1::2, 2] += 4
    upside_down = phrase.reshape(-1, 2, 4)[:, ::-1].reshape(-1, 4)
    assert novelty(phrase, upside_down) == pytest.approx(0.0)


def test_half_the_rate_is_one_octave():
    phrase = tune(np.random.default_rng(3), step_s=0.25)
    slow = tune(np.random.default_rng(3), step_s=0.5)
    assert rate_change(phrase, slow) == pytest.approx(-1.0, abs=0.1)


def test_a_chain_uses_the_phrases_pitches_and_fills_the_time():
    phrase = tune(np.random.default_rng(5))
    chain = markov(phrase, 5.0, np.random.default_rng(0))
    assert set(chain[:, 2]) <= set(phrase[:, 2])
    assert chain[-1, 1] == pytest.approx(5.0)


def test_what_is_no_music_is_broken():
    notes = tune(np.random.default_rng(0))
    assert not broken(notes)
    assert broken(notes[:1])
    assert broken(np.where(np.arange(4) == 2, 60.0, notes))


def test_music_of_one_kind_overlaps_more_than_of_two():
    def some(first, **how):
        return [tune(np.random.default_rng(k), **how) for k in range(first, first + 24)]

    same = overlap_area(some(0), some(100))
    other = overlap_area(some(0, scale=(60, 61), step_s=0.6, count=8), some(100))
    assert same.value > 0.8 > other.value


def test_the_overlap_area_is_that_of_kernel_densities():
    """Against scipy's densities, one feature at a time, as Yang and Lerch define it."""

    def some(first, step_s):
        for k in range(first, first + 24):
            chance = np.random.default_rng(k)
            step_s *= chance.uniform(0.8, 1.25)
            yield tune(chance, C_MAJOR if k % 3 else F_SHARP, int(chance.integers(9, 30)), step_s)

    ours, real = list(some(0, 0.3)), list(some(100, 0.25))
    areas = []
    for k in range(9):
        a, b = (np.stack([nine_features(notes)[k] for notes in kind]) for kind in (ours, real))
        within = cdist(b, b)[~np.eye(24, dtype=bool)]
        between = cdist(a, b).ravel()
        chance = np.random.default_rng(k)
        within, between = (d + 1e-6 * chance.standard_normal(d.shape) for d in (within, between))
        low, high = min(within.min(), between.min()), max(within.max(), between.max())
        grid = np.linspace(low - 0.2 * (high - low), high + 0.2 * (high - low), 1000)
        common = np.minimum(gaussian_kde(within)(grid), gaussian_kde(between)(grid))
        areas.append(np.trapezoid(common, grid))
    found = overlap_area(ours, real)
    assert found.value == pytest.approx(np.mean(areas), abs=0.003)
    assert found.low < found.value < found.high


def test_a_classifier_is_at_chance_with_equals_and_sure_with_louder_answers():
    alike = realness([case(k) for k in range(60)])
    louder = realness([case(k, loud=110) for k in range(60)])
    assert alike.low < 0.62
    assert louder.value > 0.95


def test_the_human_row_is_what_really_came_next():
    rows = with_baselines([case(k) for k in range(4)])
    assert set(rows) == {"encore", "repeat", "markov", "human"}
    assert (rows["human"][2].answer == rows["human"][2].truth).all()


def test_a_judge_hears_numbers_with_names():
    values = dict(zip(NAMES, heard(tune(np.random.default_rng(1))), strict=True))
    assert len(values) == 42
    assert values["onset_rate"] == pytest.approx(24 / 5.75)
    assert values["chord_size"] == 1.0
    assert values["pc_set"] == 7.0
    assert sum(values[f"deg{k}"] for k in range(12)) == pytest.approx(1.0)
    assert heard(np.zeros((3, 4))) is None
