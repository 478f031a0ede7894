"""The network read at once, note by note and in training must be one and the same."""

import numpy as np
import pytest
import torch

from assistant.contract import ModelError
from skills.music.generator import checkpoint
from skills.music.generator.choosing import likelihoods, nucleus, within_steps
from skills.music.generator.codec import SIZES, Encoded, encode, tidy
from skills.music.generator.features import FEATURES
from skills.music.generator.model import (
    MEMORY_SIZE,
    EventGru,
    Shape,
    pitch_memory,
    step_memory,
)
from skills.music.generator.products import Precision, quickest
from skills.music.generator.pulse import Beat, Pulse, pulse_rows
from skills.music.generator.sampling import Sampler, Wish, _Told
from skills.music.generator.stepper import SIDE_SIZE, Stepper

NOTES = tidy(
    np.array([(i * 0.3, i * 0.3 + 0.25, 55 + (i * 5) % 24, 60 + i) for i in range(24)], dtype=float)
)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(3)
    made = EventGru(Shape(hidden=48, layers=2, condition=16)).eval()
    for silent in (made.pulse.weight, made.landing.weight, made.landing.bias):
        torch.nn.init.normal_(silent, std=0.3)  # as if it had learned what a beat is
    return made


def wish(**changes):
    plain = {
        "features": np.zeros(len(FEATURES)),
        "said": np.zeros(len(FEATURES), dtype=bool),
        "style": 0,
        "seconds": 4.0,
        "handover_s": 7.2,
        "candidates": 3,
    }
    return Wish(**(plain | changes))


def test_memory_at_once_equals_memory_step_by_step():
    pitches = torch.randint(0, 128, (2, 30))
    at_once = pitch_memory(pitches)
    memory = torch.zeros(2, MEMORY_SIZE)
    for t in range(30):
        memory = step_memory(memory, pitches[:, t])
        assert torch.allclose(at_once[:, t], memory, atol=1e-5)


def test_transposing_a_phrase_rolls_its_memory():
    pitches = torch.randint(20, 90, (1, 12))
    before, after = (pitch_memory(p)[0, -1].reshape(3, 12) for p in (pitches, pitches + 5))
    assert torch.allclose(before.roll(5, dims=1), after, atol=1e-6)


def test_a_phrase_fed_note_by_note_leaves_the_same_state(network):
    sampler, encoded = Sampler(network, precision=Precision.SINGLE), encode(NOTES)
    at_once = sampler.listen(encoded)
    heard = None
    for k in range(len(NOTES)):
        heard = sampler.listen(
            Encoded(encoded.tokens[k : k + 1], encoded.onsets_s[k : k + 1]), heard
        )
    assert torch.equal(heard.state, at_once.state)
    assert torch.equal(heard.memory, at_once.memory)
    assert heard.clock_s == at_once.clock_s


def pulse_of(beat, clocks, known=True):
    """Return the Pulse that training would make of a steady beat; clocks (B, T)."""
    ones = torch.ones(clocks.shape) * known
    bars = (clocks - beat.first_bar_s) / (beat.bar_s or 1.0)
    return Pulse(
        (clocks - beat.first_beat_s) / beat.beat_s,
        bars,
        torch.full((len(clocks),), beat.beat_s),
        torch.full((len(clocks),), beat.bar_s or 1.0),
        ones,
        ones * float(beat.bar_s is not None),
    )


BEATS = [None, Beat(np.float64(0.5), np.float64(0.13)), Beat(0.7, -0.2, bar_s=2.1, first_bar_s=0.5)]


