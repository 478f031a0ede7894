"""The critic's rounds: each learns what the choice of the rounds before still gives away."""

from dataclasses import replace

import numpy as np
import pytest

from skills.music.generator.critic import FILE, Critic
from skills.music.generator.traits import NAMES
from skills.music.training.critic import IGNORED, chances, coarse, fit, together
from skills.music.training.pairs import MILDER, Pairs


def invented(cases=200, drawn=4, seed=0):
    """People with a mean of 1 in one trait; drawn answers with 0; and a trait to be ignored."""
    chance = np.random.default_rng(seed)
    human = chance.normal(0.0, 1.0, (cases, len(NAMES)))
    human[:, 3] += 1.0
    human[:, NAMES.index(IGNORED[0])] += 9.0
    many = chance.normal(0.0, 1.0, (cases * drawn, len(NAMES)))
    return Pairs(human, many, np.repeat(np.arange(cases), drawn), np.zeros(cases * drawn))


def test_the_chances_of_one_case_add_to_one_and_follow_the_odds() -> None:
    case = np.array([0, 0, 0, 1, 1])
    found = chances(np.array([0.0, np.log(2.0), 0.0, 700.0, 700.0]), case)
    assert found == pytest.approx([0.25, 0.5, 0.25, 0.5, 0.5])


def stump(trait, below, above, base, nodes=3):
    """A tree of one question: is the trait at most 0?"""
    table = np.zeros((1, nodes))
    left, right, value, feature = (table.copy() for _ in range(4))
    left[0], right[0] = np.arange(nodes), np.arange(nodes)
    left[0, 0], right[0, 0], feature[0, 0] = 1, 2, trait
    value[0, 1], value[0, 2] = below, above
    whole = (x.astype(np.int16) for x in (feature, left, right))
    feature, left, right = whole
    return Critic(feature, table.astype(np.float32), left, right, value, base, 1)


def test_critics_together_add_their_log_odds() -> None:
    traits = np.random.default_rng(0).normal(0.0, 1.0, (40, len(NAMES)))
    one, other = stump(2, -1.0, 1.0, 0.25), stump(5, 0.5, -2.0, -0.75, nodes=5)
    both = together([one, other]).log_odds(traits)
    assert both == pytest.approx(one.log_odds(traits) + other.log_odds(traits))


def test_what_the_critic_chooses_is_more_like_people_and_what_is_ignored_is_not_read() -> None:
    pairs, others = invented(), invented(seed=1)
    critic = fit(pairs, trees=10)
    chosen = chances(critic.log_odds(others.drawn), others.case)
    mean = float(others.drawn[:, 3] @ chosen / chosen.sum())
    assert 0.1 < mean < 1.5
    moved = others.drawn.copy()
    moved[:, NAMES.index(IGNORED[0])] += 9.0
    assert critic.log_odds(moved) == pytest.approx(critic.log_odds(others.drawn))


def test_kept_cases_are_numbered_anew() -> None:
    pairs = invented(10)
    kept = pairs.of(np.arange(10) % 2 == 1)
    assert len(kept.human) == 5
    assert kept.case.tolist() == np.repeat(np.arange(5), 4).tolist()
    assert kept.drawn == pytest.approx(pairs.drawn[np.isin(pairs.case, (1, 3, 5, 7, 9))])


def test_the_same_pairs_teach_the_same_critic_to_the_bit(tmp_path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        fit(invented(60), seed=3, rounds=1, trees=8).save(tmp_path / name, "model")
    one, other = ((tmp_path / name / FILE).read_bytes() for name in ("one", "other"))
    assert one == other


def test_a_round_learns_to_undo_what_the_gate_gives_too_much_of() -> None:
    pairs = invented()
    liked = replace(pairs, merit=pairs.drawn[:, 5])  # the gate likes more than people have
    blind, seeing = (fit(p, trees=30).log_odds(pairs.drawn) for p in (pairs, liked))
    means = [
        float(pairs.drawn[:, 5] @ chances((odds + liked.merit) / MILDER.chance, pairs.case)) / 200
        for odds in (blind, seeing)
    ]
    assert means[1] < means[0] - 0.1, means


def test_coarse_traits_keep_their_order_and_few_values() -> None:
    traits = np.random.default_rng(0).normal(0.0, 1.0, (4000, len(NAMES)))
    traits[:, 1] = 7.0
    rough = coarse(traits)
    assert (np.diff(rough[np.argsort(traits[:, 0]), 0]) >= 0).all()
    assert 200 < len(np.unique(rough[:, 0])) <= 255
    assert (rough[:, 1] == 7.0).all()
    assert np.abs(rough - traits).mean() < 0.02
