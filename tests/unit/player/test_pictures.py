"""Piano rolls: the size, the colours and the atomic write; how they look is for eyes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from assistant.contract import InputError
from skills.music.notes import Note, Phrase
from skills.music.pictures import draw_piano_roll, note_name

PHRASE = Phrase((Note(0.0, 60, 1.0, 127), Note(1.0, 64, 1.0, 127)))
ANSWER = Phrase((Note(0.0, 67, 2.0, 127),), 2.5)
BLUE, ORANGE = (0x00, 0x72, 0xB2), (0xE6, 0x9F, 0x00)


def columns_of(path: Path, colour: tuple[int, int, int]) -> np.ndarray:
    """Return the columns of the picture below its legend that hold the colour."""
    pixels = np.round(imread(path)[60:, :, :3] * 255).astype(int)
    return np.flatnonzero((pixels == colour).all(axis=2).any(axis=0))


def test_phrase_and_answer_stand_side_by_side_in_their_colours(tmp_path: Path) -> None:
    draw_piano_roll(PHRASE, ANSWER, tmp_path / "a.png", "continue · happy")
    assert imread(tmp_path / "a.png").shape[:2] == (500, 1200)
    blue, orange = columns_of(tmp_path / "a.png", BLUE), columns_of(tmp_path / "a.png", ORANGE)
    assert len(blue) > 400
    assert len(orange) > 400
    assert blue.max() < orange.min()


@pytest.mark.parametrize(("phrase", "answer"), [(Phrase(), ANSWER), (Phrase(), Phrase())])
def test_nothing_played_is_drawn_too(tmp_path: Path, phrase: Phrase, answer: Phrase) -> None:
    draw_piano_roll(phrase, answer, tmp_path / "a.png", "costs $5 and $6")
    assert len(columns_of(tmp_path / "a.png", BLUE)) == 0
    assert bool(len(columns_of(tmp_path / "a.png", ORANGE))) == bool(len(answer))


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        draw_piano_roll(PHRASE, ANSWER, tmp_path / "none" / "a.png")


def test_middle_c_is_c4() -> None:
    assert [note_name(p) for p in (60, 61, 21, 0)] == ["C4", "C#4", "A0", "C-1"]
