"""The server of the Rasa image, run for real outside Docker with the trained model."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / "nlu" / ".venv" / "bin" / "python"
TOKEN = "a-token-for-this-test-only"
START_LIMIT_S = 400.0

pytestmark = [
    pytest.mark.rasa,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not PYTHON.exists(), reason="Rasa is not installed (make setup)"),
    pytest.mark.skipif(
        not any((ROOT / "nlu" / "models").glob("*.tar.gz")), reason="Rasa's model is not trained"
    ),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(port: int, *words: str, token: str = TOKEN) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [PYTHON, "-m", "scripts.serve_rasa", "--port", str(port), *words],
        cwd=ROOT,
        env={**os.environ, "ENCORE_RASA_TOKEN": token},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def is_healthy(port: int) -> bool:
    asked = serve(port, "--is-healthy")
    asked.communicate(timeout=60)
    return asked.returncode == 0


def wait_until_healthy(port: int, server: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while not is_healthy(port):
        assert server.poll() is None, server.communicate()[0]
        assert time.monotonic() < deadline, "Rasa did not come up"
        time.sleep(1)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    chosen = free_port()
    server = serve(chosen)
    try:
        wait_until_healthy(chosen, server)
        yield chosen
    finally:
        server.terminate()
        server.communicate(timeout=60)


def parse(port: int, token: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/model/parse?token={token}",
        data=json.dumps({"text": "continue what i play in a happy mood"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        loaded = json.load(answer)
    assert isinstance(loaded, dict)
    return loaded


def test_served_model_understands_a_command(port: int) -> None:
    intent = parse(port, TOKEN)["intent"]
    assert isinstance(intent, dict)
    assert intent["name"] == "continue"


def test_wrong_token_is_refused(port: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        parse(port, "another-token-of-some-length")
    assert refused.value.code == 401
    refused.value.close()


def test_token_stands_in_no_list_of_processes(port: int) -> None:
    lines = subprocess.run(
        ["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True
    ).stdout
    assert f"--port {port}" in lines
    assert TOKEN not in lines


def test_server_without_a_real_token_does_not_start() -> None:
    refused = serve(free_port(), token="short")
    told = refused.communicate(timeout=60)[0]
    assert refused.returncode == 1
    assert told.strip() == "ENCORE_RASA_TOKEN must hold a secret of 16 characters or more."


def test_server_without_a_model_says_so(tmp_path: Path) -> None:
    refused = serve(free_port(), "--project", str(tmp_path))
    told = refused.communicate(timeout=60)[0]
    assert refused.returncode == 1
    assert told.startswith("Rasa's model is missing")
