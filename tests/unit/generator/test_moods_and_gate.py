"""Moods as places in feature space, and the gate that picks the best candidate."""

import itertools

import numpy as np
import pytest

from assistant.contract import ModelError
from skills.music.generator import gate
from skills.music.generator.critic import FILE, Critic
from skills.music.generator.features import FEATURES, pitch_classes
from skills.music.generator.moods import (
    PLANE,
    SHARE_OF_THE_WAY,
    conditions,
    mood_level,
    mood_reach,
    mood_targets,
)
from skills.music.generator.touch import Touch, level_of, shaped
from skills.music.generator.traits import NAMES, Reference
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
    assert mood_level(high)[0] > mood_level(low)[0]
    assert up["log_duration"] < down["log_duration"]


def test_unspecified_says_nothing_of_mode_and_follows_the_texture():
    phrase = np.linspace(-1, 1, len(FEATURES))
    target, said, direction = conditions(phrase, {})
    assert not direction.any()
    assert not said[FEATURES.index("major_minus_minor")]
    assert said[FEATURES.index("onset_rate")]
    assert target[FEATURES.index("onset_rate")] == phrase[FEATURES.index("onset_rate")]


def test_a_mood_moves_a_phrase_no_further_than_it_must():
    fast = np.full(len(FEATURES), 2.5)
    target, *_ = conditions(fast, mood_targets("happy"))
    assert target[FEATURES.index("onset_rate")] == 2.5


@pytest.mark.parametrize("own", [-0.2, -2.5])
def test_a_mood_goes_no_further_from_the_phrase_than_its_reach_or_a_share_of_the_way(own):
    wanted, reach = mood_targets("energetic"), mood_reach("energetic")
    target, _, direction = conditions(np.full(len(FEATURES), own), wanted, reach)
    k = FEATURES.index("onset_rate")
    furthest = max(reach["onset_rate"], SHARE_OF_THE_WAY * (wanted["onset_rate"] - own))
    assert target[k] == pytest.approx(own + furthest)
    assert direction[k] == 0.0  # no further either


def test_loudness_moves_only_as_far_as_the_mood_needs():
    assert level_of(47, 120, rises=False, strength=1.0) == 47
    assert level_of(47, 40, rises=False, strength=1.0) == 40
    assert level_of(100, 104, rises=True, strength=1.0) == 104
    little, plain, much = (level_of(47, 90, rises=False, strength=s) for s in (0.5, 1.0, 1.5))
    assert much < plain < little < 90


def test_a_flat_phrase_gets_modest_dynamics_in_a_mood():
    flat = line([60, 64, 67, 72, 67, 64])
    played = shaped(flat, Touch(50.0))
    assert played[:, 3].mean() == pytest.approx(50.0, abs=1.0)
    assert 1.0 < played[:, 3].std() < 12.0
    assert (played[:, :3] == flat[:, :3]).all()


def test_a_quiet_mood_holds_notes_but_makes_no_chords_of_a_tune():
    tune = line([60, 64, 67, 72], length_s=0.12)
    held = shaped(tune, Touch(45.0, 9.0, 1.6))
    assert (held[:, 1] > tune[:, 1]).all()
    assert (held[:-1, 1] <= held[1:, 0]).all()


def test_nothing_is_known_of_a_phrase_of_two_notes():
    _, said, _ = conditions(None, {})
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


def standard(phrase, **others):
    profile = pitch_classes(phrase)
    blank = np.zeros(len(FEATURES))
    return gate.Standard(
        target=blank,
        direction=blank,
        importance=blank,
        mean=blank,
        deviation=np.ones(len(FEATURES)),
        key_profile=profile / np.linalg.norm(profile),
        phrase=phrase,
        seconds=3.0,
        weights=gate.Weights(chance=0.0),
        **others,
    )


def judge(candidates, held_against, whole=True):
    return gate.judge(candidates, held_against, np.random.default_rng(0), whole)


TUNE = line([60, 64, 67, 65, 62, 59, 60, 64, 65, 69])


def test_the_gate_prefers_the_candidate_in_the_key_of_the_phrase():
    inside, outside = (
        line([64, 65, 67, 69, 67, 64, 62, 60, 62, 64, 60]),
        line([61, 63, 66, 68, 70, 66, 63, 61, 63, 66, 61]),
    )
    judged = judge([outside, inside], standard(TUNE))
    assert gate.best(judged) is judged[1]


def test_the_gate_prefers_the_pulse_of_the_phrase():
    pitches = [64, 65, 67, 69, 67, 64, 62, 60, 62, 64, 60]
    judged = judge([line(pitches, 0.07, 0.06), line(pitches)], standard(TUNE))
    assert gate.best(judged) is judged[1]


def test_the_gate_sees_a_copy_of_the_phrase():
    other = line([60, 61, 66, 62, 70, 59, 71, 64, 60, 69])
    assert gate.copied_share(TUNE, TUNE) == 1.0
    assert gate.copied_share(TUNE, other) < 0.3
    copy, fresh = judge([TUNE, line([60, 65, 64, 67, 65, 64, 62, 64, 62, 60])], standard(TUNE))
    assert fresh.score > copy.score


def test_no_candidate_alive_gives_none():
    assert gate.best(judge([line([60])], standard(TUNE))) is None


def test_the_beginning_of_an_answer_may_still_hold_one_note():
    [judged] = judge([line([60])], standard(TUNE), whole=False)
    assert np.isfinite(judged.score)


def stump(name, threshold):
    """A critic that takes what lies above the threshold of one trait for human."""
    return Critic(
        feature=np.array([[NAMES.index(name), 0, 0]], np.int16),
        threshold=np.array([[threshold, 0, 0]], np.float32),
        left=np.array([[1, 1, 2]], np.int16),
        right=np.array([[2, 1, 2]], np.int16),
        value=np.array([[0, -3.0, 3.0]], np.float32),
        base=0.0,
        depth=1,
    )


def test_the_critic_is_heard_by_the_gate(tmp_path):
    stump("leaps", 0.2).save(tmp_path, "of this model")
    assert Critic.taught_on(tmp_path) == "of this model"
    critic = Critic.load(tmp_path)
    steps, leaps = line([60, 62, 64, 62, 60, 64, 67]), line([60, 72, 60, 76, 64, 52, 67])
    held_against = standard(TUNE, critic=critic, reference=Reference.of(TUNE, 2.5))
    judged = judge([steps, leaps], held_against)
    assert [j.report["critic"] for j in judged] == [-3.0, 3.0]
    assert gate.best(judged) is judged[1]


def test_a_damaged_critic_is_told_in_a_sentence(tmp_path):
    (tmp_path / FILE).write_bytes(b"no archive")
    with pytest.raises(ModelError, match="damaged"):
        Critic.load(tmp_path)
    assert Critic.load(tmp_path / "elsewhere") is None


def test_every_trait_has_a_name_and_a_number():
    values = Reference.of(TUNE, 2.5).compare(line([60, 62, 64]))
    assert values.shape == (len(NAMES),)
    assert np.isfinite(values).all()
