"""Stamps: small files that say a step was finished, and with which inputs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


def fingerprint(files: Iterable[Path], *words: str) -> str:
    """Return a hex SHA-256 over the files' bytes (a missing file counts as such) and the words."""
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes() if file.is_file() else b"missing"
        digest.update(f"{file.name}:{len(content)}:".encode() + content)
    for word in words:
        digest.update(f"|{word}".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Stamp:
    """The record of one step: finished with these inputs, or put off with a reason."""

    path: Path

    def is_done(self, inputs: str) -> bool:
        """Say whether the step was finished with these very inputs."""
        return self._read()[:2] == ("done", inputs)

    def put_off_reason(self, inputs: str, now_s: float, wait_s: float) -> str | None:
        """Return why the step was put off less than ``wait_s`` ago with these inputs, or None."""
        state, stamped_inputs, rest = self._read()
        if state != "later" or stamped_inputs != inputs:
            return None
        then_s, _, reason = rest.partition(" ")
        recent = then_s.isdigit() and 0 <= now_s - int(then_s) < wait_s
        return reason if recent else None

    def clear(self) -> None:
        """Forget the step: from now on it counts as half-made."""
        self.path.unlink(missing_ok=True)

    def mark_done(self, inputs: str) -> None:
        """Record that the step was finished."""
        self._write(f"done {inputs} ")

    def put_off(self, inputs: str, now_s: float, reason: str) -> None:
        """Record that the step could not be done now, and why (one line)."""
        self._write(f"later {inputs} {int(now_s)} {reason}")

    def _read(self) -> tuple[str, str, str]:
        try:
            state, inputs, rest = self.path.read_text(encoding="utf-8").split(" ", 2)
        except (OSError, ValueError):
            return "", "", ""
        return state, inputs, rest

    def _write(self, text: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(self.path.name + ".part")
        part.write_text(text, encoding="utf-8")
        os.replace(part, self.path)  # noqa: PTH105  (one atomic call, whole or not at all)
