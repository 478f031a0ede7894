"""What colours a mood beside the mode, how full an answer is, phrases at the keyboard's edges."""

import numpy as np
import pytest

from skills.music.generator import gate
from skills.music.generator.consonance import harshness
from skills.music.generator.features import FEATURES, pitch_classes
from skills.music.generator.lean import MODE_BIAS, OFF_KEY, key_bias, mood_bias
from skills.music.generator.moods import (
    MODE,
    MOST_OCTAVES,
    PLANE,
    mood_targets,
    no_further_than_needed,
)
from skills.music.generator.plan import make_plan
from skills.music.generator.touch import shaped, touch_of
from skills.music.notes import Note, Phrase
from skills.music.request import MOODS, Request
from skills.music.theory.key import Key

BLANK, ONES = np.zeros(len(FEATURES)), np.ones(len(FEATURES))
SIZES = np.where(np.isin(FEATURES, "chord_size"), 3.0, 0.0)
"""Three notes an onset are usual."""
SCALE = (
    np.array([3.5, 6.9, -1.0, 64, 8.7, 85, 12, 2.1, 0.07, 0.2, 0.8, 6.5]),
    np.array([1.7, 3.6, 0.6, 5.6, 3.3, 11, 5.8, 0.9, 0.19, 0.9, 0.1, 4.2]),
)
"""Mean and deviation of each feature, as in the shipped model."""


def line(pitches, step_s=0.5, length_s=0.48, from_s=0.0):
    return np.array(
        [
            (from_s + i * step_s, from_s + i * step_s + length_s, p, 80)
            for i, p in enumerate(pitches)
        ],
        float,
    )


def chords(*all_pitches):
    return np.array([(i, i + 0.9, p, 80) for i, ps in enumerate(all_pitches) for p in ps], float)


def plan(pitches, **asked):
    notes = tuple(Note(i * 0.4, p, 0.38, 80) for i, p in enumerate(pitches))
    return make_plan(Phrase(notes), Request(**asked), BLANK, ONES)


C_MAJOR = [60, 64, 67, 69, 72, 71, 67, 64, 69, 64, 67, 64, 62, 59, 60]


def test_triads_are_soft_and_clusters_harsh():
    assert harshness(chords((60, 64, 67), (57, 60, 64), (65, 69, 72))) == 0.0
    assert harshness(chords((60, 61, 62), (70, 71, 72))) == 1.0


def test_a_line_that_never_sounds_together_has_no_harshness():
    assert harshness(line([60, 61, 60, 61, 66])) is None


def standard(phrase, seconds, **others):
    return gate.Standard(BLANK, BLANK, BLANK, BLANK, ONES, None, phrase, seconds, **others)


def score(notes, held_against):
    [judged] = gate.judge([notes], held_against, np.random.default_rng(0))
    return judged.report["score"]


def test_an_answer_that_soon_only_holds_a_note_is_thin():
    phrase = line([60, 62, 64, 65, 67, 65, 64, 62, 60, 62])
    held = line([67, 69])
    held[-1, 1] = 5.0
    assert gate.thinness(phrase, held, 5.0) > 2.0
    assert gate.thinness(phrase, phrase, 5.0) == pytest.approx(0.0, abs=0.1)
    full = line([71, 69, 67, 69, 71, 72, 74, 72, 71, 69])
    assert score(full, standard(phrase, 5.0)) > score(held, standard(phrase, 5.0)) + 2.0


def test_half_the_pace_is_not_thin_where_it_is_planned():
    phrase = line([60, 62, 64, 65, 67, 65, 64, 62, 60, 62])
    slow = line([60, 64, 67, 65, 62], step_s=1.0, length_s=0.9)
    assert score(slow, standard(phrase, 5.0, pace=0.5)) > score(slow, standard(phrase, 5.0)) + 0.5


