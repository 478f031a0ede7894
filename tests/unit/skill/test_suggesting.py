from __future__ import annotations

from pathlib import Path

from tests.unit.skill.sitting import Sitting, scale


def test_chords_are_suggested_for_what_was_played(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    sitting.skill.hear(scale(8.0))
    text = sitting.say("suggest_chords")
    assert text.startswith("In C major, these fit, a chord a bar: C")
    assert sitting.generator.asked == []


def test_chords_in_a_key_that_is_said(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    sitting.skill.hear(scale(8.0))
    assert sitting.say("suggest_chords", key="A minor").startswith("In A minor,")


def test_without_a_phrase_it_is_told(tmp_path: Path) -> None:
    assert Sitting(tmp_path).say("suggest_chords").startswith("I have not heard a phrase yet.")
