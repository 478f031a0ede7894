"""What the critic is told of a phrase and its answer, and at what rate short excerpts go."""

import numpy as np
import pytest

from skills.music.generator.gate import gap_rate, onset_rate
from skills.music.generator.traits import NAMES, Reference


def tune(count=16, step_s=0.5, low=60):
    pitches = low + np.array([0, 2, 4, 7, 4, 2, 5, 4] * (count // 8))
    onsets = np.arange(count) * step_s
    return np.stack([onsets, onsets + 0.9 * step_s, pitches, np.full(count, 80.0)], axis=1)


def over_chords(shape=(0, 4, 7), count=16, low=72):
    """A tune with a chord of this shape, an octave and a half below, at each fourth note."""
    top = tune(count, low=low)
    chords = [
        [onset, onset + 1.9, 50 + above, 80.0] for onset in top[::4, 0].tolist() for above in shape
    ]
    rows = np.concatenate([top, np.array(chords)])
    return rows[np.lexsort((rows[:, 2], rows[:, 0]))]


def told(answer, phrase):
    return dict(zip(NAMES, Reference.of(phrase, 8.0).compare(answer).tolist(), strict=True))


def test_an_answer_in_the_phrases_voicings_is_told_from_one_in_others():
    phrase = over_chords()
    own, other = told(over_chords(count=8), phrase), told(over_chords((0, 7, 16), count=8), phrase)
    assert own["known_shapes"] == 1.0
    assert other["known_shapes"] == 0.0
    assert own["sizes_apart"] == other["sizes_apart"] == 0.0


def test_chords_without_their_tune_are_told():
    phrase = over_chords()
    answer = over_chords(count=8)
    without = answer[~((answer[:, 2] >= 72) & (answer[:, 0] % 2 == 0))]
    assert told(answer, phrase)["bare_chords"] == 0.0
    assert told(without, phrase)["bare_chords"] == 1.0
    assert told(without, phrase)["sizes_apart"] > 0.2


def test_rhythms_and_lengths_that_the_phrase_does_not_have_are_told():
    phrase = tune()
    assert told(tune(8), phrase)["known_gaps"] == told(tune(8), phrase)["known_lengths"] == 1.0
    odd = tune(8, step_s=0.37)
    assert told(odd, phrase)["known_gaps"] == told(odd, phrase)["known_lengths"] == 0.0


def test_a_tune_has_no_chords_to_know():
    assert told(tune(8), tune())["known_shapes"] == 1.0


def test_the_rate_of_a_short_excerpt_is_that_of_the_whole():
    whole = tune(24)
    assert gap_rate(whole[:4]) == pytest.approx(gap_rate(whole)) == pytest.approx(2.0)
    assert onset_rate(whole[:4]) > 1.2 * onset_rate(whole)
