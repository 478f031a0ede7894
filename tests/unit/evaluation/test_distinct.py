"""Moods that sound apart are told apart, moods that sound alike are not, and promises are held."""

import numpy as np
import pytest

from skills.music.evaluation.cases import Case
from skills.music.evaluation.distinct import kept, pairs, promises, told_apart
from skills.music.generator.features import FEATURES
from skills.music.request import MOODS

PHRASES = 20
ONES = np.ones(len(FEATURES))


def music(chance, third=4, step_s=0.25, loud=70, height=0):
    onsets = np.arange(20) * step_s
    pitches = np.array([60, 60 + third, 67, 72, 67] * 4) + height
    loudness = loud + 3 * chance.standard_normal(20)
    ends = onsets + step_s * chance.uniform(0.8, 1.0, 20)
    return np.stack([onsets, ends, pitches, loudness], axis=1)


def answers(mood, first_seed=0, **how):
    found = []
    for number in range(PHRASES):
        chance = np.random.default_rng([first_seed, number])
        found.append(
            Case(str(number), music(chance), music(chance, **how), music(chance), 5.0, mood)
        )
    return found


HAPPY = {"third": 4, "step_s": 0.18, "loud": 95}
SAD = {"third": 3, "step_s": 0.5, "loud": 45, "height": -7}


def test_a_classifier_tells_moods_apart_that_differ():
    told = told_apart({"happy": answers("happy", 1, **HAPPY), "sad": answers("sad", 2, **SAD)})
    assert told["accuracy"].value == 1.0
    assert told["shuffled"].value < 0.9
    assert told["moods"] == ["happy", "sad"]
    assert told["taken_for"] == pytest.approx(np.eye(2))


def test_a_classifier_is_at_chance_where_moods_sound_alike():
    told = told_apart({"happy": answers("happy", 1), "sad": answers("sad", 2)})
    assert told["accuracy"].low < 0.5 < told["accuracy"].high


def test_too_few_phrases_are_not_asked():
    assert told_apart({"happy": answers("happy", 1)[:3], "sad": answers("sad", 2)[:3]}) == {}


def test_promises_are_kept_or_broken_against_no_mood():
    none = answers(None, 3)
    right = kept({"sad": answers("sad", 2, **SAD)}, none, ONES)["sad"]
    assert set(right) == set(promises("sad"))
    for feature in ("velocity_mean", "onset_rate", "third_mode", "pitch_mean"):
        assert right[feature]["sure"], feature
        assert right[feature]["share"] == 1.0
    wrong = kept({"sad": answers("sad", 2, **HAPPY)}, none, ONES)["sad"]
    for feature in ("velocity_mean", "onset_rate", "note_rate", "pitch_mean", "log_duration"):
        assert not wrong[feature]["sure"], feature
    assert wrong["velocity_mean"]["moved"].value == pytest.approx(-25.0, abs=1.0)


def test_a_pair_differs_in_what_one_promises_more_of():
    apart = pairs({"happy": answers("happy", 1, **HAPPY), "sad": answers("sad", 2, **SAD)}, ONES)
    row = apart["happy, sad"]
    assert row["kept"] >= 4
    assert row["kept"] <= row["promised"]
    assert row["told_apart"].value == 1.0
    alike = pairs({"happy": answers("happy", 1), "sad": answers("sad", 2)}, ONES)["happy, sad"]
    assert alike["kept"] == 0


def test_every_mood_promises_something_of_its_own():
    wanted = {mood: tuple(sorted(promises(mood).items())) for mood in MOODS}
    assert len(set(wanted.values())) == len(MOODS)
