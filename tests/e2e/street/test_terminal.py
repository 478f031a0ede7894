"""The shell on a real terminal."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.street.conftest import ROOT, environment

pty = pytest.importorskip("pty", reason="terminals of this kind are there on Unix alone")

TIMEOUT_S = 60.0
READY_CPU_S = 2.0
"""Processor time until the prompt: wall time on a quiet machine, whatever else runs here."""
ASK_CURSOR, CURSOR = b"\x1b[6n", b"\x1b[1;1R"


class Terminal:
    """A process on a terminal of its own."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.seen = b""
        self.pid, self._file = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            env = environment(home, TERM="xterm")
            os.execve(sys.executable, [sys.executable, "-m", "assistant", *arguments], env)

    def type(self, keys: str) -> None:
        self.seen = b""
        os.write(self._file, keys.encode())

    def wait_for(self, text: str, after: str = "") -> None:
        """Read until a text has come, after another one where that is named."""
        deadline = time.monotonic() + TIMEOUT_S
        while text.encode() not in (self.seen.partition(after.encode())[2] if after else self.seen):
            assert time.monotonic() < deadline, self.seen.decode(errors="replace")
            if select.select([self._file], [], [], 0.1)[0]:
                self._read()

    def _read(self) -> None:
        try:
            self.seen += os.read(self._file, 65536)
        except OSError:  # the process is over: its terminal is gone
            raise AssertionError(self.seen.decode(errors="replace")) from None
        if ASK_CURSOR in self.seen:
            self.seen = self.seen.replace(ASK_CURSOR, b"")
            os.write(self._file, CURSOR)

    def cpu_s(self) -> float:
        """Return the processor seconds that the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def status(self) -> int:
        """Return the exit status when the process has ended."""
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        raise AssertionError("it does not end")

    def close(self) -> None:
        os.close(self._file)


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path / "home", "chat", "--engine", "embedded")
    yield terminal
    try:
        os.kill(terminal.pid, signal.SIGKILL)
        os.waitpid(terminal.pid, 0)
    except (ProcessLookupError, ChildProcessError):  # it ended by itself, as it should
        pass
    terminal.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads processor time in /proc")
def test_the_prompt_stands_within_two_seconds(chat: Terminal) -> None:
    chat.wait_for("you>")
    assert chat.cpu_s() < READY_CPU_S


def test_a_typed_command_is_understood_and_answered(chat: Terminal) -> None:
    chat.wait_for("you>")
    chat.type("what can you do\r")
    chat.wait_for("embedded")
    chat.wait_for("You can say: ")
    chat.wait_for("you>", after="docs/commands.md\r\n")  # an earlier key would be lost
    chat.type("\x04")
    assert chat.status() == 0


def test_control_c_at_the_prompt_does_not_leave(chat: Terminal) -> None:
    chat.wait_for("you>")
    chat.type("\x03")
    chat.wait_for("you>")
    chat.type("/quit\r")
    chat.wait_for("Goodbye.")
    assert chat.status() == 0


def test_the_computer_keys_are_a_piano(chat: Terminal) -> None:
    chat.wait_for("you>")
    chat.type("/play\r")
    chat.wait_for("Enter to hand over")
    for key in "zxcv":
        chat.type(key)
        time.sleep(0.1)
    chat.type("\r")
    chat.wait_for("4 notes in")
    chat.wait_for("you>")  # keys that come while the terminal changes hands would be lost
    chat.type("/quit\r")
    assert chat.status() == 0
