from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills.music.notes import Note, Phrase
from skills.music.theory.key import Key, find_key, key_chances, parse_key

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11)


def phrase(pitches: list[int]) -> Phrase:
    return Phrase(tuple(Note(i * 0.5, p, 0.5, 64) for i, p in enumerate(pitches)))


def cadence(tonic: int, minor: bool) -> Phrase:
    """Return I IV V7 I, close position."""
    third = 3 if minor else 4
    chords = [(0, third, 7), (5, 5 + third, 12), (7, 11, 14, 17), (0, third, 7)]
    return phrase([60 + tonic + step for chord in chords for step in chord])


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("minor", [False, True])
def test_a_cadence_tells_its_key(tonic: int, minor: bool) -> None:
    key = find_key(cadence(tonic, minor))
    assert (key.tonic, key.mode) == (tonic, "minor" if minor else "major")


@given(st.lists(st.integers(0, 127), min_size=1, max_size=40), st.integers(0, 11))
def test_transposing_transposes_the_key(pitches: list[int], step: int) -> None:
    low = [p % 100 for p in pitches]
    before, after = key_chances(phrase(low)), key_chances(phrase([p + step for p in low]))
    for mode in (slice(0, 12), slice(12, 24)):
        assert after[mode] == pytest.approx([before[mode][(k - step) % 12] for k in range(12)])


def test_the_chances_of_all_keys_add_up_to_one() -> None:
    assert key_chances(cadence(0, False)).sum() == pytest.approx(1.0)


def test_silence_has_no_clear_key() -> None:
    assert find_key(Phrase()).clarity == 0.0


def test_all_notes_at_once_are_less_clear_than_a_cadence() -> None:
    every = phrase(list(range(60, 72)))
    assert find_key(every).clarity < 0.3 < find_key(cadence(7, False)).clarity


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("C major", "C major"),
        ("f# minor", "F# minor"),
        ("F sharp minor", "F# minor"),
        ("gb minor", "F# minor"),
        ("B flat major", "Bb major"),
        ("Bb", "Bb major"),
        ("bb minor", "Bb minor"),
        ("b minor", "B minor"),
        ("Am", "A minor"),
        ("a-flat", "Ab major"),
        ("E♭ major", "Eb major"),
        ("Cb major", "B major"),
        ("B# minor", "C minor"),
    ],
)
def test_keys_are_read_as_people_write_them(words: str, name: str) -> None:
    assert parse_key(words).name == name


@pytest.mark.parametrize("words", ["", "H major", "C dur", "major", "C# # minor", "blue"])
def test_what_is_no_key_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="a key must be like"):
        parse_key(words)


@pytest.mark.parametrize("tonic", range(12))
def test_every_name_is_read_back_as_the_same_key(tonic: int) -> None:
    for mode in ("major", "minor"):
        key = Key(tonic, mode)
        assert parse_key(key.name) == key
        assert parse_key(key.spoken) == key


def test_a_voice_says_sharp_and_flat() -> None:
    assert [parse_key(k).spoken for k in ("F# minor", "Bb major", "B minor")] == [
        "F sharp minor",
        "B flat major",
        "B minor",
    ]
