"""Serve Rasa's understanding: ``python -m scripts.serve_rasa`` with Rasa's own interpreter.

For a Rasa of its own, as in docker-compose.yml. On one machine Encore starts Rasa itself. The
token comes from ENCORE_RASA_TOKEN; without one nothing is served.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

from assistant.contract import EngineError
from assistant.understanding.rasa_server import (
    newest_model,
    rasa_environment,
    scratch_environment,
)

PROJECT = Path(__file__).resolve().parents[1] / "nlu"
TOKEN = "ENCORE_RASA_TOKEN"
LEAST_TOKEN_LENGTH = 16


def token() -> str:
    """Return the token; raises EngineError when there is none worth the name."""
    said = os.environ.get(TOKEN, "")
    if len(said) < LEAST_TOKEN_LENGTH:
        raise EngineError(f"{TOKEN} must hold a secret of {LEAST_TOKEN_LENGTH} characters or more.")
    return said


def serve(project: Path, interface: str, port: int) -> None:
    """Become the server; raises EngineError when there is no model or no token."""
    secret, model = token(), newest_model(project).resolve()
    launcher = PROJECT / "launch.py"
    words = ["run", "--enable-api", "--interface", interface, "--port", str(port)]
    home = Path(tempfile.mkdtemp(prefix="encore-rasa-"))
    own = scratch_environment(home) | {TOKEN: secret}
    argv = [sys.executable, str(launcher), str(os.getppid()), *words, "--model", str(model)]
    os.chdir(home)
    os.execve(sys.executable, argv, rasa_environment(home) | own)


def is_healthy(port: int) -> bool:
    """Say whether the server on this machine answers and has a model loaded."""
    address = f"http://127.0.0.1:{port}/status?{urllib.parse.urlencode({'token': token()})}"
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(json.load(answer).get("model_file"))
    except (OSError, ValueError):
        return False


def main(words: list[str] | None = None) -> int:
    """Serve until stopped, or ask a server how it is; return the exit code."""
    parser = argparse.ArgumentParser(prog="serve_rasa", description=__doc__)
    parser.add_argument("--interface", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument("--project", type=Path, default=PROJECT, help="folder that holds models/")
    parser.add_argument("--is-healthy", action="store_true", help="ask a running server")
    asked = parser.parse_args(words)
    try:
        if asked.is_healthy:
            return 0 if is_healthy(asked.port) else 1
        serve(asked.project, asked.interface, asked.port)
    except EngineError as error:
        print(error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
