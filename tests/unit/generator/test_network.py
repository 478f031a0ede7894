"""The network read at once, note by note and in training must be one and the same."""

import numpy as np
import pytest
import torch

from assistant.contract import ModelError
from skills.music.generator import checkpoint
from skills.music.generator.codec import SIZES, Encoded, encode, tidy
from skills.music.generator.features import FEATURES
from skills.music.generator.model import (
    MEMORY_SIZE,
    EventGru,
    Shape,
    pitch_memory,
    step_memory,
)
from skills.music.generator.sampling import Sampler, Wish
from skills.music.generator.stepper import Stepper

NOTES = tidy(
    np.array([(i * 0.3, i * 0.3 + 0.25, 55 + (i * 5) % 24, 60 + i) for i in range(24)], dtype=float)
)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(3)
    return EventGru(Shape(hidden=48, layers=2, condition=16)).eval()


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
    sampler, encoded = Sampler(network, half=False), encode(NOTES)
    at_once = sampler.listen(encoded)
    heard = None
    for k in range(len(NOTES)):
        heard = sampler.listen(
            Encoded(encoded.tokens[k : k + 1], encoded.onsets_s[k : k + 1]), heard
        )
    assert torch.allclose(heard.state, at_once.state, atol=1e-5)
    assert torch.allclose(heard.memory, at_once.memory, atol=1e-5)
    assert heard.clock_s == at_once.clock_s


def test_one_sampling_step_scores_as_training_does(network):
    """The likelihood of drawn events must be what the training forward pass gives them."""
    sampler, encoded = Sampler(network, half=False), encode(NOTES)
    drawn = sampler.draw(
        sampler.listen(encoded), wish(candidates=1, temperature=1.0, top_p=1.0, seconds=0.01)
    )
    assert len(drawn) == 1
    tokens = torch.from_numpy(encoded.tokens)[None]
    blank = torch.zeros(1, len(NOTES), len(FEATURES))
    conditions = network.conditions(blank, blank, torch.zeros(1, len(NOTES), dtype=torch.long))
    with torch.inference_mode():
        logits, state = network(tokens, tokens, conditions)
    heard = sampler.listen(encoded)
    run = sampler._fork(heard, wish(candidates=1))
    with torch.inference_mode():
        sampler._step(run, wish(candidates=1), torch.Generator().manual_seed(0), first=True)
    assert torch.allclose(torch.stack(run.state), state, atol=1e-4)
    assert logits[0].shape == (1, len(NOTES), SIZES[0])


def test_the_playing_form_gives_the_logits_of_the_training_form(network):
    """Every head, given the tokens before it, told and untold, in single and half precision."""
    torch.manual_seed(1)
    tokens = torch.stack([torch.randint(0, size, (3,)) for size in SIZES], dim=-1)
    features, said = torch.randn(3, len(FEATURES)), torch.randint(0, 2, (3, len(FEATURES)))
    style, targets = torch.tensor([0, 2, 5]), tokens.roll(1, dims=0)
    with torch.inference_mode():
        conditions = network.conditions(features, said, style)[:, None]
        expected, _ = network(tokens[:, None], targets[:, None], conditions)
        for half, tolerance in ((False, 1e-4), (True, 0.03)):
            stepper = Stepper(network, half)
            told = stepper.condition(features, said.float(), style)
            state = [torch.zeros(3, 48) for _ in range(2)]
            state = stepper.read(state, pitch_memory(tokens[:, None, 1])[:, 0], tokens, told)
            seen = []

            def choose(field, logits, seen=seen):
                seen.append(logits)
                return targets[:, field]

            stepper.draw(state[-1], told, choose)
            for mine, theirs in zip(seen, expected, strict=True):
                assert torch.allclose(mine, theirs[:, 0], atol=tolerance)


def test_the_same_seed_draws_the_same_notes_and_another_seed_others(network):
    sampler = Sampler(network, half=False)
    heard = sampler.listen(encode(NOTES))
    first, again, other = (sampler.draw(heard, wish(seed=s)) for s in (5, 5, 6))
    assert all((a.notes == b.notes).all() for a, b in zip(first, again, strict=True))
    assert any(
        a.notes.shape != b.notes.shape or (a.notes != b.notes).any()
        for a, b in zip(first, other, strict=True)
    )


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_no_onset_lies_before_the_hand_over_or_after_a_long_silence(network, guidance):
    sampler = Sampler(network, half=False)
    heard = sampler.listen(encode(NOTES))
    for drawn in sampler.draw(heard, wish(guidance=guidance, longest_gap_s=0.8, seconds=6.0)):
        onsets = drawn.notes[:, 0]
        assert (onsets >= 0).all()
        assert onsets[0] <= 1.01
        assert np.diff(onsets).max() <= 0.81


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
