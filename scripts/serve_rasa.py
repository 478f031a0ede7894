"""Serve Rasa's understanding: ``python -m scripts.serve_rasa`` with Rasa's own interpreter.

For a Rasa of its own, as in docker-compose.yml. On one machine Encore starts Rasa itself. The
token comes from ENCORE_RASA_TOKEN; without one nothing is served.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "ENCORE_RASA_TOKEN"
LEAST_TOKEN_LENGTH = 16


def token() -> str:
    """Return the token; raises SystemExit with a sentence when there is none worth the name."""
    said = os.environ.get(TOKEN, "")
    if len(said) < LEAST_TOKEN_LENGTH:
        sys.exit(f"{TOKEN} must hold a secret of {LEAST_TOKEN_LENGTH} characters or more.")
    return said


def newest_model(folder: Path) -> Path:
    """Return the model trained last; raises SystemExit with a sentence when there is none.

    Named in full, because Rasa takes another model of the folder when a name leads nowhere.
    """
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        sys.exit(f"There is no trained model in {folder}: make setup trains it.")
    return models[-1]


def serve(interface: str, port: int, model: Path, secret: str) -> None:
    """Run the server in this very process, so that no list of processes shows the token."""
    words = ["run", "--enable-api", "--interface", interface, "--port", str(port)]
    sys.argv = ["rasa", *words, "--auth-token", secret, "--model", str(model)]
    # Rasa writes its settings into the home folder and caches into the current one.
    with tempfile.TemporaryDirectory(prefix="encore-rasa-") as own_home:
        os.environ.update(HOME=own_home, XDG_CONFIG_HOME=own_home)
        os.environ["RASA_TELEMETRY_ENABLED"] = "false"
        os.chdir(own_home)
        runpy.run_module("rasa", run_name="__main__", alter_sys=True)


def is_healthy(port: int, secret: str) -> bool:
    """Say whether the server on this machine answers and has a model loaded."""
    address = f"http://127.0.0.1:{port}/status?{urllib.parse.urlencode({'token': secret})}"
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
    parser.add_argument("--models", type=Path, default=ROOT / "nlu" / "models")
    parser.add_argument("--is-healthy", action="store_true", help="ask a running server")
    asked = parser.parse_args(words)
    secret = token()
    if asked.is_healthy:
        return 0 if is_healthy(asked.port, secret) else 1
    serve(asked.interface, asked.port, newest_model(asked.models).absolute(), secret)
    return 0


if __name__ == "__main__":
    sys.exit(main())
