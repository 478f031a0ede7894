"""Moods are judged by a file's judge or by our own measure, and the figures follow the verdicts."""

import json

import numpy as np
import pytest

from assistant.contract import InputError
from skills.music.evaluation.cases import Case
from skills.music.evaluation.heard import NAMES
from skills.music.evaluation.judge import QUADRANTS, Verdict, own_measure, read_judges
from skills.music.evaluation.moods import (
    accuracy,
    leaning,
    moved,
    ordered,
    pair_wins,
    verdicts,
)
from skills.music.generator.features import FEATURES
from skills.music.request import MOODS


def music(third, step_s, loud):
    onsets = np.arange(24) * step_s
    pitches = np.array([60, 60 + third, 67, 72, 67, 60 + third] * 4)
    return np.stack([onsets, onsets + step_s, pitches, np.full(24, loud)], axis=1).astype(float)


def case(mood, name="1", **how):
    return Case(name, music(4, 0.25, 70), music(**how), music(4, 0.25, 70), 5.0, mood)


def test_our_own_measure_hears_major_fast_and_loud():
    judge = own_measure()
    bright = judge.hear(music(4, 0.1, 110))
    gloomy = judge.hear(music(3, 0.8, 40))
    assert bright.quadrant == (True, True)
    assert gloomy.quadrant == (False, False)
    assert judge.hear(np.zeros((2, 4))) is None


def line(name, weight):
    row = [weight if feature == name else 0.0 for feature in NAMES]
    return {
        "mean": [0.0] * 42,
        "scale": [1.0] * 42,
        "coef": [row],
        "intercept": [-70.0 * weight],
    }


def test_a_judge_of_a_file_is_used_as_it_stands(tmp_path):
    quadrant = line("vel_mean", 1.0) | {"classes": [1, 3]}
    quadrant["coef"] = [quadrant["coef"][0], [0.0] * 42]
    quadrant["intercept"] = [-70.0, 0.0]
    entry = {
        "features": list(NAMES),
        "arousal": line("vel_mean", 1.0),
        "valence": line("vel_mean", 0.0),
        "quadrant": quadrant,
    }
    path = tmp_path / "judge.json"
    path.write_text(json.dumps({"judges": {"loud": entry}}))
    [judge] = read_judges(path)
    assert judge.hear(music(4, 0.25, 100)).arousal > 0.99
    assert judge.hear(music(4, 0.25, 100)).quadrant == (True, True)
    assert judge.hear(music(4, 0.25, 40)).quadrant == (False, False)


@pytest.mark.parametrize("text", ["no json", "{}", '{"judges": {"x": {}}}', '{"judges": 3}'])
def test_a_file_that_is_no_judge_is_told_in_a_sentence(tmp_path, text):
    path = tmp_path / "judge.json"
    path.write_text(text)
    with pytest.raises(InputError, match="mood judges"):
        read_judges(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_judges(tmp_path / "none.json")


def test_every_mood_has_a_quadrant():
    assert set(QUADRANTS) == set(MOODS)


def test_right_verdicts_are_counted_and_shuffled_ones_are_not():
    heard = []
    for phrase in range(40):
        for mood in ("happy", "sad", "calm", "tense"):
            valence, arousal = QUADRANTS[mood]
            verdict = Verdict(0.9 if valence else 0.1, 0.8 if arousal else 0.2, QUADRANTS[mood])
            heard.append((case(mood, str(phrase), third=4, step_s=0.3, loud=60), verdict))
    figures = accuracy(heard)
    assert figures["quadrant"].value == figures["pair_wins_valence"].value == 1.0
    assert figures["quadrant_shuffled"].value == pytest.approx(0.25, abs=0.1)


def test_what_a_mood_moves_is_counted_in_deviations():
    table = moved([case("sad", third=3, step_s=0.5, loud=50)], np.ones(len(FEATURES)))
    assert table["sad"]["velocity_mean"] == pytest.approx(-20.0)
    assert table["sad"]["third_mode"] < 0


def test_a_bit_and_much_are_compared_phrase_by_phrase():
    judge = own_measure()

    def heard(loud):
        return verdicts([case("happy", third=4, step_s=0.3, loud=loud)], judge)

    right = ordered(heard(50), heard(70), heard(90))
    wrong = ordered(heard(90), heard(70), heard(50))
    for step in ("plain_over_a_bit", "much_over_plain", "much_over_a_bit"):
        assert right[f"{step}_arousal"].value == 1.0
        assert wrong[f"{step}_arousal"].value == 0.0
    assert leaning(heard(90))["arousal"].value > leaning(heard(50))["arousal"].value


def test_tense_and_calm_are_no_pair():
    loud, soft = Verdict(0.9, 0.9, (True, True)), Verdict(0.1, 0.1, (False, False))

    def won(*pairs):
        heard = [(case(mood, third=4, step_s=0.3, loud=60), verdict) for mood, verdict in pairs]
        return {axis: len(values) for axis, values in counted(heard).items()}

    def counted(heard):
        found = pair_wins(heard)
        return {axis: [f.value] if f.value == f.value else [] for axis, f in found.items()}

    assert won(("tense", loud), ("calm", soft)) == {"pair_wins_valence": 0, "pair_wins_arousal": 0}
    assert won(("happy", loud), ("calm", soft)) == {"pair_wins_valence": 0, "pair_wins_arousal": 1}
    assert won(("sad", soft), ("happy", loud)) == {"pair_wins_valence": 1, "pair_wins_arousal": 1}
    upside_down = counted(
        [
            (case("sad", third=4, step_s=0.3, loud=60), loud),
            (case("happy", third=4, step_s=0.3, loud=60), soft),
        ]
    )
    assert upside_down == {"pair_wins_valence": [0.0], "pair_wins_arousal": [0.0]}