def test_one_shared_step_in_a_beginning_is_no_copy_of_the_whole():
    phrase, beginning = line([60, 62, 67, 64, 60, 65]), line([72, 74, 71, 76])
    whole, part = standard(phrase, 2.0), standard(phrase, 5.0, end_s=2.0)
    assert score(beginning, part) > score(beginning, whole) + 1.0


@pytest.mark.parametrize(
    ("dwelt_on", "raised"),
    [([60, 64, 67, 69, 64, 69, 60, 69], 9), ([60, 67, 72, 67, 60, 64, 67, 72], 3)],
    ids=["the relative key", "the same tonic"],
)
def test_a_mood_of_the_other_mode_leans_to_the_key_that_the_phrase_fits(dwelt_on, raised):
    bias = mood_bias(Key(0, "major"), line(dwelt_on), "minor", 1.0)[60:72]
    assert bias.argmax() == raised
    assert np.abs(bias).max() == pytest.approx(MODE_BIAS)


@pytest.mark.parametrize(
    ("high", "low"), [("happy", "tense"), ("calm", "sad"), ("romantic", "dark")]
)
def test_moods_of_low_valence_may_rub_and_those_of_high_valence_may_not(high, low):
    soft, rough = (plan(C_MAJOR, mood=mood).weights.harsh for mood in (high, low))
    assert rough < 0.0 < soft
    assert plan(C_MAJOR, mood=low, mood_strength=0.5).weights.harsh > rough


def test_without_a_mood_rubbing_is_left_to_the_critic():
    assert plan(C_MAJOR).weights.harsh == 0.0


@pytest.mark.parametrize("mood", MOODS)
def test_a_bit_of_a_mood_is_no_more_than_a_bit(mood):
    mode = [FEATURES.index(name) for name in MODE]
    little, plain = (plan(C_MAJOR, mood=mood, mood_strength=s) for s in (0.5, 1.0))
    assert not little.direction[mode].any()
    assert plain.direction[mode].all()
    assert little.guidance < plain.guidance


@pytest.mark.parametrize(
    ("mean", "octaves"), [(104, -2), (90, -1), (70, 0), (50, 0), (42, 1), (27, 2)]
)
def test_phrases_at_the_edges_are_heard_octaves_nearer_to_the_middle(mean, octaves):
    tune = [mean + step for step in (-4, 0, 3, 1, -2, 2)]
    found = plan(tune)
    assert found.octaves == octaves
    assert found.heard[:, 2].mean() == pytest.approx(mean + 12 * octaves)


def test_rates_go_only_as_far_as_the_phrase_and_note_lengths_leave_to_do():
    onset, note, length, loud = (
        FEATURES.index(name)
        for name in ("onset_rate", "note_rate", "log_duration", "velocity_mean")
    )
    phrase, target = BLANK.copy(), BLANK.copy()
    target[[onset, note]] = -1.0
    short = no_further_than_needed(target, phrase, "calm", 1.0)
    target[length] = 0.6
    long = no_further_than_needed(target, phrase, "calm", 1.0)
    target[loud] = -1.5
    soft = no_further_than_needed(target, phrase, "calm", 1.0)
    slow = no_further_than_needed(target - 0.5, phrase - 0.5, "calm", 1.0)
    assert short[onset] < long[onset] == long[note] < -0.4
    assert (soft[[onset, note]] == long[[onset, note]]).all()  # heard without loudness too
    assert slow[onset] + 0.5 >= long[onset]


def test_a_tune_gets_no_chords_and_as_many_notes_as_onsets():
    onset, note, size = (FEATURES.index(n) for n in ("onset_rate", "note_rate", "chord_size"))
    lively = plan(C_MAJOR, mood="energetic").target
    assert lively[size] == 1.0
    assert lively[note] == pytest.approx(lively[onset])


def test_quiet_moods_thin_chords_out_and_lively_ones_fill_them():
    chord = tuple(Note(i * 0.4, p, 0.38, 80) for i in range(12) for p in (60, 64, 67))
    plans = [
        make_plan(Phrase(chord), Request(mood=mood), SIZES, ONES) for mood in ("calm", "tense")
    ]
    calm, tense = (p.target[FEATURES.index("chord_size")] for p in plans)
    assert calm < 0.0 < tense


