"""What Rasa unpacks does not outlive it; a small module of that name stands in for it here."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.understanding.rasa_server import RasaServer

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 20.0
RASA = """\
import os, pathlib, signal, sys, tempfile, time
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "unpacked").write_text(str(os.getpid()))
if "deaf" in str(sys.argv):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(0.2 if "short" in str(sys.argv) else 600)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Everybody's folder for temporary files."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    tempfile.tempdir = None


def project(folder: Path, model: str = "plain") -> Path:
    """Make a project with the real launcher around a stand-in of Rasa."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (folder / "models").mkdir()
    (folder / "models" / f"{model}.tar.gz").touch()
    shutil.copy(ROOT / "nlu" / "launch.py", folder)
    (folder / "rasa.py").write_text(RASA)
    return folder


def wait_for(happens: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + LIMIT_S
    while not happens():
        assert time.monotonic() < give_up_s
        time.sleep(0.02)


def unpacked(temporary: Path) -> list[int]:
    """Return the processes that have unpacked their model."""
    texts = [path.read_text() for path in temporary.rglob("unpacked")]
    return [int(text) for text in texts if text]


def test_closed_server_leaves_no_files(tmp_path: Path, temporary: Path) -> None:
    server = RasaServer(project(tmp_path / "nlu"), tmp_path / "log")
    wait_for(lambda: bool(unpacked(temporary)))
    server.close()
    assert list(temporary.iterdir()) == []


def test_server_that_will_not_end_leaves_no_files(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.understanding.rasa_server.STOP_WAIT_S", 0.2)
    server = RasaServer(project(tmp_path / "nlu", "deaf"), tmp_path / "log")
    wait_for(lambda: bool(unpacked(temporary)))
    time.sleep(0.1)  # until it is deaf
    server.close()
    assert list(temporary.iterdir()) == []


def test_server_that_was_killed_leaves_no_files(tmp_path: Path, temporary: Path) -> None:
    server = RasaServer(project(tmp_path / "nlu"), tmp_path / "log")
    wait_for(lambda: bool(unpacked(temporary)))
    os.kill(server.pid, signal.SIGKILL)
    wait_for(lambda: not server.running)
    server.close()
    assert list(temporary.iterdir()) == []


CODE = """\
import sys, time
from pathlib import Path
from assistant.understanding.rasa_server import RasaServer
RasaServer(Path(sys.argv[1]), Path(sys.argv[2]))
time.sleep(600)
"""


def test_killed_encore_leaves_no_files_of_rasa(tmp_path: Path, temporary: Path) -> None:
    words = [str(project(tmp_path / "nlu")), str(tmp_path / "log")]
    encore = subprocess.Popen([sys.executable, "-c", CODE, *words], cwd=ROOT)
    wait_for(lambda: bool(unpacked(temporary)))
    encore.kill()
    encore.wait()
    wait_for(lambda: not list(temporary.iterdir()))


SERVE = """\
import sys
from pathlib import Path
from scripts import serve_rasa
serve_rasa.PROJECT = Path(sys.argv[1])
serve_rasa.serve(Path(sys.argv[1]), "127.0.0.1", 5005)
"""


@pytest.mark.parametrize(("model", "ends"), [("plain", True), ("short", False)])
def test_served_rasa_leaves_no_files(
    tmp_path: Path, temporary: Path, model: str, *, ends: bool
) -> None:
    environment = os.environ | {"ENCORE_RASA_TOKEN": "a-token-for-this-test"}
    words = [sys.executable, "-c", SERVE, str(project(tmp_path / "nlu", model))]
    served = subprocess.Popen(words, cwd=ROOT, env=environment)
    wait_for(lambda: bool(unpacked(temporary)) or served.poll() is not None)
    if ends:
        served.terminate()
    served.wait(LIMIT_S)
    assert list(temporary.iterdir()) == []
