"""Encore's own environment: ``.venv`` with uv, PyTorch, the locked libraries and ``encore``."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.setup import pins, torch_build
from scripts.setup.commands import CommandError
from scripts.setup.console import SetupError
from scripts.setup.environments import Environment
from scripts.setup.stamps import fingerprint
from scripts.setup.steps import Step

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class MainEnvironment:
    """The three steps of ``.venv``."""

    environment: Environment
    root: Path
    with_tools: bool
    """Also the tools for tests, checks and training."""

    def steps(self) -> list[Step]:
        """Return the steps in their order."""
        place = self.environment.stamp
        return [
            Step(
                "Python environment",
                place("environment"),
                self.environment.place,
                self.make_environment,
                self.runs,
            ),
            Step(
                "PyTorch",
                place("torch"),
                self.torch_inputs,
                self.install_torch,
                self.has_torch,
                "190 MB for a CPU",
            ),
            Step(
                "Libraries and the command encore",
                place("libraries-and-tools" if self.with_tools else "libraries"),
                self.library_inputs,
                self.install_libraries,
                (self.environment.folder / "bin" / "encore").exists,
            ),
        ]

    def runs(self) -> bool:
        """Say whether the environment's interpreter runs and is new enough."""
        version = self.environment.version()
        if version is None:
            return False
        return tuple(int(part) for part in version.split(".")) >= OLDEST_PYTHON

    def make_environment(self) -> None:
        """Make ``.venv``, or keep the one that is there when it is sound."""
        here = self.environment
        if here.is_half_made() or not self.runs() or not here.is_at_home():
            if importlib.util.find_spec("ensurepip") is None:
                raise SetupError(
                    f"{sys.executable} has no venv module: install python3-venv (Debian, Ubuntu: "
                    "sudo apt-get install python3-venv), then run the same command again."
                )
            here.begin()
            here.make_with_pip(sys.executable)
        try:
            here.pip(f"uv=={pins.UV}")
        except CommandError:
            here.runner.console.line("      uv is not to be had here: pip does it, more slowly")
        here.finish()

    def torch_inputs(self) -> str:
        """Return what the choice of the PyTorch build depends on."""
        gpu = str(torch_build.has_nvidia_gpu())
        return fingerprint([], pins.TORCH, gpu, torch_build.cpu_index(), self.environment.place())

    def has_torch(self) -> bool:
        """Say whether the pinned PyTorch lies in the environment."""
        packages = self.environment.folder.glob("lib/python3.*/site-packages")
        return any(list(folder.glob(f"torch-{pins.TORCH}*.dist-info")) for folder in packages)

    def install_torch(self) -> None:
        """Install PyTorch: the first build in the list that is to be had."""
        attempts = torch_build.attempts(sys.platform, torch_build.has_nvidia_gpu())
        for attempt in attempts:
            try:
                self.environment.pip(*attempt.words, "-c", self.root / "requirements.lock")
                return
            except CommandError as failure:
                reason = str(failure)
                if attempt.told_on_failure:
                    self.environment.runner.console.line(f"      {attempt.told_on_failure}")
        raise SetupError(f"PyTorch {pins.TORCH} could not be installed ({reason}).")

    @property
    def lock(self) -> Path:
        """The lock that is installed."""
        return self.root / ("requirements-dev.lock" if self.with_tools else "requirements.lock")

    def library_inputs(self) -> str:
        """Return what the installed libraries and the command depend on."""
        files = [self.lock, self.root / "pyproject.toml"]
        return fingerprint(files, self.environment.place(), self.environment.version() or "")

    def install_libraries(self) -> None:
        """Install the lock, then Encore itself as a link to this checkout.

        ``--no-deps``: the lock is complete, and PyTorch, which it leaves out, stays as it is.
        """
        try:
            self._install("--no-deps", "-r", self.lock)
            self._install("--no-deps", "--no-build-isolation", "-e", self.root)
        except CommandError as failure:
            raise SetupError(f"The libraries could not be installed ({failure}).") from failure

    def _install(self, *words: str | Path) -> None:
        uv = self.environment.folder / "bin" / "uv"
        if uv.exists():
            install = [str(uv), "pip", "install", "--python", str(self.environment.python)]
            self.environment.runner.run([*install, *words])
        else:
            self.environment.pip(*words)
