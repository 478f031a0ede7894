"""Train Rasa's model when it is missing or out of date: ``python nlu/train.py``, by any Python.

Hands over to Rasa's own interpreter in ``nlu/.venv``; writes ``nlu/models/encore-HASH.tar.gz``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def rasa_python() -> Path:
    """Return Rasa's interpreter; ends with a sentence when there is none."""
    for name in ("bin/python", "Scripts/python.exe"):
        if (HERE / ".venv" / name).exists():
            return HERE / ".venv" / name
    sys.exit("Rasa is not installed here: run `make setup` first.")


def main() -> int:
    """Run the training in Rasa's environment and return its exit code."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [str(rasa_python()), "-m", "assistant.understanding.rasa_training", *sys.argv[1:]]
    env = kept | {"PYTHONPATH": str(HERE.parent), "PYTHONWARNINGS": "ignore"}
    try:
        return subprocess.run(command, env=env, cwd=HERE.parent, check=False).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
