from __future__ import annotations

import pytest

from skills.music.notes import Note, Phrase
from skills.music.theory.chords import Chord, suggest_chords
from skills.music.theory.key import Key, parse_key


def arpeggios(*chords: tuple[int, ...], root: int = 48) -> Phrase:
    """Return a bar of two seconds of each chord: a bass, then its notes."""
    notes: list[Note] = []
    for bar, chord in enumerate(chords):
        notes.append(Note(2.0 * bar, root + chord[0] - 12, 1.9, 90))
        notes += [Note(2.0 * bar + 0.5 * n, root + 12 + p, 0.45, 70) for n, p in enumerate(chord)]
        notes.append(Note(2.0 * bar + 1.5, root + 12 + chord[1], 0.45, 70))
    return Phrase(tuple(notes))


@pytest.mark.parametrize("root", [48, 50, 53, 55])
def test_the_chords_of_arpeggios_are_found(root: int) -> None:
    phrase = arpeggios((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7), root=root)
    found = suggest_chords(phrase, Key(root % 12, "major"))
    assert found is not None
    roots = [(c.root - root) % 12 for c in found.chords]
    assert roots == [0, 5, 7, 0]
    assert not any(c.minor for c in found.chords)


def test_a_melody_gets_chords_of_its_key_and_others_beside_them() -> None:
    tune = (60, 64, 67, 64, 65, 69, 72, 69, 67, 71, 74, 71, 72, 67, 64, 60)
    found = suggest_chords(Phrase(tuple(Note(0.5 * n, p, 0.45, 80) for n, p in enumerate(tune))))
    assert found is not None
    assert found.key.name == "C major"
    assert found.chords[0] == found.chords[-1] == Chord(0, minor=False)
    assert all(a != b for a, b in zip(found.chords, found.others, strict=True))


def test_the_key_that_is_asked_for_holds() -> None:
    found = suggest_chords(arpeggios((0, 3, 7), (5, 8, 12)), parse_key("C minor"))
    assert found is not None
    assert found.chords[0] == Chord(0, minor=True)


def test_long_music_gets_few_chords_and_silence_none() -> None:
    assert suggest_chords(Phrase()) is None
    long = suggest_chords(arpeggios(*[(0, 4, 7), (7, 11, 14)] * 30))
    assert long is not None
    assert len(long.chords) <= 9


def test_chords_are_said_as_people_say_them() -> None:
    assert Chord(10, minor=False).spoken == "B flat"
    assert Chord(6, minor=True).spoken == "F sharp minor"
