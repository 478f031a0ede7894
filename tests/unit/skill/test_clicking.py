from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.contract import ParameterValue
from skills.music.player.live import LivePlayer
from skills.music.player.outputs import SilentOutput
from skills.music.skill import MusicSkill
from skills.music.stage import LiveStage
from tests.unit.skill.sitting import ScaleGenerator, Sitting


class Heard:
    """A sitting whose click can be asked for its beats."""

    def __init__(self, folder: Path) -> None:
        self.output = SilentOutput()
        stage = LiveStage(LivePlayer(self.output))
        self.sitting = Sitting(folder)
        self.sitting.skill = MusicSkill(ScaleGenerator, lambda: stage, self.sitting.takes)

    def say(self, **said: ParameterValue) -> str:
        return self.sitting.say("metronome", **said)

    @property
    def bpm(self) -> float | None:
        beat_s = self.sitting.skill.live.clicking.beat_s()
        return None if beat_s is None else round(60.0 / beat_s, 6)


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    made = Heard(tmp_path)
    yield made
    made.sitting.skill.close()


def test_the_click_goes_on_and_off(heard: Heard) -> None:
    assert heard.say(switch="on", tempo_bpm=90) == "The click is on: 90 beats per minute."
    assert heard.bpm == 90
    assert heard.say(switch="off") == "The click is off."
    assert heard.bpm is None
    assert heard.say(switch="off") == "The click is off already."


def test_the_tempo_of_a_click_can_be_changed(heard: Heard) -> None:
    heard.say(tempo_bpm=100)
    assert heard.say(tempo_change="faster") == "The click is on: 125 beats per minute."
    heard.say(tempo_change="slower", amount="little")
    assert heard.bpm == pytest.approx(125 / 1.1, abs=1e-3)
    for _ in range(9):
        heard.say(tempo_change="faster", amount="much")
    assert heard.bpm == 300


def test_the_click_remembers_its_tempo(heard: Heard) -> None:
    heard.say(tempo_bpm=72)
    heard.say(switch="off")
    assert heard.say(switch="on") == "The click is on: 72 beats per minute."


def test_without_a_pulse_the_click_is_at_a_hundred(heard: Heard) -> None:
    assert heard.say(switch="on") == "The click is on: 100 beats per minute."


def test_stop_silences_the_click_and_it_can_go_on(heard: Heard) -> None:
    heard.say(tempo_bpm=80)
    heard.sitting.skill.stop()
    assert heard.bpm is None
    heard.say(switch="on")
    assert heard.bpm == 80


def test_an_answer_leaves_the_click_running(heard: Heard) -> None:
    heard.say(tempo_bpm=80)
    heard.sitting.say("compose")
    assert heard.bpm == 80


def test_without_speakers_it_is_told(tmp_path: Path) -> None:
    assert Sitting(tmp_path).say("metronome", switch="on").startswith("The click needs speakers")
