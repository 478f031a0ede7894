"""The speech model: from a real server on this machine, whole or not at all."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scripts import fetch_speech_model
from scripts.fetch_speech_model import SpeechModel, SpeechModelError, fetch, install, main

NAME = "vosk-model-test"


def archive(path: Path, names: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in names.items():
            packed.writestr(name, content)
    return path


GOOD = {
    f"{NAME}/am/final.mdl": bytes(range(256)) * 400,
    f"{NAME}/conf/model.conf": b"--beam=10\n",
    f"{NAME}/README": b"A model.\n",
}


class Site:
    """A web site with one file; it can break off, and it remembers what was asked for."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.break_off_after: int | None = None
        self.ranges: list[str | None] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/model.zip"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers["Range"]
        self.ranges.append(asked)
        begin = int(asked.removeprefix("bytes=").removesuffix("-"))
        body = self.content[begin:]
        request.send_response(206 if begin else 200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: self.break_off_after])

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def good_zip(tmp_path: Path) -> Path:
    return archive(tmp_path / "good.zip", GOOD)


@pytest.fixture
def site(good_zip: Path) -> Iterator[Site]:
    made = Site(good_zip.read_bytes())
    yield made
    made.close()


@pytest.fixture
def model(site: Site) -> SpeechModel:
    digest = hashlib.sha256(site.content).hexdigest()
    return SpeechModel(NAME, site.address, len(site.content), digest)


def test_model_is_fetched_and_put_in_place(model: SpeechModel, tmp_path: Path) -> None:
    place = fetch(model, tmp_path / "models")
    assert (place / "am" / "final.mdl").read_bytes() == GOOD[f"{NAME}/am/final.mdl"]
    assert [path.name for path in (tmp_path / "models").iterdir()] == [NAME]


def test_download_that_broke_off_is_taken_up_where_it_ended(
    model: SpeechModel, site: Site, tmp_path: Path
) -> None:
    site.break_off_after = 100
    with pytest.raises(SpeechModelError, match="broke off"):
        fetch(model, tmp_path / "models")
    site.break_off_after = None
    assert (fetch(model, tmp_path / "models") / "README").is_file()
    assert site.ranges == ["bytes=0-", "bytes=100-"]


def test_wrong_content_is_refused_and_thrown_away(model: SpeechModel, tmp_path: Path) -> None:
    wrong = replace(model, sha256="0" * 64)
    with pytest.raises(SpeechModelError, match="SHA-256"):
        fetch(wrong, tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_site_that_sends_more_than_announced_fills_no_disk(
    model: SpeechModel, tmp_path: Path
) -> None:
    shorter = replace(model, size_bytes=50)
    with pytest.raises(SpeechModelError):
        fetch(shorter, tmp_path / "models")


def test_no_network_is_one_sentence(model: SpeechModel, tmp_path: Path) -> None:
    away = replace(model, address="http://127.0.0.1:9/model.zip")
    with pytest.raises(SpeechModelError, match=r"^The speech model's site is not reached"):
        fetch(away, tmp_path / "models")


@pytest.mark.parametrize(
    "name", [f"{NAME}/../../evil", "/etc/evil", "other/file", f"{NAME}\\..\\evil"]
)
def test_archive_whose_names_lead_elsewhere_is_refused(
    name: str, model: SpeechModel, tmp_path: Path
) -> None:
    bad = archive(tmp_path / "bad.zip", {**GOOD, name: b"evil"})
    trusted = replace(model, sha256=hashlib.sha256(bad.read_bytes()).hexdigest())
    with pytest.raises(SpeechModelError, match="leads elsewhere"):
        install(trusted, bad, tmp_path / "models")
    assert not list(tmp_path.rglob("evil"))
    assert not (tmp_path / "models" / NAME).exists()


def test_archive_that_holds_no_model_is_refused(model: SpeechModel, tmp_path: Path) -> None:
    bad = archive(tmp_path / "bad.zip", {f"{NAME}/README": b"nothing else"})
    trusted = replace(model, sha256=hashlib.sha256(bad.read_bytes()).hexdigest())
    with pytest.raises(SpeechModelError, match=r"am/final\.mdl is missing"):
        install(trusted, bad, tmp_path / "models")


def test_model_that_was_there_stays_when_the_new_one_is_bad(
    model: SpeechModel, good_zip: Path, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    install(model, good_zip, models)
    with pytest.raises(SpeechModelError):
        install(replace(model, sha256="0" * 64), good_zip, models)
    assert (models / NAME / "am" / "final.mdl").is_file()


def test_model_can_be_installed_from_a_file(
    model: SpeechModel, good_zip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(fetch_speech_model, "SMALL_ENGLISH", model)
    assert main(["--from", str(good_zip)]) == 0
    assert (tmp_path / "home" / "models" / NAME / "conf" / "model.conf").is_file()
    assert good_zip.is_file()


def test_file_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path))
    assert main(["--from", str(tmp_path / "none.zip")]) == 1
    told = capsys.readouterr().err
    assert "none.zip cannot be read" in told
    assert "Traceback" not in told
