"""Which SoundFont is taken, and what is said when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.contract import DeviceError
from skills.music.player import soundfont
from skills.music.player.soundfont import find_soundfont

HEAD = b"RIFF\x00\x00\x00\x00sfbk"


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENCORE_SOUNDFONT", raising=False)
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(soundfont, "SYSTEM_FOLDERS", (tmp_path / "none", tmp_path / "system"))


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(HEAD)
    return path


def test_settings_come_before_environment_system_and_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = put(tmp_path / "home" / "soundfonts" / "mine.sf2")
    assert find_soundfont() == home
    put(tmp_path / "system" / "aaa.sf2")
    known = put(tmp_path / "system" / "TimGM6mb.sf2")
    assert find_soundfont() == known
    named = put(tmp_path / "named.sf2")
    monkeypatch.setenv("ENCORE_SOUNDFONT", str(named))
    assert find_soundfont() == named
    wanted = put(tmp_path / "wanted.sf2")
    assert find_soundfont(wanted) == wanted


def test_no_soundfont_is_told_with_the_mend() -> None:
    with pytest.raises(DeviceError, match="Install one"):
        find_soundfont()


def test_a_named_soundfont_must_be_there_and_be_one(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="There is no SoundFont"):
        find_soundfont(tmp_path / "none.sf2")
    (tmp_path / "text.sf2").write_text("not sounds")
    with pytest.raises(DeviceError, match="is not a SoundFont"):
        find_soundfont(tmp_path / "text.sf2")
