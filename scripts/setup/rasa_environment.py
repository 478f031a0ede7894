"""Rasa's own environment, ``nlu/.venv``, and its model: Encore runs without both."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.setup import pins
from scripts.setup.commands import CommandError
from scripts.setup.console import NotNowError
from scripts.setup.environments import Environment
from scripts.setup.stamps import Stamp, fingerprint
from scripts.setup.steps import Step

NOT_INSTALLED = "Rasa is not installed: Encore runs on its embedded engine ({reason})"
NOT_TRAINED = "Rasa's model is not trained: Encore runs on its embedded engine ({reason})"

FAIL_FAST = {"UV_HTTP_TIMEOUT": "20", "UV_HTTP_RETRIES": "0"}
"""uv fetches an interpreter from a place that some networks do not reach."""


@dataclass(frozen=True, slots=True)
class RasaEnvironment:
    """The two steps of Rasa."""

    environment: Environment
    root: Path
    uv_place: Path
    """Where the fast installer lies when there is one; else pip does it."""
    ask_training: bool = False
    """Let training itself look whether the model is up to date: it also knows what the user
    corrected, which alone should delay no start of Encore."""

    def steps(self) -> list[Step]:
        """Return the steps in their order."""
        return [
            Step(
                "Rasa's environment",
                Stamp(self.root / ".cache" / "setup" / "rasa-environment"),
                self.inputs,
                self.make,
                self.runs,
                "1.6 GB; half a minute with uv, some minutes with pip",
            ),
            Step(
                "Rasa's model",
                Stamp(self.root / ".cache" / "setup" / "rasa-model"),
                self.model_inputs,
                self.train,
                self.has_model_if_rasa,
            ),
        ]

    @property
    def uv(self) -> str | None:
        """The fast installer, when there is one."""
        return str(self.uv_place) if self.uv_place.exists() else shutil.which("uv")

    @property
    def lock(self) -> Path:
        """The lock for Python 3.10."""
        return self.root / "nlu" / "requirements.lock"

    @property
    def unsupported_lock(self) -> Path:
        """The lock for Python 3.11."""
        return self.root / "nlu" / "requirements-3.11.lock"

    def inputs(self) -> str:
        """Return what the environment depends on."""
        return fingerprint([self.lock, self.unsupported_lock], self.environment.place())

    def runs(self) -> bool:
        """Say whether the environment is whole and its interpreter runs."""
        whole = not self.environment.is_half_made()
        return whole and self.environment.version() is not None

    def make(self) -> None:
        """Make the environment anew; raises NotNowError when this machine cannot have it."""
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            raise NotNowError(NOT_INSTALLED.format(reason="its lock is for Linux on x86-64"))
        try:
            self._make()
        except CommandError as failure:
            raise NotNowError(NOT_INSTALLED.format(reason=failure)) from failure

    def _make(self) -> None:
        if interpreter := next(self._supported_pythons(), None):
            self._install_supported(interpreter)
        elif interpreter := self._find(pins.RASA_PYTHON_UNSUPPORTED):
            self._install_unsupported(interpreter)
        else:
            reason = f"it needs Python {pins.RASA_PYTHON}, which was not found"
            raise NotNowError(NOT_INSTALLED.format(reason=reason))
        self.environment.finish()

    def _supported_pythons(self) -> Iterator[str]:
        if found := self._find(pins.RASA_PYTHON):
            yield found
        if self.uv is None:
            return
        if found := self._find_with_uv():
            yield found
        try:
            self.environment.runner.run(
                [self.uv, "python", "install", pins.RASA_PYTHON], **FAIL_FAST
            )
        except CommandError:
            return
        if found := self._find_with_uv():
            yield found

    def _find(self, version: str) -> str | None:
        finder = self.root / "scripts" / "find-python"
        return self.environment.runner.answers(["sh", finder, version]) or None

    def _find_with_uv(self) -> str | None:
        ask = [str(self.uv), "python", "find", "--no-project", "--system", pins.RASA_PYTHON]
        return self.environment.runner.answers(ask) or None

    def _install_supported(self, interpreter: str) -> None:
        """Install the lock as it is: ``--no-deps``, because it leaves out what Encore never uses.

        Compiled in advance, since without .pyc files Rasa takes twice as long to start.
        """
        here = self.environment
        here.begin()
        if self.uv is None:
            here.make_with_pip(interpreter)
            here.pip("--no-deps", "-r", self.lock)
            return
        # The folder holds the mark that making it has begun, which uv would otherwise refuse.
        here.runner.run([self.uv, "venv", "--allow-existing", "--python", interpreter, here.folder])
        install = [self.uv, "pip", "install", "--no-deps", "--compile-bytecode"]
        here.runner.run([*install, "--python", str(here.python), "-r", str(self.lock)])

    def _install_unsupported(self, interpreter: str) -> None:
        here = self.environment
        here.runner.console.line(
            "      No Python 3.10: Rasa goes on 3.11, which its makers do not support"
        )
        here.begin()
        here.make_with_pip(interpreter)
        here.pip("--no-deps", "--ignore-requires-python", "-r", self.unsupported_lock)

    def model_inputs(self) -> str:
        """Return what the model depends on: Rasa, the way of training and every skill's words."""
        words = sorted(self.root.glob("skills/*/nlu/**/*"))
        project = sorted((self.root / "nlu").glob("*.*"))
        code = sorted((self.root / "assistant" / "understanding").glob("*.py"))
        files = [file for file in [*project, *words, *code] if file.is_file()]
        return fingerprint(files, self.inputs(), str(self.runs()))

    def has_model_if_rasa(self) -> bool:
        """Say whether a trained model lies there; without Rasa none is needed."""
        there = any((self.root / "nlu" / "models").glob("*.tar.gz"))
        return not self.runs() or (there and not self.ask_training)

    def train(self) -> None:
        """Train the model unless it is up to date; raises NotNowError when that fails."""
        if not self.runs():
            return
        try:
            self.environment.runner.run([self.environment.python, self.root / "nlu" / "train.py"])
        except CommandError as failure:
            raise NotNowError(NOT_TRAINED.format(reason=failure)) from failure
