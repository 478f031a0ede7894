from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.found_skills import OWN_INTENTS
from assistant.understanding.parse_command import PlainSettings
from assistant.understanding.service import UnderstandingService
from scripts import make_commands_page
from skills.music.commands import commands, help_on, parameters, spoken_examples
from skills.music.parameters import CHECKS
from skills.music.skill import MusicSkill
from tests.unit.skill.sitting import Sitting


@pytest.fixture(scope="module")
def page() -> str:
    return make_commands_page.page()


@pytest.fixture(scope="module")
def service() -> Iterator[UnderstandingService]:
    made = UnderstandingService([MusicSkill.nlu_dir], PlainSettings("embedded"))
    made.start()
    yield made
    made.close()


def test_every_intent_and_parameter_is_on_the_page(page: str, tmp_path: Path) -> None:
    intents = Sitting(tmp_path).skill.intents | OWN_INTENTS
    for name in (*intents, *CHECKS):
        assert f"\n### {name}\n" in page
    assert set(parameters()) == set(CHECKS)
    assert set(spoken_examples()) <= set(CHECKS)


def test_the_page_is_the_same_every_time(page: str) -> None:
    assert make_commands_page.page() == page


def test_a_stale_page_is_told(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make_commands_page, "PAGE", tmp_path / "commands.md")
    assert make_commands_page.main(["--check"]) == 1
    assert "make docs" in capsys.readouterr().out
    assert make_commands_page.main([]) == 0
    assert (tmp_path / "commands.md").read_text(encoding="utf-8") == page
    assert make_commands_page.main(["--check"]) == 0


@pytest.mark.parametrize(
    ("intent", "example"),
    [(name, text) for name, command in commands().items() for text in command.examples],
)
def test_an_example_is_understood_as_its_command(
    service: UnderstandingService, intent: str, example: str
) -> None:
    assert service.parse(example).name == intent


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("help with moods", "dreamy"),
        ("how do i change the tempo", "beats per minute"),
        ("what instruments do you have", "on strings"),
        ("how can i get back to an earlier version", "the first one"),
        ("help me with saving", "blue door"),
        ("what can you do", ""),
        ("help", ""),
    ],
)
def test_help_is_about_the_thing_that_is_named(question: str, words: str) -> None:
    about = help_on(question)
    assert (words in about) if words else about == ""
