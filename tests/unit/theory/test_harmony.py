from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skills.music.notes import Note, Phrase
from skills.music.theory.harmony import WIDTH, features, turns
from skills.music.theory.key import find_key

CHORDS = 9 * 12 + 144
"""Where the features of chords begin."""
NOTES = st.lists(
    st.builds(
        Note,
        st.floats(0, 20).map(lambda t: round(t, 3)),
        st.integers(30, 90),
        st.floats(0.01, 5.0),
        st.integers(1, 127),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(NOTES, st.integers(1, 11))
def test_a_transposition_only_turns_what_is_counted(notes: list[Note], steps: int) -> None:
    phrase = Phrase(tuple(notes))
    here, there = features(phrase), features(phrase.transposed(steps))
    assert here.shape == (WIDTH,)
    assert np.isfinite(here).all()
    turned = there[turns()[steps]]
    certain = np.r_[:CHORDS, CHORDS + 72 : WIDTH]  # two chords may fit a window alike
    assert turned[certain] == pytest.approx(here[certain])


def scale(steps: tuple[int, ...], root: int) -> Phrase:
    return Phrase(tuple(Note(0.4 * n, root + s, 0.36, 80) for n, s in enumerate(steps)))


@pytest.mark.parametrize("root", range(54, 66))
def test_a_major_scale_is_in_its_own_key(root: int) -> None:
    key = find_key(scale((0, 2, 4, 5, 7, 9, 11, 12), root))
    assert (key.tonic, key.mode) == (root % 12, "major")


@pytest.mark.parametrize("root", range(54, 66))
def test_a_harmonic_minor_scale_is_in_its_own_key(root: int) -> None:
    key = find_key(scale((0, 2, 3, 5, 7, 8, 11, 12, 11, 8, 7, 5, 3, 2, 0), root))
    assert (key.tonic, key.mode) == (root % 12, "minor")


def test_a_cadence_tells_the_key() -> None:
    chords = ((48, 64, 67, 72), (53, 60, 65, 69), (43, 59, 65, 74), (48, 64, 67, 72))
    notes = [Note(n * 1.0, p, 0.9, 80) for n, chord in enumerate(chords) for p in chord]
    assert find_key(Phrase(tuple(notes))).name == "C major"
