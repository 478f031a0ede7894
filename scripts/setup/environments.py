"""A virtual environment that is made whole or made again."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from scripts.setup.commands import Runner
from scripts.setup.stamps import Stamp, fingerprint


@dataclass(frozen=True, slots=True)
class Environment:
    """One virtual environment of the checkout."""

    folder: Path
    runner: Runner

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / "bin" / "python"

    def stamp(self, name: str) -> Stamp:
        """Return the stamp of a step; it goes when the environment goes."""
        return Stamp(self.folder / ".encore" / name)

    def place(self) -> str:
        """Return a fingerprint of where it lies: programs in it know their folder by its path."""
        return fingerprint([], str(self.folder.absolute()))

    def version(self) -> str | None:
        """Return "3.11" and the like, or None when its interpreter does not run."""
        if not os.access(self.python, os.X_OK):
            return None
        ask = "import sys; print('%d.%d' % sys.version_info[:2])"
        return self.runner.answers([self.python, "-I", "-S", "-c", ask])

    def is_half_made(self) -> bool:
        """Say whether making it was begun and never finished."""
        return self._begun.exists()

    def is_at_home(self) -> bool:
        """Say whether its programs run and belong to this folder (a copied one's do not)."""
        said = self.runner.answers([self.folder / "bin" / "pip", "--version"])
        return said is not None and f"{self.folder.absolute()}{os.sep}" in said

    def begin(self) -> None:
        """Remove what is there and start anew; until ``finish`` it counts as half-made."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self._begun.parent.mkdir(parents=True)
        self._begun.touch()

    def finish(self) -> None:
        """Say that it is whole."""
        self._begun.unlink(missing_ok=True)

    def make_with_pip(self, interpreter: str | Path) -> None:
        """Make it with the interpreter's own venv and pip."""
        self.runner.run([interpreter, "-m", "venv", self.folder])

    def pip(self, *words: str | Path) -> None:
        """Call its pip: ``pip install WORDS``."""
        self.runner.run([self.python, "-m", "pip", "install", *words])

    @property
    def _begun(self) -> Path:
        return self.folder / ".encore" / "begun"
