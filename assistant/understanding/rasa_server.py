"""Rasa as a child process: on loopback, with a token, never outliving Encore."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from assistant.contract import EngineError
from assistant.understanding.places import PROJECT

STOP_WAIT_S = 5.0
SCRATCH = "ENCORE_RASA_SCRATCH"
"""Names the folder that ``nlu/launch.py`` removes when Rasa ends."""
NOT_INSTALLED = (
    "Rasa is not installed here: run `make setup`, or use the embedded engine (--engine embedded)."
)
NOT_TRAINED = "Rasa's model is missing: run `make setup`, which trains it."


def rasa_python(project: Path) -> Path:
    """Return the interpreter of Rasa's own environment; raises EngineError when there is none."""
    names = ("Scripts/python.exe",) if os.name == "nt" else ("bin/python",)
    for name in names:
        path = project / ".venv" / name
        if path.exists():
            return path
    raise EngineError(NOT_INSTALLED)


def newest_model(project: Path) -> Path:
    """Return the model trained last; raises EngineError when there is none.

    Rasa is always given the full path: a path that is missing makes it load another model.
    """
    models = sorted((project / "models").glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)
    if not models:
        raise EngineError(NOT_TRAINED)
    return models[-1]


def rasa_environment(home: Path) -> dict[str, str]:
    """Return the environment for Rasa: no telemetry, and a home of its own for what it writes."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "RASA_"))}
    kept["PYTHONPATH"] = str(PROJECT)  # where nlu/encore_features.py and what it imports are
    own = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "RASA_TELEMETRY_ENABLED": "false", "OMP_NUM_THREADS": "1"}
    return kept | own | quiet | {"PYTHONWARNINGS": "ignore", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}


def scratch_environment(folder: Path) -> dict[str, str]:
    """Return the environment for Rasa to unpack its model in a folder that ends with it.

    It leaves that behind when it is killed; ``launch.py`` removes the folder whoever ends first.
    """
    return {"TMPDIR": str(folder), SCRATCH: str(folder)}


class RasaServer:
    """A running ``rasa run``; ``close`` ends it, and so does the end of Encore."""

    def __init__(self, project: Path, log_dir: Path, model: Path | None = None) -> None:
        """Start Rasa and return at once; raises EngineError when it is not installed or trained.

        The model is the project's newest unless another is named.
        """
        python, model = rasa_python(project), model or newest_model(project)
        self.token = secrets.token_hex(16)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        home = log_dir / "rasa-home"
        home.mkdir(parents=True, exist_ok=True)
        self.log = log_dir / "rasa.log"
        command = [
            str(python), str((project / "launch.py").resolve()), str(os.getpid()),
            "run", "--enable-api", "-i", "127.0.0.1", "-p", str(self.port),
            "-m", str(model.resolve()),
        ]  # fmt: skip
        self._scratch = Path(tempfile.mkdtemp(prefix="encore-rasa-"))
        own = scratch_environment(self._scratch) | {"ENCORE_RASA_TOKEN": self.token}
        with self.log.open("wb") as log:
            try:
                self._process = subprocess.Popen(
                    command, cwd=home, stdin=subprocess.DEVNULL, stdout=log,
                    env=rasa_environment(home) | own,
                    stderr=subprocess.STDOUT, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                self._forget_scratch()
                raise EngineError(NOT_INSTALLED) from error
        atexit.register(self.close)

    @property
    def running(self) -> bool:
        """True while the process lives."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id of Rasa."""
        return self._process.pid

    def close(self) -> None:
        """End the process and its children, and remove what it unpacked; idempotent."""
        atexit.unregister(self.close)
        if self.running:
            self._signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self._process.wait()
        self._forget_scratch()

    def _forget_scratch(self) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def free_port() -> int:
    """Return a TCP port that is free on loopback now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
