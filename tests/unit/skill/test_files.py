"""What is said when a file cannot be written."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from assistant.contract import InputError
from skills.music.files import write_error, written_whole
from skills.music.player.calibrate import FILE_NAME, forget


def test_a_library_that_does_not_say_so_is_asked_about_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=100))
    with (
        pytest.raises(InputError, match=r"a\.wav: the disk is full"),
        written_whole(tmp_path / "a.wav"),
    ):
        raise write_error(tmp_path, 101, "System error")
    assert write_error(tmp_path, 100, "System error").errno is None
    assert list(tmp_path.iterdir()) == []


def test_a_measurement_is_forgotten_and_a_file_that_stays_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget(tmp_path)
    (tmp_path / FILE_NAME).write_text("{}")
    forget(tmp_path)
    assert not (tmp_path / FILE_NAME).exists()

    def refuse(_path: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    (tmp_path / FILE_NAME).write_text("{}")
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(InputError, match="Read-only"):
        forget(tmp_path)
