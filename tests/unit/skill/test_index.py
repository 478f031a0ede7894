"""The index knows the folders; whatever happens to it, no take is lost."""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from assistant.contract import InputError
from skills.music.index import Index, IndexUnavailable
from skills.music.midi_file import write_phrase
from skills.music.takes import Takes
from tests.unit.skill.sitting import Sitting, scale

ROOT = Path(__file__).parents[3]


@pytest.fixture
def saved(sitting: Sitting) -> Sitting:
    """A sitting at which the take "blue" was saved."""
    sitting.say("continue", mood="happy", key="D major")
    sitting.say("save", name="blue")
    return sitting


def names(takes: Takes) -> list[str]:
    return [take.name for take in takes.list()]


def test_the_index_keeps_how_a_take_was_made(saved: Sitting) -> None:
    row = saved.takes.index.rows()["blue"]
    assert row["seed"] == 1
    assert row["seconds"] == 5.0
    assert row["key"] == "D major"
    assert row["tempo_bpm"] == 96.0
    assert row["model"] == saved.generator.model
    assert row["request"]["mood"] == "happy"
    assert row["files"] == ["answer.mid", "answer.wav", "phrase.mid"]  # relative
    with closing(sqlite3.connect(saved.takes.index.path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_the_whole_folder_can_be_moved(saved: Sitting, tmp_path: Path) -> None:
    moved = saved.takes.folder.rename(tmp_path / "moved")
    take = Takes(moved, lambda *_: None).find("blue")
    assert take.missing == ()
    assert all(path.is_file() for path in take.files)


def test_a_crash_between_files_and_row_loses_nothing(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_index: Index, _row: object) -> None:
        raise KeyboardInterrupt

    sitting.say("continue")
    with monkeypatch.context() as patched:
        patched.setattr(Index, "put", crash)
        with pytest.raises(KeyboardInterrupt):
            sitting.say("save", name="blue")
    take = sitting.takes.find("blue")
    assert take.details["seed"] == 1
    assert sitting.takes.index.rows().keys() == {"blue"}


def test_a_folder_of_an_older_encore_is_adopted(saved: Sitting) -> None:
    about = saved.takes.folder / "blue" / "take.json"
    values = json.loads(about.read_text())
    older = {n: v for n, v in values.items() if n not in ("key", "tempo_bpm", "model")}
    about.write_text(json.dumps(older))
    saved.takes.index.path.unlink()
    details = saved.takes.find("blue").details
    assert (details["seed"], details["request"]["mood"]) == (1, "happy")
    assert details["key"] == "C major"  # measured


def test_a_folder_with_music_alone_is_adopted(saved: Sitting) -> None:
    folder = saved.takes.folder / "mine"
    folder.mkdir()
    write_phrase(scale(), folder / "song.mid")
    take = saved.takes.find("mine")
    assert (take.details["notes"], take.details["key"]) == (8, "C major")
    assert take.details["seed"] is None


def test_a_row_without_files_is_told_and_not_dropped(saved: Sitting, tmp_path: Path) -> None:
    shutil.rmtree(saved.takes.folder / "blue")
    take = saved.takes.find("blue")
    assert take.missing == ("answer.mid", "answer.wav", "phrase.mid")
    assert take.details["seed"] == 1
    with pytest.raises(InputError, match=r"blue is not whole: answer\.mid.* is missing"):
        saved.takes.export("blue", tmp_path / "out")
    saved.takes.delete("blue")
    assert names(saved.takes) == []


@pytest.mark.parametrize("damage", ["no database", "bad pages", "other tables"])
def test_a_damaged_index_is_set_aside_and_made_again(
    saved: Sitting, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = saved.takes.index.path
    if damage == "no database":
        path.write_bytes(b"not a database at all" * 100)
    elif damage == "bad pages":
        path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DROP TABLE takes")
            connection.commit()
    takes = Takes(saved.takes.folder, lambda *_: None)
    with caplog.at_level(logging.WARNING):
        assert takes.find("blue").details["seed"] == 1
    assert len(caplog.messages) == 1
    assert "was damaged" in caplog.text
    assert path.with_name("takes.sqlite3.damaged-1").is_file()
    assert names(takes) == ["blue"]
    path.write_bytes(b"once more" * 1000)
    assert names(takes) == ["blue"]
    assert path.with_name("takes.sqlite3.damaged-2").is_file()


def test_an_index_of_a_newer_encore_is_left_alone(
    saved: Sitting, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(saved.takes.index.path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = saved.takes.index.path.read_bytes()
    assert names(saved.takes) == ["blue"]
    assert "newer Encore" in caplog.text
    assert saved.say("save", name="red") == "Saved as red."
    assert names(saved.takes) == ["blue", "red"]
    assert saved.takes.index.path.read_bytes() == before


def test_an_index_that_is_held_for_too_long_is_told(
    saved: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skills.music.index.WAIT_S", 0.05)
    with closing(sqlite3.connect(saved.takes.index.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(IndexUnavailable, match="locked"):
            saved.takes.index.rows()
        assert names(saved.takes) == ["blue"]  # from the folders


SAVE_TEN = """
import sys
from pathlib import Path
from assistant.contract import Intent
from tests.unit.skill.sitting import Sitting, scale
sitting = Sitting(Path(sys.argv[1]))
sitting.skill.hear(scale())
sitting.say("continue")
for _ in range(10):
    sitting.say("save", name="blue")
"""


def test_processes_that_save_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SAVE_TEN, str(tmp_path)]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    index = Index(tmp_path / "takes" / "takes.sqlite3")
    expected = {"blue", *(f"blue-{n}" for n in range(2, 31))}
    assert index.rows().keys() == expected
    assert list(index.path.parent.glob("*damaged*")) == []
