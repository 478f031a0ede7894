"""Make the locks again: ``python -m scripts.make_locks`` in Encore's own environment.

``requirements.lock`` holds what Encore runs with, ``requirements-dev.lock`` that and the tools for
tests, checks and training. Both leave PyTorch out: which build is right depends on the machine
(scripts/setup/torch_build.py). Neither names an index, so they work with any mirror.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).with_name("uv")

TORCH_NEEDS = ("filelock", "typing-extensions>=4.10", "sympy>=1.13.3", "networkx>=2.5.1", "jinja2")
TORCH_NEEDS_TOO = ("fsspec>=0.8.5", "setuptools>=77")
"""What PyTorch 2.13 asks for; setuptools also builds the link to this checkout."""

NEVER = "python_version < '3'"
OVERRIDES = tuple(
    f"{name} ; {NEVER}" for name in ("torch", "pyobjc", "pypiwin32", "pywin32", "pyaudio")
)
"""pyttsx3 asks for all 180 packages of pyobjc on macOS and uses one (named below); tinysoundfont
asks for pyaudio, which must be compiled and which only its own player uses."""

NEEDS_OF_LIBRARIES = (
    "pyobjc-framework-cocoa ; sys_platform == 'darwin'",
    "tinysoundfont>=0.3.6,<1",
)
"""tinysoundfont is the synthesiser of machines without libfluidsynth; pyproject.toml cannot ask
for it, because it would bring pyaudio."""
WITH_TOOLS = ("dev", "train")

HEADING = """\
# {what}
# Made by `make lock` from pyproject.toml; do not edit. PyTorch is installed before it.
"""


def requirements(extras: tuple[str, ...]) -> list[str]:
    """Return what pyproject.toml asks for, without PyTorch but with what that needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = list(project["dependencies"])
    for extra in extras:
        asked += project["optional-dependencies"][extra]
    without_torch = [line for line in asked if not line.startswith("torch==")]
    return [*without_torch, *TORCH_NEEDS, *TORCH_NEEDS_TOO, *NEEDS_OF_LIBRARIES]


def compiled(asked: list[str], folder: Path, constraint: Path | None) -> str:
    """Return the lock for all platforms, as uv resolves it."""
    overrides = folder / "overrides.txt"
    overrides.write_text("\n".join(OVERRIDES), encoding="utf-8")
    command = [str(UV), "pip", "compile", "-", "--universal", "--python-version", "3.11", "--quiet"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--override", str(overrides)]
    command += ["--constraint", str(constraint)] if constraint else []
    done = subprocess.run(
        command, input="\n".join(asked), text=True, check=True, stdout=subprocess.PIPE
    )
    return done.stdout


def main() -> int:
    """Write both locks; return the exit code."""
    from tempfile import TemporaryDirectory

    run_time = ROOT / "requirements.lock"
    with TemporaryDirectory() as name:
        lines = compiled(requirements(()), Path(name), None)
        run_time.write_text(HEADING.format(what="What Encore runs with.") + lines, encoding="utf-8")
        lines = compiled(requirements(WITH_TOOLS), Path(name), run_time)
    heading = HEADING.format(what="requirements.lock and the tools for tests, checks and training.")
    (ROOT / "requirements-dev.lock").write_text(heading + lines, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
