"""The models that the network is measured against learn what they can."""

import numpy as np
import pytest

from skills.music.evaluation import seed_network
from skills.music.evaluation.ngram import NGram
from skills.music.evaluation.seed_network import folded, next_pitch, steps_of, teach, top_line


def tokens(pitches):
    count = len(pitches)
    return np.stack([np.full(count, 25), pitches, np.full(count, 20), np.full(count, 20)], axis=1)


def test_the_n_gram_knows_a_pattern_in_a_key_it_never_heard():
    pattern = np.array([60, 64, 67, 72, 67, 64] * 20)
    model = NGram()
    model.learn([tokens(pattern)])
    moved = tokens(pattern + 5)
    assert model.guess_pitch(moved)[10:].mean() == 1.0
    chaos = tokens(np.random.default_rng(0).integers(40, 80, 120))
    assert model.score(moved)[10:, 1].mean() < 0.5 < model.score(chaos)[10:, 1].mean()


def test_the_n_grams_odds_are_a_distribution():
    model = NGram()
    model.learn([tokens(np.random.default_rng(1).integers(50, 70, 300))])
    pitch = model.fields[1]
    context = [np.full(pitch.size, counts.contexts[0]) for counts in pitch.orders]
    odds = pitch.probabilities(context, np.arange(pitch.size))
    assert odds.sum() == pytest.approx(1.0)
    assert (odds > 0).all()


def line(pitches):
    onsets = np.arange(len(pitches)) * 0.25
    return np.stack([onsets, onsets + 0.2, np.array(pitches, float), np.full(len(pitches), 80)], 1)


def test_the_seed_networks_steps_are_one_voice_in_two_octaves():
    chord = np.array([(0.0, 0.5, 40, 80), (0.0, 0.5, 76, 80), (0.5, 0.75, 90, 80)], float)
    assert top_line(chord)[:, 2].tolist() == [76, 90]
    assert folded(np.array([60.0, 83.0, 84.0, 59.0, 40.0])).tolist() == [0, 23, 12, 11, 4]
    steps = steps_of(chord)
    assert steps[0] == 16
    assert steps[24] == 18
    assert set(steps[1:24]) == {24}


def test_the_seed_network_is_taught_until_it_gets_no_better():
    pattern = line([60, 64, 67, 72] * 24)
    network, lesson = teach([pattern] * 4, [pattern], seconds=2.0)
    nats, right = next_pitch(network, line([60, 64, 67, 72] * 12))
    assert lesson.steps > 0
    assert lesson.ended == "time"
    assert lesson.validation[0][0] == 0
    assert min(value for _, value in lesson.validation) == dict(lesson.validation)[lesson.best_step]
    assert len(nats) == len(right) == 47
    assert nats.mean() < np.log(24)


def test_a_network_that_learns_nothing_more_is_not_taught_on(monkeypatch):
    monkeypatch.setattr(seed_network, "EVERY", 1)
    monkeypatch.setattr(seed_network, "PATIENCE", 2)
    monkeypatch.setattr(seed_network, "LEARNING_RATE", 0.0)
    pattern = line([60, 64, 67, 72] * 24)
    _, lesson = teach([pattern], [pattern], seconds=60.0)
    assert (lesson.steps, lesson.best_step, lesson.ended) == (2, 0, "no better")
