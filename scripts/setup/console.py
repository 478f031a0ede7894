"""What set-up tells the person, on standard error: standard output belongs to Encore."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

SIGN_OF_LIFE_S = 20.0
"""Without a terminal a long command says every so often that it is still at it."""


class SetupError(Exception):
    """Set-up cannot go on; the text is one plain sentence for the person."""


class NotNowError(Exception):
    """A part that is not needed could not be made now; the text is the sentence that says so."""


@dataclass(slots=True)
class Console:
    """Progress lines of the steps."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    explain: bool = False
    """Also name the steps that have nothing to do."""
    _last_life_s: float = 0.0

    def line(self, text: str) -> None:
        """Print one line at once."""
        self._wipe()
        print(text, file=self.stream, flush=True)

    def life(self, started_s: float, log: Path) -> None:
        """Show that a command is still running, with the last line that it logged."""
        now_s = time.monotonic()
        if self.stream.isatty():
            text = f"      {now_s - started_s:4.0f} s  {last_line(log)}"[:78]
            print(f"\r\033[K{text}", end="", file=self.stream, flush=True)
        elif now_s - max(self._last_life_s, started_s) >= SIGN_OF_LIFE_S:
            self._last_life_s = now_s
            self.line(f"      {now_s - started_s:4.0f} s  {last_line(log)}"[:110])

    def _wipe(self) -> None:
        if self.stream.isatty():
            print("\r\033[K", end="", file=self.stream)


def last_line(log: Path) -> str:
    """Return the last non-empty line of a log that may be growing, or an empty text."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 2000))
            tail = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line.strip() for line in tail.replace("\r", "\n").splitlines() if line.strip()]
    return lines[-1] if lines else ""
