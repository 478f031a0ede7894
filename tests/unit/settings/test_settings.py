from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from assistant.contract import SettingsError
from assistant.settings import MoodName, Settings, all_keys, data_dir, load_settings, settings_path
from skills.music.request import MOODS


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENCORE_SETTINGS", "ENCORE_HOME"):
        monkeypatch.delenv(name, raising=False)


def load(folder: Path, text: str) -> Settings:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def test_no_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml") == Settings()


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    settings = load(tmp_path, '[music]\nmood = "calm"\nseconds = 8\n')
    assert (settings.music.mood, settings.music.seconds) == ("calm", 8.0)
    assert settings.sound == Settings().sound


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[music]\nmod = 1\n", "There is no setting music.mod; did you mean music.mo"),
        ("[sound]\nvolume = 1\n", "did you mean sound.volume_percent?"),
        ("[speach]\nmodel = 'x'\n", "There is no setting speach; did you mean speech?"),
        ("[zzzz]\n", "There is no setting zzzz; there are:"),
        ("music = 3\n", "[music] must be a table of settings, not 3."),
        ("[music]\nseconds = -3\n", "music.seconds should be greater than or equal to 0.5, not -3"),
        ("[music]\nmood = 'hapy'\n", 'music.mood should be "happy", "sad"'),
        ("[sound]\nvolume_percent = 'loud'\n", "sound.volume_percent should be a valid integer"),
        ("[sound]\nvolume_percent = 101\n", "should be less than or equal to 100, not 101"),
        ("[music\n", "is not valid TOML"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value).replace(str(tmp_path), "")
    assert "settings.toml" in str(caught.value)


def test_an_unknown_key_is_told_before_a_wrong_value(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no setting sound\.volum"):
        load(tmp_path, "[sound]\nvolume_percent = 101\nvolum = 3\n")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="not UTF-8 text"):
        load_settings(path)


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)


def test_a_named_file_that_is_missing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCORE_SETTINGS", str(tmp_path / "mine.toml"))
    with pytest.raises(SettingsError, match=r"mine\.toml is not there"):
        load_settings()


def test_encore_home_holds_settings_and_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path))
    assert settings_path() == tmp_path / "settings.toml"
    assert data_dir() == tmp_path


def test_a_user_without_home_gets_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)  # as with no entry in passwd
    assert load_settings() == Settings()
    with pytest.raises(SettingsError, match="no home folder: set ENCORE_HOME"):
        data_dir()


def test_moods_are_those_of_the_music() -> None:
    assert get_args(MoodName) == MOODS


def test_every_setting_is_documented_with_its_default() -> None:
    page = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8")
    values = Settings().model_dump()
    for key in all_keys():
        section, _, name = key.partition(".")
        value = values[section][name]
        shown = {None: "not set", True: "true", False: "false"}.get(value, value)
        shown = f'"{shown}"' if isinstance(value, str) else str(shown)
        assert f"| `{name}` | `{shown}` |" in page, f"docs/settings.md lacks {key} = {shown}"
