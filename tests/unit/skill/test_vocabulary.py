"""Every value that understanding can return is one that the skill carries out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from skills.music.instruments import PROGRAMS
from skills.music.parameters import CHECKS
from skills.music.skill import MusicSkill
from tests.unit.skill.sitting import Sitting

PARAMETERS = yaml.safe_load((MusicSkill.nlu_dir / "parameters.yml").read_text(encoding="utf-8"))


def values() -> Iterator[tuple[str, str | int]]:
    """Yield each parameter with each of its values."""
    for name, about in PARAMETERS.items():
        for value in about.get("values", ()):
            yield name, value


def test_words_and_skill_know_the_same_parameters() -> None:
    assert set(PARAMETERS) == set(CHECKS)


@pytest.mark.parametrize(("name", "value"), list(values()))
def test_a_value_that_can_be_understood_is_accepted(
    sitting: Sitting, name: str, value: str | int
) -> None:
    assert sitting.say("continue", **{name: value}).startswith("Here are five seconds")


def test_every_instrument_has_a_general_midi_program() -> None:
    assert set(PARAMETERS["instrument"]["values"]) <= set(PROGRAMS)
    assert all(0 <= program <= 127 for program in PROGRAMS.values())
