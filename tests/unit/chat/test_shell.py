from __future__ import annotations

import io
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.plain_text import PlainTextOutput

from assistant.chat.shell import Sentences, open_history, run_shell
from assistant.cli.street import Street
from tests.unit.chat.test_conversation import Talk


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Talk:
    monkeypatch.setattr(Street, "warm_up", lambda *_args, **_kwargs: None)
    return Talk(tmp_path)


def completions(talk: Talk, line: str) -> list[str]:
    completer = Sentences(talk.street, talk.conversation.commands)
    found = completer.get_completions(Document(line), CompleteEvent())
    return [line[: len(line) + c.start_position] + c.text for c in found]


def type_keys(talk: Talk, keys: str) -> str:
    """Type into the shell; return what it wrote."""
    written = io.StringIO()
    with (
        create_pipe_input() as keyboard,
        create_app_session(input=keyboard, output=PlainTextOutput(written)),
    ):
        keyboard.send_text(keys)
        run_shell(talk.street)
    return written.getvalue()


def test_a_typed_line_is_answered(talk: Talk) -> None:
    printed = type_keys(talk, "sadder\n/quit\n")
    assert "adjust · sad · 0.97 · rasa" in printed
    assert "There is nothing to change yet." in printed


def test_control_d_leaves(talk: Talk) -> None:
    type_keys(talk, "\x04")


def test_control_c_at_the_prompt_stops_the_music_and_asks_again(talk: Talk) -> None:
    talk.sitting.skill.stage()
    type_keys(talk, "\x03goodbye\n")
    assert talk.sitting.stage.stops >= 1


def test_examples_are_completed(talk: Talk) -> None:
    assert "continue what i play in a happy mood" in completions(talk, "cont")
    assert completions(talk, "zzz") == []


def test_commands_are_completed(talk: Talk) -> None:
    assert completions(talk, "/un") == ["/undo"]


def test_files_are_completed_after_phrase(talk: Talk, tmp_path: Path) -> None:
    (tmp_path / "song.mid").touch()
    assert completions(talk, f"/phrase {tmp_path}/so")[0].endswith("song.mid")


def test_history_is_kept_between_sittings(tmp_path: Path) -> None:
    open_history(tmp_path / "new" / "history").append_string("sadder")
    history = open_history(tmp_path / "new" / "history")
    assert isinstance(history, FileHistory)
    assert list(history.load_history_strings()) == ["sadder"]


def test_history_without_a_place_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert isinstance(open_history(tmp_path / "file" / "history"), InMemoryHistory)
