"""Rasa's death in the middle of a conversation is invisible but for one log line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import pytest

from tests.e2e.street.conftest import ROOT, environment

START_S = 240.0
"""Rasa starts in ten seconds on a quiet machine, in forty and more on a loaded one."""


def rasa_is_here() -> bool:
    """Tell whether set-up made Rasa's environment and trained its model."""
    models = (ROOT / "nlu").glob("**/*.tar.gz")
    return (ROOT / "nlu" / ".venv" / "bin" / "python").exists() and any(
        ".venv" not in path.parts for path in models
    )


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


def ask(chat: subprocess.Popen[str], line: str) -> dict[str, object]:
    """Type a line into a running chat and return its answer."""
    keyboard, screen = chat.stdin, chat.stdout
    assert isinstance(keyboard, IO) or keyboard is not None
    assert screen is not None
    keyboard.write(line + "\n")
    keyboard.flush()
    answer: dict[str, object] = json.loads(screen.readline())
    return answer


@pytest.mark.rasa
@pytest.mark.skipif(not rasa_is_here(), reason="Rasa is not installed (make setup)")
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds Rasa through /proc")
def test_rasa_killed_in_the_middle_is_not_noticed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "assistant", "chat", "--json", "--out", str(tmp_path / "o")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(tmp_path / "home"),
    ) as chat:
        try:
            deadline = time.monotonic() + START_S
            while "answering now: rasa" not in str(ask(chat, "/engine")["reply"]):
                assert time.monotonic() < deadline, "Rasa did not start"
                time.sleep(0.5)
            before = ask(chat, "make it sadder please")
            assert before["engine"] == "rasa"
            for child in children(chat.pid):
                os.kill(child, signal.SIGKILL)
            began_s = time.monotonic()
            after = ask(chat, "make it sadder please")
            took_s = time.monotonic() - began_s
            assert after["engine"] == "embedded"
            assert (after["intent"], after["parameters"]) == (
                before["intent"],
                before["parameters"],
            )
            assert took_s < 1.0  # 0.25 s for Rasa, and the time of a loaded machine
            assert ask(chat, "goodbye")["reply"] == "Goodbye."
        finally:
            chat.kill()
        assert chat.stderr is not None
        assert "Traceback" not in chat.stderr.read()
    log = (tmp_path / "home" / "encore.log").read_text()
    assert "Rasa" in log
