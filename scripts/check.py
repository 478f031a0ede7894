"""Every check that needs no test: ``python -m scripts.check`` in Encore's own environment.

All of them run, so one call shows everything that is wrong. Nothing is changed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from scripts import check_repository

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Check:
    """A name and the command that checks."""

    name: str
    words: tuple[str, ...]


def docker_files() -> list[str]:
    """Return the Dockerfiles of the checkout."""
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docker/*.Dockerfile"))


def checks() -> list[Check]:
    """Return the checks in the order in which they run."""
    return [
        Check("format", ("ruff", "format", "--check", ".")),
        Check("lint", ("ruff", "check", ".")),
        Check("types", ("mypy",)),
        Check("import directions", ("lint-imports", "--no-logo")),
        Check("docs/commands.md", ("python", "-m", "scripts.make_commands_page", "--check")),
        Check(
            "docker-compose.yml",
            ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"),
        ),
        Check("Dockerfiles", ("hadolint", *docker_files())),
    ]


def run(check: Check) -> bool:
    """Run one check, say how it went, and return whether it found nothing."""
    started_s = time.monotonic()
    command = [str(BIN / check.words[0]), *check.words[1:]]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    seconds = time.monotonic() - started_s
    good = done.returncode == 0
    print(f"{'ok    ' if good else 'FAILED'} {check.name} ({seconds:.1f} s)", flush=True)
    if not good:
        print(f"{done.stdout}{done.stderr}".rstrip(), flush=True)
    return good


def run_repository_check() -> bool:
    """Look at the files themselves, say what is wrong, and return whether nothing is."""
    complaints = check_repository.complaints(ROOT)
    print(f"{'FAILED' if complaints else 'ok    '} files", *complaints, sep="\n  ", flush=True)
    return not complaints


def main() -> int:
    """Run every check; return 1 when one found something."""
    good = [run(check) for check in checks()]
    good.append(run_repository_check())
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
