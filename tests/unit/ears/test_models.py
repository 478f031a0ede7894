"""Where speech models are looked for, and what is said about folders that hold none."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from assistant.contract import ModelError
from assistant.ears import models
from assistant.ears.models import (
    checked_model,
    find_model,
    list_models,
    said_of_own,
    wrong_files,
)


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENCORE_SPEECH_MODEL", raising=False)
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(models, "PROJECT_MODELS", tmp_path / "project")


def put(folder: Path) -> Path:
    for name in ("am/final.mdl", "conf/mfcc.conf", "graph/HCLG.fst"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_settings_come_before_environment_home_and_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = put(tmp_path / "project" / "vosk-ours")
    put(tmp_path / "project" / "generator")
    assert find_model() == project
    home = put(tmp_path / "home" / "models" / "vosk-model-small")
    assert find_model() == home
    assert list_models() == [home, project]
    named = put(tmp_path / "named")
    monkeypatch.setenv("ENCORE_SPEECH_MODEL", str(named))
    assert find_model() == named
    wanted = put(tmp_path / "wanted")
    assert find_model(wanted) == wanted


def test_the_own_model_is_told_only_where_nothing_else_is_there(tmp_path: Path) -> None:
    own = put(tmp_path / "project" / "vosk-encore-en")
    assert "encore models fetch" in said_of_own(find_model())[0]
    assert said_of_own(find_model("vosk-encore-en"), "vosk-encore-en") == []
    official = put(tmp_path / "home" / "models" / "vosk-model-small-en-us-0.15")
    assert said_of_own(find_model()) == []
    assert list_models() == [official, own]


def test_no_model_is_told_with_the_mend() -> None:
    with pytest.raises(ModelError, match="make setup"):
        find_model()
    with pytest.raises(ModelError, match="There is no speech model vosk-gone: `encore models`"):
        find_model("vosk-gone")


def test_a_half_unpacked_model_is_passed_over_or_told(tmp_path: Path) -> None:
    broken = put(tmp_path / "home" / "models" / "a")
    (broken / "graph" / "HCLG.fst").write_text("")
    whole = put(tmp_path / "home" / "models" / "b")
    assert find_model() == whole
    with pytest.raises(ModelError, match=r"graph/HCLG\.fst is missing or empty"):
        checked_model(broken)
    with pytest.raises(ModelError, match="it is not a folder"):
        checked_model(tmp_path / "none")


def test_small_models_with_two_graphs_and_old_flat_ones_are_known(tmp_path: Path) -> None:
    small = put(tmp_path / "small")
    (small / "graph" / "HCLG.fst").rename(small / "graph" / "HCLr.fst")
    assert checked_model(small) == small
    flat = tmp_path / "flat"
    flat.mkdir()
    for name in ("final.mdl", "mfcc.conf", "HCLG.fst"):
        (flat / name).write_text("x")
    assert checked_model(flat) == flat


def test_changed_files_are_found_by_the_models_checksums(tmp_path: Path) -> None:
    folder = put(tmp_path / "model")
    assert wrong_files(folder) == []
    digest = hashlib.sha256(b"am/final.mdl").hexdigest()
    (folder / "SHA256SUMS").write_text(f"{digest}  am/final.mdl\n{digest} *conf/mfcc.conf\n")
    assert wrong_files(folder) == ["conf/mfcc.conf"]