@pytest.mark.parametrize("mood", ["energetic", "dreamy"])
@pytest.mark.parametrize("step_s", [0.1, 2.0])
def test_no_mood_leaves_the_pulse_of_a_phrase_far_behind(mood, step_s):
    notes = tuple(Note(i * step_s, p, step_s * 0.9, 80) for i, p in enumerate(C_MAJOR))
    target = make_plan(Phrase(notes), Request(mood=mood), *SCALE).target * SCALE[1] + SCALE[0]
    octaves = np.log2(target[FEATURES.index("onset_rate")] * step_s)
    assert abs(octaves) <= MOST_OCTAVES + 1e-6


@pytest.mark.parametrize("mood", MOODS)
def test_much_of_a_mood_goes_into_its_mode_more_than_into_its_rates(mood):
    plain, much = (mood_targets(mood, strength) for strength in (1.0, 2.0))
    assert much["third_mode"] == pytest.approx(2.0 * plain["third_mode"])
    assert 1.2 < much["onset_rate"] / plain["onset_rate"] < 1.8
    mode, onset = FEATURES.index("third_mode"), FEATURES.index("onset_rate")
    plan_of, plan_of_much = (plan(C_MAJOR, mood=mood, mood_strength=s) for s in (1.0, 2.0))
    assert plan_of_much.importance[mode] == 2.0 * plan_of.importance[mode]
    assert plan_of_much.importance[onset] == plan_of.importance[onset]


def test_much_of_a_mood_leans_a_little_harder_and_a_bit_half_as_hard():
    little, plain, much, more = (
        np.abs(mood_bias(Key(0, "major"), line(C_MAJOR), "minor", s)).max()
        for s in (0.5, 1.0, 1.5, 3.0)
    )
    assert little == pytest.approx(plain / 2)
    assert plain < much == more < 1.5 * plain


def test_happy_notes_are_shortened_and_tense_ones_are_not():
    happy, tense = (touch_of(95, 80, True, 1.0, bright).hold for bright in (True, False))
    assert happy < tense == 1.0


def test_calm_lets_consonant_notes_of_a_tune_ring_and_sad_does_not():
    tune = line([60, 64, 65, 69], step_s=0.4, length_s=0.38)
    calm, sad = (shaped(tune, touch_of(46, 80, False, 1.0, bright)) for bright in (True, False))
    over = tune[1:, 0]
    assert (calm[:-1, 1] > over + 0.1).tolist() == [True, False, True]  # E to F would rub
    assert (sad[:-1, 1] <= over).all()


def test_moods_of_low_valence_ask_for_a_less_clear_key():
    for mood, (valence, *_) in PLANE.items():
        assert np.sign(mood_targets(mood)["key_clarity"]) == np.sign(valence)


def test_an_asked_minor_key_is_told_from_its_relative_major():
    bias, profile = key_bias(Key(9, "minor"))
    assert bias[60:72].argmax() == 9
    minor, major = pitch_classes(line([57, 60, 64, 69])), pitch_classes(line([60, 64, 67, 72]))
    assert profile @ minor > profile @ major + 0.3
    outside = [p for p in range(60, 72) if p % 12 in (1, 3, 6, 10)]
    assert (bias[outside] == OFF_KEY).all()


def test_a_tune_is_asked_for_notes_no_longer_than_the_time_between_them():
    notes = tuple(Note(i * 0.5, p, 0.25, 80) for i, p in enumerate(C_MAJOR))
    target = make_plan(Phrase(notes), Request(mood="dreamy"), *SCALE).target * SCALE[1] + SCALE[0]
    rate = target[FEATURES.index("onset_rate")]
    assert 0.3 < np.exp(target[FEATURES.index("log_duration")]) <= 1.0 / rate + 1e-6
