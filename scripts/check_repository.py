"""What no linter looks at: size of files, names that belong to one machine, pins that disagree."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from scripts.setup import pins

LARGEST_FILE_BYTES = 20 << 20
LARGEST_TEXT_BYTES = 2 << 20
"""Larger files are data: their content is not read."""

# Written in parts, so that this file does not find itself.
REGISTRY = re.compile(r"https?://[a-z0-9.-]*(py" r"pi|python" r"hosted|npm" r"js|deb" r"ian)")
HOME_OF_A_MACHINE = re.compile(r"(?<![\w.:/])/(ro" r"ot|ho" r"me/[a-z]+|wo" r"rk)/")


def tracked_files(root: Path) -> list[Path]:
    """Return the files that git knows, and those that it would add; those that exist."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    files = [root / name for name in done.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and not file.is_symlink()]


def complaints(root: Path) -> list[str]:
    """Return one line for everything that is wrong."""
    found: list[str] = []
    for file in tracked_files(root):
        name = file.relative_to(root)
        found += [f"{name}: {complaint}" for complaint in about_file(file)]
    return found + list(about_pins(root))


def about_file(file: Path) -> Iterator[str]:
    """Yield what is wrong with one file."""
    size = file.stat().st_size
    if size > LARGEST_FILE_BYTES:
        yield f"{size >> 20} MB; a file in git has {LARGEST_FILE_BYTES >> 20} MB at most"
    if size > LARGEST_TEXT_BYTES:
        return
    text = file.read_bytes()
    if b"\0" in text:
        return
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), start=1):
        if REGISTRY.search(line):
            yield f"line {number} names the host of a package registry; any mirror must do"
        if HOME_OF_A_MACHINE.search(line):
            yield f"line {number} holds a path of one machine"


def about_pins(root: Path) -> Iterator[str]:
    """Yield what disagrees between the pins of set-up, pyproject.toml and the locks."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if f"torch=={pins.TORCH}" not in project["dependencies"]:
        yield f"pyproject.toml: torch is not pinned to {pins.TORCH} as in scripts/setup/pins.py"
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (root / name).read_text(encoding="utf-8").splitlines()
        if any(re.match(r"(torch|nvidia|triton)\b", line) for line in lines):
            yield f"{name}: PyTorch is installed before the lock and must not be in it"


if __name__ == "__main__":
    found = complaints(Path(__file__).resolve().parents[1])
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)