@pytest.mark.parametrize("beat", BEATS)
def test_one_sampling_step_scores_as_training_does(network, beat):
    """State, logits and likelihood of the drawn event must be those of the training pass."""
    sampler, encoded = Sampler(network, precision=Precision.SINGLE), encode(NOTES)
    asked = wish(candidates=1, beat=beat, handover_s=float(encoded.onsets_s[-1]))
    run = sampler._fork([sampler.listen(encoded)], asked, 1)
    with torch.inference_mode():
        scores = sampler._step(run, asked, 0)
    tokens = torch.from_numpy(encoded.tokens)[None]
    targets = torch.cat([tokens[:, 1:], run.last[None]], dim=1)
    blank = torch.zeros(1, len(NOTES), len(FEATURES))
    conditions = network.conditions(blank, blank, torch.zeros(1, len(NOTES), dtype=torch.long))
    pulse = None
    if beat is not None:  # told from the hand-over on, that is beside the last event
        clocks = torch.from_numpy(encoded.onsets_s - encoded.onsets_s[-1]).float()[None]
        pulse = pulse_of(beat, clocks, known=torch.arange(len(NOTES))[None] == len(NOTES) - 1)
    with torch.inference_mode():
        logits, state = network(tokens, targets, conditions, pulse)
    assert torch.allclose(torch.stack(run.state), state, atol=1e-4)
    for mine, theirs in zip(scores, logits, strict=True):
        assert torch.allclose(mine, theirs[:, -1], atol=1e-3)


@pytest.mark.parametrize("beat", BEATS)
@pytest.mark.parametrize("precision", list(Precision))
def test_the_playing_form_gives_the_logits_of_the_training_form(network, beat, precision):
    """Every head, given the tokens before it, told and untold, with and without a beat."""
    if precision is Precision.BYTES and quickest() is not Precision.BYTES:
        pytest.skip("this processor does not multiply bytes")
    tolerance = 1e-4 if precision is Precision.SINGLE else 0.06
    torch.manual_seed(1)
    tokens = torch.stack([torch.randint(0, size, (3,)) for size in SIZES], dim=-1)
    features, said = torch.randn(3, len(FEATURES)), torch.randint(0, 2, (3, len(FEATURES)))
    style, targets = torch.tensor([0, 2, 5]), tokens.roll(1, dims=0)
    clock = torch.tensor([0.0, 0.31, 1.7])
    told_pulse = None if beat is None else pulse_of(beat, clock[:, None])
    with torch.inference_mode():
        conditions = network.conditions(features, said, style)[:, None]
        expected, _ = network(tokens[:, None], targets[:, None], conditions, told_pulse)
        stepper = Stepper(network, precision)
        told = stepper.condition(features, said.float(), style)
        side = torch.zeros(3, SIDE_SIZE)
        stepper.remember(side, tokens[:, 1])
        pulse = None
        if beat is not None:
            pulse = _Told(beat).write(clock, side), beat.landing()
            assert torch.allclose(pulse[0], pulse_rows(told_pulse)[:, 0], atol=1e-5)
        state = stepper.read([torch.zeros(3, 48)] * 2, side, tokens, told.gates)
        seen = []

        def choose(field, logits):
            seen.append(logits)
            return targets[:, field]

        stepper.draw(state[-1], told, choose, pulse)
    for mine, theirs in zip(seen, expected, strict=True):
        assert torch.allclose(mine, theirs[:, 0], atol=tolerance)


def test_the_likelihood_of_a_draw_is_that_of_its_events():
    """An event that was drawn from certain odds is reported with the logarithm of those odds."""
    logits = [[torch.tensor([[0.0, 1.0]]), torch.tensor([[2.0, 0.0, 0.0]])] for _ in range(3)]
    events = torch.tensor([[[1, 0], [0, 1], [1, 2]]])
    found = likelihoods(logits, events)
    first = [np.log(np.e / (1 + np.e)), np.log(1 / (1 + np.e))]
    second = [np.log(np.exp(2) / (np.exp(2) + 2)), np.log(1 / (np.exp(2) + 2))]
    wanted = [first[0] + second[0], first[1] + second[1], first[0] + second[1]]
    assert found[0].tolist() == pytest.approx(wanted, abs=1e-5)


