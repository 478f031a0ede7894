"""The ear hears the same whether it is fed while somebody plays or reads the phrase at once."""

import numpy as np
import pytest
import torch

from skills.music.generator.codec import encode, heard_from_s, tidy
from skills.music.generator.ear import Ear
from skills.music.generator.model import EventGru, Shape
from skills.music.generator.products import Precision
from skills.music.generator.sampling import Sampler
from skills.music.notes import Note, Phrase


class CountingSampler(Sampler):
    """Counts the events that the network reads."""

    read = 0

    def listen(self, encoded, heard=None):
        self.read += len(encoded.tokens)
        return super().listen(encoded, heard)


@pytest.fixture
def sampler():
    torch.manual_seed(3)
    return CountingSampler(
        EventGru(Shape(hidden=32, layers=2, condition=8)).eval(), Precision.SINGLE
    )


def played(count, seed=1):
    """Chords, runs and held bass notes, as notes of a phrase."""
    rng = np.random.default_rng(seed)
    onsets = np.cumsum(rng.choice([0.0, 0.004, 0.12, 0.25, 0.5], count))
    lengths = rng.choice([0.08, 0.3, 1.7], count)
    pitches = 40 + (np.arange(count) * 7 + seed) % 48  # no key is struck while it sounds
    return [
        Note(float(t), int(p), float(d), int(v))
        for t, p, d, v in zip(onsets, pitches, lengths, rng.integers(30, 110, count), strict=True)
    ]


def heard_at_once(notes):
    rows = Phrase(tuple(notes)).to_array()
    rows = rows[rows[:, 0] >= heard_from_s(max(n.onset_s for n in notes))]
    return encode(tidy(rows))


def live(ear, notes):
    """Feed notes as they end, telling what still sounds, as a keyboard does."""
    waiting = sorted(notes, key=lambda n: n.end_s)
    while waiting:
        note = waiting.pop(0)
        ear.feed(note, min((n.onset_s for n in waiting if n.onset_s <= note.end_s), default=None))


@pytest.mark.parametrize("seed", range(4))
def test_fed_while_playing_the_state_is_that_of_the_phrase_read_at_once(sampler, seed):
    notes = played(60, seed)
    ear = Ear(sampler)
    live(ear, notes)
    encoded = heard_at_once(notes)
    before = sampler.read
    warm = ear.listen(encoded)
    left = sampler.read - before
    cold = sampler.listen(encoded)
    assert torch.equal(warm.state, cold.state)
    assert torch.equal(warm.memory, cold.memory)
    assert torch.equal(warm.last, cold.last)
    assert warm.clock_s == cold.clock_s
    assert left < 20  # only what still sounded had to be read


def test_a_hand_over_reads_only_what_still_sounded(sampler):
    notes = [Note(k * 0.25, 50 + k, 0.2, 70) for k in range(40)]
    ear = Ear(sampler)
    live(ear, notes)
    before = sampler.read
    ear.listen(heard_at_once(notes))
    assert sampler.read - before <= 1


def test_a_long_phrase_is_read_from_a_place_that_stays(sampler):
    notes = [Note(k * 0.25, 40 + k % 37, 0.2, 70) for k in range(260)]
    assert heard_from_s(notes[-1].onset_s) == 30.0
    ear = Ear(sampler)
    live(ear, notes)
    before = sampler.read
    encoded = heard_at_once(notes)
    warm = ear.listen(encoded)
    assert sampler.read - before <= 1
    assert torch.equal(warm.state, sampler.listen(encoded).state)
    assert sampler.read - before <= 1 + len(encoded.tokens)


def test_a_phrase_that_was_read_is_known_again_and_another_is_read_afresh(sampler):
    ear = Ear(sampler)
    first, other = heard_at_once(played(30, 1)), heard_at_once(played(30, 2))
    state = ear.listen(first).state
    ear.listen(other)
    before = sampler.read
    assert torch.equal(ear.listen(first).state, state)
    assert sampler.read == before
    assert torch.equal(ear.listen(other).state, sampler.listen(other).state)


def test_a_note_that_turns_out_longer_is_read_again_from_there(sampler):
    notes = [Note(k * 0.25, 50 + k, 0.2, 70) for k in range(20)]
    ear = Ear(sampler)
    ear.listen(heard_at_once(notes))
    notes[15] = Note(notes[15].onset_s, notes[15].pitch, 1.4, 70)
    changed = heard_at_once(notes)
    before = sampler.read
    warm = ear.listen(changed)
    assert sampler.read - before == 5
    assert torch.equal(warm.state, sampler.listen(changed).state)


def test_a_new_phrase_begins_after_reset(sampler):
    ear = Ear(sampler)
    live(ear, played(30, 1))
    ear.reset()
    notes = played(30, 2)
    live(ear, notes)
    encoded = heard_at_once(notes)
    assert torch.equal(ear.listen(encoded).state, sampler.listen(encoded).state)


def test_only_a_few_phrases_are_kept(sampler):
    ear = Ear(sampler)
    for seed in range(9):
        ear.listen(heard_at_once(played(12, seed)))
    assert len(ear._tracks) <= 5
