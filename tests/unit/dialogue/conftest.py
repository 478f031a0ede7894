from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.cli.street import thresholds
from assistant.contract import Intent, Reply, Transcript
from assistant.house import House
from assistant.settings import Settings
from assistant.understanding.parse_command import PlainSettings
from assistant.understanding.service import UnderstandingService
from skills.music.skill import MusicSkill
from tests.unit.skill.sitting import Sitting, scale


class Talk:
    """A sitting at the house with the real engine and the default thresholds."""

    def __init__(self, folder: Path, service: UnderstandingService, *, asks: bool = True) -> None:
        self.sitting = Sitting(folder)
        self.kept: list[tuple[str, str]] = []
        self.house = House(
            service,
            [self.sitting.skill],
            thresholds=thresholds(Settings()),
            keep_correction=lambda text, intent: self.kept.append((text, intent)),
            asks=asks,
        )
        self.understood: list[Intent] = []
        self.reply = Reply("")

    def say(self, text: str, confidence: float | None = None) -> str:
        source = "typed" if confidence is None else "voice"
        self.reply = self.house.turn(Transcript(text, source, confidence), self.understood.append)  # type: ignore[arg-type]
        return self.reply.text


@pytest.fixture(scope="session")
def service() -> Iterator[UnderstandingService]:
    """The embedded engine as it is shipped."""
    made = UnderstandingService([MusicSkill.nlu_dir], PlainSettings("embedded"))
    made.start()
    yield made
    made.close()


@pytest.fixture
def silent(tmp_path: Path, service: UnderstandingService) -> Talk:
    """A sitting at which nothing was played yet."""
    return Talk(tmp_path, service)


@pytest.fixture
def talk(silent: Talk) -> Talk:
    """A sitting at which a scale of four seconds was played."""
    silent.sitting.skill.hear(scale())
    return silent