def test_a_beat_that_was_never_learned_changes_nothing():
    torch.manual_seed(4)
    fresh = EventGru(Shape(hidden=16, layers=1, condition=4)).eval()
    tokens = torch.stack([torch.randint(0, size, (1, 9)) for size in SIZES], dim=-1)
    blank = torch.zeros(1, 9, len(FEATURES))
    conditions = fresh.conditions(blank, blank, torch.zeros(1, 9, dtype=torch.long))
    with torch.inference_mode():
        without, _ = fresh(tokens, tokens, conditions)
        told, _ = fresh(tokens, tokens, conditions, pulse_of(Beat(0.5, 0.0), torch.rand(1, 9)))
    assert all(torch.equal(a, b) for a, b in zip(without, told, strict=True))


def test_draws_come_in_their_shares_from_the_likeliest():
    """Of odds 5 : 3 : 2 a nucleus of 0.8 draws the first two as 5 : 3 and never the third."""
    scores = torch.log(torch.tensor([0.3, 0.5, 0.2])).expand(4000, 3)
    chance = torch.linspace(0.0, 1.0, 4000)[:, None] * 0.999
    shares = torch.bincount(nucleus(scores, 1.0, chance)[:, 0], minlength=3) / 4000
    assert shares.tolist() == pytest.approx([0.3, 0.5, 0.2], abs=0.01)
    shares = torch.bincount(nucleus(scores, 0.8, chance * 0.8)[:, 0], minlength=3) / 4000
    assert shares.tolist() == pytest.approx([0.375, 0.625, 0.0], abs=0.01)


def test_onsets_fall_between_the_steps_and_chords_stay_together():
    shifts = np.array([0, 100, 0, 0, 10, 0], dtype=float)
    off = within_steps(shifts, np.random.default_rng(3))
    assert -0.005 <= off[0] < 0.0
    assert 0.0 < abs(off[1]) <= 0.1
    assert off[1] == off[2] == off[3]
    assert 0.0 < abs(off[4]) <= 0.005
    assert off[4] == off[5]


def test_the_same_seed_draws_the_same_notes_and_another_seed_others(network):
    sampler = Sampler(network, precision=Precision.SINGLE)
    heard = sampler.listen(encode(NOTES))
    first, again, other = (sampler.draw(heard, wish(seed=s)) for s in (5, 5, 6))
    assert all((a.notes == b.notes).all() for a, b in zip(first, again, strict=True))
    assert any(
        a.notes.shape != b.notes.shape or (a.notes != b.notes).any()
        for a, b in zip(first, other, strict=True)
    )


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_no_onset_lies_before_the_hand_over_or_after_a_long_silence(network, guidance):
    sampler = Sampler(network, precision=Precision.SINGLE)
    heard = sampler.listen(encode(NOTES))
    for drawn in sampler.draw(heard, wish(guidance=guidance, longest_gap_s=0.8, seconds=6.0)):
        onsets = drawn.notes[:, 0]
        assert (onsets >= 0).all()
        assert onsets[0] <= 1.01
        assert np.diff(onsets).max() <= 0.82


def test_a_saved_model_loads_and_a_damaged_one_is_refused_in_a_sentence(network, tmp_path):
    shape = [0.0] * len(FEATURES), [1.0] * len(FEATURES)
    checkpoint.save(network, *shape, tmp_path)
    loaded = checkpoint.load(tmp_path)
    assert loaded.network.shape == network.shape
    weights = tmp_path / checkpoint.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    with pytest.raises(ModelError, match="wrong checksum"):
        checkpoint.load(tmp_path)
    (tmp_path / checkpoint.CONFIG).write_text("{")
    with pytest.raises(ModelError, match="damaged"):
        checkpoint.load(tmp_path)
    weights.unlink()
    with pytest.raises(ModelError, match="missing"):
        checkpoint.load(tmp_path)
