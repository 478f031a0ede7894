"""The folder that stands in where the user's own one cannot be written."""

import tempfile
from pathlib import Path

import pytest

from assistant.cli.street import forget_unused, open_street


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everybody's folder for temporary files, and no home that can be written."""
    monkeypatch.setenv("ENCORE_HOME", "/proc/none")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_sitting_in_which_nothing_was_saved_leaves_no_folder(temporary: Path) -> None:
    with open_street(engine="embedded", out_dir=temporary / "out") as street:
        assert street.data_dir.parent == temporary
        street.understanding.service()  # which is logged
    assert list(temporary.iterdir()) == []


def test_what_was_saved_stays(temporary: Path) -> None:
    folder = temporary / "encore-some"
    (folder / "takes" / "morning").mkdir(parents=True)
    (folder / "takes" / "morning" / "answer.mid").touch()
    (folder / "encore.log").touch()
    forget_unused(folder)
    assert (folder / "takes" / "morning" / "answer.mid").exists()
