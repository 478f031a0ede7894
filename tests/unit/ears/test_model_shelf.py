"""The shelf of speech models: fetched from a real server on this machine, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from assistant.__main__ import run
from assistant.cli.models_command import command
from assistant.contract import InputError, ModelError, SettingsError
from assistant.ears import model_archives, model_shelf, models
from assistant.ears.catalogue import SMALL_ENGLISH, KnownModel, language_of
from assistant.ears.model_archives import LARGEST_UNPACKED_BYTES, fetch
from assistant.ears.model_shelf import add_model, fetch_model, remove_model, use_model
from assistant.ears.models import find_model, list_models
from tests.unit.ears.site import FILES, NAME, Site, archive, put

GERMAN = "vosk-model-small-de-0.15"


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENCORE_SPEECH_MODEL", raising=False)
    monkeypatch.delenv("ENCORE_SETTINGS", raising=False)
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path / "home"))
    for module in (models, model_shelf):
        monkeypatch.setattr(module, "PROJECT_MODELS", tmp_path / "project")
    put(tmp_path / "project" / "vosk-encore-en")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "home" / "models"


@pytest.fixture
def good_zip(tmp_path: Path) -> Path:
    return archive(tmp_path / "good.zip")


@pytest.fixture
def site(good_zip: Path) -> Iterator[Site]:
    made = Site(good_zip.read_bytes())
    yield made
    made.close()


@pytest.fixture
def model(site: Site) -> KnownModel:
    digest = hashlib.sha256(site.content).hexdigest()
    return KnownModel(NAME, site.address, len(site.content), digest)


def test_a_model_is_fetched_and_put_in_place(model: KnownModel, shelf: Path) -> None:
    steps: list[tuple[int, int]] = []
    place = fetch(model, shelf, lambda have, whole: steps.append((have, whole)))
    assert (place / "am" / "final.mdl").read_bytes() == FILES["am/final.mdl"]
    assert [path.name for path in shelf.iterdir()] == [NAME]
    assert steps[-1] == (model.size_bytes, model.size_bytes)
    assert find_model() == place


def test_a_download_that_broke_off_is_taken_up_where_it_ended(
    model: KnownModel, site: Site, shelf: Path
) -> None:
    site.break_off_after = 100
    with pytest.raises(ModelError, match="broke off"):
        fetch(model, shelf)
    assert list_models()[0].name == "vosk-encore-en"
    site.break_off_after = None
    assert (fetch(model, shelf) / "README").is_file()
    assert site.ranges == ["bytes=0-", "bytes=100-"]


def test_wrong_content_is_refused_and_thrown_away(model: KnownModel, shelf: Path) -> None:
    with pytest.raises(ModelError, match="SHA-256"):
        fetch(replace(model, sha256="0" * 64), shelf)
    assert list(shelf.iterdir()) == []


def test_a_site_that_sends_more_than_announced_fills_no_disk(
    model: KnownModel, shelf: Path
) -> None:
    with pytest.raises(ModelError):
        fetch(replace(model, size_bytes=50), shelf)
    assert list(shelf.iterdir()) == []


def test_no_network_is_one_sentence_with_the_mend(model: KnownModel, shelf: Path) -> None:
    away = replace(model, address="http://127.0.0.1:9/model.zip")
    with pytest.raises(ModelError, match=r"^The speech model's site is not reached.* models add"):
        fetch(away, shelf)


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half(
    model: KnownModel, good_zip: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(model_archives.shutil, "copyfileobj", full)
    with pytest.raises(ModelError, match=r"cannot be written: No space left on device\.$"):
        fetch(model, shelf)
    with pytest.raises(ModelError, match=r"good\.zip cannot be added: No space left on device\.$"):
        add_model(good_zip)
    assert [path.name for path in shelf.iterdir()] == [f"{NAME}.zip.part"]
    monkeypatch.undo()
    assert fetch(model, shelf).is_dir()


@pytest.mark.parametrize(
    "name", [f"{NAME}/../../evil", "/etc/evil", f"{NAME}\\..\\evil", "C:/evil", "../evil"]
)
def test_an_archive_whose_names_lead_elsewhere_is_refused(
    name: str, shelf: Path, tmp_path: Path
) -> None:
    bad = archive(tmp_path / "bad.zip", extra={name: b"evil"})
    with pytest.raises(ModelError, match=r"leads elsewhere|in one folder of its own"):
        add_model(bad)
    assert not list(tmp_path.rglob("evil"))
    assert not (shelf / NAME).exists()


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ({f"{NAME}/README": b"nothing else"}, r"am/final\.mdl is missing"),
        ({"README": b"no folder"}, "in one folder of its own"),
        ({}, "in one folder of its own"),
    ],
)
def test_an_archive_that_holds_no_model_is_refused(
    names: dict[str, bytes], sentence: str, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as packed:
        for name, content in names.items():
            packed.writestr(name, content)
    with pytest.raises(ModelError, match=sentence):
        add_model(tmp_path / "bad.zip")


def test_an_archive_that_would_fill_the_disk_is_refused(
    good_zip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LARGEST_UNPACKED_BYTES > 3e9
    monkeypatch.setattr(model_archives, "LARGEST_UNPACKED_BYTES", 1000)
    with pytest.raises(ModelError, match="more than a speech model"):
        add_model(good_zip)


def test_the_model_that_was_there_stays_when_the_new_one_is_bad(
    good_zip: Path, shelf: Path, tmp_path: Path
) -> None:
    add_model(good_zip)
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as packed:
        packed.writestr(f"{NAME}/README", b"nothing else")
    for attempt in (lambda: add_model(tmp_path / "bad.zip"), lambda: add_model(good_zip, "0" * 64)):
        with pytest.raises(ModelError):
            attempt()
    assert (shelf / NAME / "am" / "final.mdl").is_file()


def test_an_archive_with_a_known_name_must_have_the_known_checksum(tmp_path: Path) -> None:
    false = archive(tmp_path / "a.zip", SMALL_ENGLISH.name)
    with pytest.raises(ModelError, match=f"a.zip is not {SMALL_ENGLISH.name}: its SHA-256"):
        add_model(false)


def test_a_folder_is_added_and_a_file_that_is_no_archive_is_told(
    tmp_path: Path, shelf: Path
) -> None:
    assert add_model(put(tmp_path / GERMAN)) == shelf / GERMAN
    (tmp_path / "text.zip").write_text("hello")
    for name, sentence in (("text.zip", "no ZIP archive"), ("none.zip", "no such file")):
        with pytest.raises(ModelError, match=sentence):
            add_model(tmp_path / name)


def test_any_model_is_fetched_by_its_address_and_checksum(site: Site, shelf: Path) -> None:
    digest = hashlib.sha256(site.content).hexdigest()
    with pytest.raises(InputError, match="needs its checksum"):
        fetch_model(site.address)
    with pytest.raises(InputError, match="no known model 'http://example"):
        fetch_model("http://example.org/model.zip", digest)
    with pytest.raises(InputError, match=r"Known are: vosk-model-small-en-us-0\.15"):
        fetch_model("vosk-model-english")
    assert fetch_model(site.address, digest) == shelf / NAME


def test_a_model_is_removed_but_not_the_one_that_came_with_encore(
    good_zip: Path, shelf: Path
) -> None:
    add_model(good_zip)
    assert remove_model(NAME) == shelf / NAME
    assert not (shelf / NAME).exists()
    with pytest.raises(ModelError, match="came with Encore and stays"):
        remove_model("vosk-encore-en")
    with pytest.raises(ModelError, match="There is no speech model"):
        remove_model("../../etc")


def test_the_choice_is_written_and_all_else_in_the_settings_stays(
    tmp_path: Path, shelf: Path
) -> None:
    settings = tmp_path / "home" / "settings.toml"
    settings.parent.mkdir()
    settings.write_text('# mine\n[speech]\nrate_wpm = 150 # slow\n\n[music]\nmood = "calm"\n')
    add_model(put(tmp_path / GERMAN))
    assert use_model(GERMAN) == shelf / GERMAN
    text = settings.read_text()
    assert "# mine" in text
    assert "rate_wpm = 150 # slow" in text
    values = tomllib.loads(text)
    assert values["speech"]["model"] == GERMAN
    assert values["music"] == {"mood": "calm"}
    assert find_model(values["speech"]["model"]) == shelf / GERMAN
    assert use_model("auto").name == "vosk-encore-en"
    with pytest.raises(ModelError):
        use_model("nothing")
    settings.write_text("[speech]\nmodle = 1\n")
    with pytest.raises(SettingsError, match=r"did you mean speech\.model"):
        use_model("auto")
    assert settings.read_text() == "[speech]\nmodle = 1\n"


def test_english_comes_before_other_languages(shelf: Path) -> None:
    put(shelf / GERMAN)
    assert find_model().name == "vosk-encore-en"
    put(shelf / NAME)
    assert [folder.name for folder in list_models()] == [NAME, "vosk-encore-en", GERMAN]
    assert language_of(GERMAN) == "de"
    assert language_of("vosk-model-en-us-0.22") == "en-us"
    assert language_of("my-model") == ""


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(command, arguments)


def test_the_list_shows_our_own_and_the_official_model(tmp_path: Path) -> None:
    own = tmp_path / "project" / "vosk-encore-en"
    voice = {"word_error_rate": 0.05, "whole_right": 0.9}
    voices = {"slt": voice, "slt_piano": {"word_error_rate": 0.5, "whole_right": 0.2}}
    (own / "metrics.json").write_text(json.dumps({"voices": voices}))
    told = invoke().output
    assert "* vosk-encore-en" in told
    assert "5.0% of words wrong, 90.0% of commands understood" in told
    assert f"{SMALL_ENGLISH.name}: not here; encore models fetch" in told
    assert told.count("Apache-2.0") == 2
    rows = [json.loads(line) for line in invoke("list", "--json").output.splitlines()]
    assert [row["name"] for row in rows] == ["vosk-encore-en", SMALL_ENGLISH.name]
    assert rows[0]["in_use"] is True
    assert len(rows[0]["sha256"]) == 64


def test_the_hash_tells_models_apart_and_not_their_cards(tmp_path: Path) -> None:
    own = tmp_path / "project" / "vosk-encore-en"
    before = json.loads(invoke("list", "--json").output.splitlines()[0])["sha256"]
    (own / "metrics.json").write_text("{}")
    (own / "card.md").write_text("# A card")
    assert json.loads(invoke("list", "--json").output.splitlines()[0])["sha256"] == before
    (own / "graph" / "HCLG.fst").write_bytes(b"another")
    assert json.loads(invoke("list", "--json").output.splitlines()[0])["sha256"] != before


def test_the_commands_do_what_they_say(tmp_path: Path, shelf: Path) -> None:
    told = invoke("add", str(put(tmp_path / GERMAN))).output
    assert "commands are English" in told
    assert "listens with vosk-model-small-de" in invoke("use", GERMAN).output
    assert f"* {GERMAN}" in invoke().output
    nobody = invoke("remove", GERMAN)
    assert "nobody answered" in str(nobody.exception)
    assert "Removed" in invoke("remove", GERMAN, "--yes").output
    assert not (shelf / GERMAN).exists()
    shutil.rmtree(tmp_path / "project")
    assert invoke().exit_code == 0


def test_failures_are_one_sentence_and_exit_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "add", str(tmp_path / "none.zip")]) == 1
    told = capsys.readouterr().err
    assert told.startswith("encore: ")
    assert told.count("\n") == 1
    assert run(["models", "fetch", "nothing"]) == 1
    assert run(["models", "shelve"]) == 2
