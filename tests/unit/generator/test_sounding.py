"""What sounds when a phrase is cut is read as a note whose end has not been heard."""

import numpy as np

from skills.music.generator.sounding import held_on


def tune(cut_s):
    """Quarter notes of half a second over a bass of two seconds each, cut somewhere."""
    onsets = np.arange(16) * 0.5
    top = np.stack([onsets, onsets + 0.5, 72 + np.arange(16) % 5, np.full(16, 80.0)], axis=1)
    bass = np.stack([onsets[::4], onsets[::4] + 2.0, np.full(4, 48.0), np.full(4, 70.0)], axis=1)
    rows = np.concatenate([top, bass])
    rows = rows[rows[:, 0] < cut_s]
    rows[:, 1] = np.minimum(rows[:, 1], cut_s)
    return rows[np.lexsort((rows[:, 2], rows[:, 0]))]


def test_a_cut_note_is_as_long_as_the_notes_near_its_pitch() -> None:
    rows = tune(7.1)
    held = held_on(rows, 7.1)
    last = held[held[:, 2] >= 60][-1]
    assert last[1] - last[0] == 0.5  # the bass below is four times as long
    assert (held[:, [0, 2, 3]] == rows[:, [0, 2, 3]]).all()


def test_a_note_that_was_heard_to_its_end_stays_as_it_is() -> None:
    rows = tune(7.1)
    ended = rows[:, 1] < 7.1
    assert (held_on(rows, 7.1)[ended] == rows[ended]).all()
    assert held_on(rows, 9.0) is rows  # silence after the phrase: nothing sounds


def test_a_last_note_as_long_as_others_is_not_made_longer() -> None:
    rows = tune(8.0)
    alone = rows[rows[:, 2] >= 60]
    assert (held_on(alone, 8.0) == alone).all()


def test_a_chord_alone_is_left() -> None:
    chord = np.array([[0.0, 0.9, pitch, 80.0] for pitch in (48, 55, 60, 64)])
    assert held_on(chord, 0.9) is chord
