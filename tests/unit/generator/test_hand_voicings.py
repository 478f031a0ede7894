"""Block chords that a phrase builds in few shapes are built so in its answer."""

import numpy as np
import pytest

from skills.music.generator.hand import read_hand, take_over
from skills.music.generator.hand_voicings import read_voicings, revoiced

MAJOR, MINOR = (0, 4, 7), (0, 3, 7)
SONG = ((48, MAJOR), (45, MINOR), (41, MAJOR), (43, MAJOR), (48, MAJOR), (45, MINOR))


def chord(start_s, low, shape, length_s=0.999):
    return [[start_s, start_s + length_s, low + k, 80.0] for k in shape]


def song(chords=SONG, tune=True):
    """A tune of four notes a chord over block chords of a second."""
    rows = []
    for number, (low, shape) in enumerate(chords):
        rows += chord(float(number), low, shape)
        for quarter in range(4 if tune else 0):
            start = number + quarter / 4
            rows.append([start, start + 0.249, low + 24 + shape[quarter % 3], 80.0])
    return np.array(sorted(rows))


def low_notes(rows, start_s):
    return sorted(rows[(rows[:, 0] == start_s) & (rows[:, 2] < 65), 2].tolist())


@pytest.mark.parametrize("tune", [True, False])
def test_shapes_of_a_tune_over_chords_and_of_chords_alone_are_read(tune):
    voicings = read_voicings(song(tune=tune))
    assert voicings is not None
    assert voicings.shapes == {MAJOR, MINOR}


def test_chords_built_in_many_ways_are_left_to_the_player():
    shapes = [(0, 4, 7), (0, 3, 8), (0, 5, 9), (0, 7, 12), (0, 7, 16), (0, 9, 16)]
    rows = song([(48, shape) for shape in shapes], tune=False)
    assert read_voicings(rows) is None
    assert read_voicings(song()[:8]) is None


def test_an_accompaniment_of_bass_and_two_notes_is_no_block():
    rows = np.array([r for k in range(8) for r in chord(float(k), 48 + 5 * (k % 2), (0, 4))])
    assert read_voicings(rows) is None


def test_a_chord_that_lacks_a_note_or_has_a_strange_one_becomes_one_of_the_phrases():
    voicings = read_voicings(song())
    drawn = np.array(
        [*chord(0.0, 45, (0, 7)), [0.0, 0.5, 72, 90], *chord(1.0, 43, (0, 2, 7)), [1.0, 2, 71, 90]]
    )
    built = revoiced(voicings, drawn)
    assert low_notes(built, 0.0) == [45, 48, 52]
    assert low_notes(built, 1.0) == [43, 47, 50]
    assert built[built[:, 2] > 65].tolist() == drawn[drawn[:, 2] > 65].tolist()


def test_the_tune_over_it_decides_between_chords():
    voicings = read_voicings(song())
    for tune, built in (((65, 69), [41, 45, 48]), ((67, 76), [48, 52, 55])):
        bare = [*chord(0.0, 36, (0, 12)), [0.0, 0.5, tune[0], 90], [0.5, 1.0, tune[1], 90]]
        assert low_notes(revoiced(voicings, np.array(bare)), 0.0) == built


def test_chords_in_a_known_shape_stay_as_they_were_drawn():
    voicings = read_voicings(song())
    drawn = song([(50, MINOR), (52, MINOR)])
    assert revoiced(voicings, drawn) is drawn


def test_an_answer_after_block_chords_has_no_other_chords():
    hand = read_hand(song(SONG * 2), 12.0)
    drawn = np.array([*chord(0.1, 41, (0, 6, 7)), [0.1, 0.34, 69, 80], *chord(1.1, 43, (0, 5))])
    drawn = drawn[np.lexsort((drawn[:, 2], drawn[:, 0]))]
    moved = take_over(hand, drawn, 12.0, whole=True)
    for start in sorted(set(moved[:, 0].tolist())):
        low = low_notes(moved, start)
        assert tuple(int(p - low[0]) for p in low) in {MAJOR, MINOR}


def test_a_mood_builds_its_chords_itself():
    hand = read_hand(song(SONG * 2), 12.0)
    assert hand.voicings is not None
    drawn = np.array([*chord(0.0, 45, (0, 3, 6)), *chord(1.0, 43, (0, 5))])
    assert take_over(hand, drawn, 12.0, whole=False)[:, 2].tolist() == drawn[:, 2].tolist()
