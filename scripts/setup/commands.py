"""Running other programs: no standard input, everything they print goes into the log."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.setup.console import Console, last_line

LEAKING_VARIABLES = (
    "PYTHONHOME",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "UV_PROJECT_ENVIRONMENT",
)
"""Variables of the caller's shell that would send packages somewhere else."""

QUIET_VARIABLES = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_PROGRESS_BAR": "off",
    "PIP_ROOT_USER_ACTION": "ignore",
    "UV_NO_PROGRESS": "1",
}

QUESTION_S = 20.0
"""A short command that has not answered by then does not work."""


class CommandError(Exception):
    """A program ended with an error, or there is no such program."""

    def __init__(self, program: str, what: str, said: str = "") -> None:
        super().__init__(f"{program} {what}: {said}" if said else f"{program} {what}")
        self.said = said
        """The last line that it printed."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs programs in the checkout."""

    root: Path
    log: Path
    console: Console

    def run(self, argv: Sequence[str | Path], **variables: str) -> None:
        """Run a program to its end; raises CommandError with the last line that it printed."""
        command = [str(word) for word in argv]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            log.write(f"\n$ {' '.join(command)}\n".encode())
            log.flush()
            code = self._wait(self._start(command, log.fileno(), variables))
        if code != 0:
            program = Path(command[0]).name
            raise CommandError(program, f"ended with {code}", last_line(self.log))

    def answers(self, argv: Sequence[str | Path]) -> str | None:
        """Return what a short command prints, or None when it fails or does not exist."""
        done = self._ask(argv)
        return done.stdout.strip() if done is not None and done.returncode == 0 else None

    def output(self, argv: Sequence[str | Path]) -> str:
        """Return what a short command prints, however it ends; nothing when it does not exist."""
        done = self._ask(argv)
        return done.stdout if done is not None else ""

    def _ask(self, argv: Sequence[str | Path]) -> subprocess.CompletedProcess[str] | None:
        try:
            return subprocess.run(
                [str(word) for word in argv],
                cwd=self.root,
                env=clean_environment({}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=QUESTION_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None

    def _start(
        self, command: list[str], output: int, variables: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command,
                cwd=self.root,
                env=clean_environment(variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise CommandError(command[0], f"cannot be started ({error.strerror})") from error

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        started_s = time.monotonic()
        try:
            while True:
                try:
                    return process.wait(timeout=0.5)
                except subprocess.TimeoutExpired:
                    self.console.life(started_s, self.log)
        except KeyboardInterrupt:
            # The terminal sent Ctrl-C to the program too: let it clean up, then be sure.
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def clean_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without what would misdirect an installation."""
    kept = {name: text for name, text in os.environ.items() if name not in LEAKING_VARIABLES}
    return {**kept, **QUIET_VARIABLES, **variables}
