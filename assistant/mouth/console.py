"""Mouths without sound: one that writes, one that keeps still."""

from __future__ import annotations

import sys
from typing import TextIO


class ConsoleMouth:
    """Writes what would be said, a line each."""

    name = "console"

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def speak(self, text: str) -> None:
        """Write the text."""
        print(text, file=self._stream or sys.stdout, flush=True)

    def hush(self) -> None:
        """Do nothing: what is written is written."""


class SilentMouth:
    """Says nothing and keeps what it was given."""

    name = "silence"

    def __init__(self) -> None:
        self.said: list[str] = []
        """In the order it came."""

    def speak(self, text: str) -> None:
        """Keep the text."""
        self.said.append(text)

    def hush(self) -> None:
        """Do nothing."""
