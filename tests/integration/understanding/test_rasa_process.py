"""The real Rasa as a child process: it answers, it dies, it never outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from assistant.contract import EngineError
from assistant.understanding import places
from assistant.understanding.parse_command import PlainSettings
from assistant.understanding.rasa_server import RasaServer, newest_model, rasa_python
from assistant.understanding.service import UnderstandingService

ROOT = Path(__file__).resolve().parents[3]
WORDS = ROOT / "skills" / "music" / "nlu"
START_S = 180

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(400)]


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        rasa_python(places.RASA_PROJECT)
        newest_model(places.RASA_PROJECT)
    except EngineError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnderstandingService]:
    before = os.environ.get("ENCORE_HOME")
    os.environ["ENCORE_HOME"] = str(tmp_path_factory.mktemp("home"))
    made = UnderstandingService([WORDS], PlainSettings("auto", rasa_timeout_ms=2000))
    made.start()
    assert made.parse("sadder please").engine == "embedded", "the first answer waits for nobody"
    assert made.wait_for_rasa(START_S)
    yield made
    made.close()
    if before is None:
        del os.environ["ENCORE_HOME"]
    else:
        os.environ["ENCORE_HOME"] = before


def test_rasa_takes_over_when_it_is_up(service: UnderstandingService) -> None:
    answer = service.parse("continue what i play in a happy mood")
    assert (answer.engine, answer.name, dict(answer.parameters)) == (
        "rasa",
        "continue",
        {"mood": "happy"},
    )


def test_rasa_wants_the_token_and_listens_on_loopback_only(service: UnderstandingService) -> None:
    server = service._server
    assert server is not None
    refused = httpx.post(f"{server.url}/model/parse", json={"text": "hello"}, timeout=5)
    assert refused.status_code == 401
    listening = Path("/proc/net/tcp")
    if listening.exists():
        port = f":{server.port:04X}"
        rows = [r.split() for r in listening.read_text().splitlines() if port in r]
        assert {r[1] for r in rows if r[3] == "0A"} == {f"0100007F{port}"}


def test_the_token_is_in_no_list_of_processes(service: UnderstandingService) -> None:
    server = service._server
    assert server is not None
    command = Path(f"/proc/{server.pid}/cmdline")
    if not command.exists():
        pytest.skip("this system has no /proc")
    assert server.token.encode() not in command.read_bytes()


def test_rasa_killed_in_the_middle_is_invisible(service: UnderstandingService) -> None:
    assert service.rasa_pid is not None
    os.kill(service.rasa_pid, signal.SIGKILL)
    began_s = time.perf_counter()
    answers = [service.parse("make it a bit sadder") for _ in range(5)]
    assert time.perf_counter() - began_s < 3.0
    assert {(a.engine, a.name) for a in answers} == {("embedded", "adjust")}


def test_rasa_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from assistant.understanding.rasa_server import RasaServer\n"
        "server = RasaServer(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "print(server.pid, flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(places.RASA_PROJECT), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(2.0)
    assert _alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 30
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not _alive(child)


def test_a_missing_model_is_one_sentence(tmp_path: Path) -> None:
    project = tmp_path / "nlu"
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").symlink_to(sys.executable)
    with pytest.raises(EngineError, match="Rasa's model is missing"):
        RasaServer(project, tmp_path)


def _alive(pid: int) -> bool:
    """True when the process runs; one that ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
