"""Moods as places in feature space, and the gate that picks the best candidate."""

import itertools

import numpy as np
import pytest

from skills.music.generator import gate
from skills.music.generator.features import FEATURES, pitch_classes
from skills.music.generator.moods import PLANE, conditions, mood_targets
from skills.music.generator.sampling import Drawn
from skills.music.request import MOODS


def test_every_mood_of_the_contract_has_its_own_place():
    assert set(PLANE) == set(MOODS)
    for one, other in itertools.combinations(MOODS, 2):
        a, b = mood_targets(one), mood_targets(other)
        distance = sum(abs(a.get(n, 0.0) - b.get(n, 0.0)) for n in FEATURES)
        assert distance > 1.0, (one, other)


def test_a_bit_is_less_and_much_is_more():
    for mood in MOODS:
        little, plain, much = (mood_targets(mood, s)["third_mode"] for s in (0.5, 1.0, 1.5))
        assert abs(little) < abs(plain) < abs(much)


@pytest.mark.parametrize(
    ("high", "low"), [("happy", "calm"), ("tense", "sad"), ("energetic", "dreamy")]
)
def test_arousal_raises_rates_and_loudness_and_shortens_notes(high, low):
    up, down = mood_targets(high), mood_targets(low)
    assert up["note_rate"] > down["note_rate"]
    assert up["velocity_mean"] > down["velocity_mean"]
    assert up["log_duration"] < down["log_duration"]


def test_unspecified_says_nothing_of_mode_and_follows_the_texture():
    phrase = np.linspace(-1, 1, len(FEATURES))
    target, said = conditions(phrase, {})
    assert not said[FEATURES.index("major_minus_minor")]
    assert said[FEATURES.index("onset_rate")]
    assert target[FEATURES.index("onset_rate")] == phrase[FEATURES.index("onset_rate")]


def test_a_mood_moves_a_phrase_no_further_than_it_must():
    fast = np.full(len(FEATURES), 2.5)
    target, _ = conditions(fast, mood_targets("happy"))
    assert target[FEATURES.index("onset_rate")] == 2.5


def test_nothing_is_known_of_a_phrase_of_two_notes():
    _, said = conditions(None, {})
    assert not said.any()


def line(pitches, step_s=0.25, length_s=0.24):
    return np.array(
        [(i * step_s, i * step_s + length_s, p, 80) for i, p in enumerate(pitches)], float
    )


@pytest.mark.parametrize(
    "notes",
    [
        np.zeros((0, 4)),
        line([60]),
        line([60] * 9),
        line([60, 62] * 6),
        line(range(60, 72), 0.25, 0.03),
    ],
    ids=["empty", "one note", "one pitch", "trill", "flickers"],
)
def test_what_is_no_music_is_degenerate(notes):
    assert gate.degenerate(notes)


def test_a_tune_is_not_degenerate():
    assert not gate.degenerate(line([60, 62, 64, 65, 67]))


def standard(phrase):
    profile = pitch_classes(phrase)
    return gate.Standard(
        target=np.zeros(len(FEATURES)),
        weights=np.zeros(len(FEATURES)),
        key_weight=2.0,
        mean=np.zeros(len(FEATURES)),
        deviation=np.ones(len(FEATURES)),
        key_profile=profile / np.linalg.norm(profile),
        phrase=phrase,
        seconds=3.0,
    )


def test_the_gate_prefers_the_candidate_in_the_key_of_the_phrase():
    phrase = line([60, 64, 67, 65, 62, 59, 60])
    inside, outside = (
        line([64, 65, 67, 69, 67, 64, 62, 60, 62, 64, 60]),
        line([61, 63, 66, 68, 70, 66, 63, 61, 63, 66, 61]),
    )
    judged = [gate.judge(Drawn(n, -5.0), n, standard(phrase)) for n in (outside, inside)]
    assert gate.best(judged) is judged[1]


def test_the_gate_sees_a_copy_of_the_phrase():
    phrase = line([60, 64, 67, 65, 62, 59, 60, 64, 65, 69])
    assert gate.copied_share(phrase, phrase) == 1.0
    assert gate.copied_share(phrase, line([60, 61, 66, 62, 70, 59, 71, 64, 60, 69])) == 0.0


def test_no_candidate_alive_gives_none():
    phrase = line([60, 64, 67])
    dead = gate.judge(Drawn(line([60]), -5.0), line([60]), standard(phrase))
    assert gate.best([dead]) is None
