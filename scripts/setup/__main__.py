"""``python -m scripts.setup``: bring everything that Encore needs up to date."""

from __future__ import annotations

import argparse
import fcntl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.setup.commands import CommandError, Runner
from scripts.setup.console import Console, SetupError
from scripts.setup.environments import Environment
from scripts.setup.main_environment import MainEnvironment
from scripts.setup.rasa_environment import RasaEnvironment
from scripts.setup.speech_model import SpeechModelStep
from scripts.setup.stamps import Stamp, fingerprint
from scripts.setup.steps import Step, Street
from scripts.setup.system_packages import FOR_ENCORE, FOR_TESTS, SystemPackages

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("system", "main", "rasa", "speech")


def arguments(words: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts.setup", description=__doc__)
    parser.add_argument("--tools", action="store_true", help="also what tests and checks need")
    parser.add_argument("--retry", action="store_true", help="try again what was put off, and tell")
    parser.add_argument("--must", action="store_true", help="fail when a part cannot be had")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part")
    parser.add_argument("--without", choices=PARTS, action="append", default=[], help="not this")
    return parser.parse_args(words)


def wanted(asked: argparse.Namespace) -> list[str]:
    """Return the parts that were asked for, in their order."""
    return [part for part in asked.only or PARTS if part not in asked.without]


def steps(runner: Runner, asked: argparse.Namespace) -> list[Step]:
    """Return the steps of the wanted parts."""
    with_tools: bool = asked.tools
    main = Environment(ROOT / ".venv", runner)
    uv = main.folder / "bin" / "uv"
    rasa = Environment(ROOT / "nlu" / ".venv", runner)
    made: dict[str, list[Step]] = {
        "system": [system_step(runner, with_tools)],
        "main": MainEnvironment(main, ROOT, with_tools).steps(),
        "rasa": RasaEnvironment(rasa, ROOT, uv, asked.retry).steps(),
        "speech": [SpeechModelStep(main, ROOT).step()],
    }
    return [step for part in wanted(asked) for step in made[part]]


def system_step(runner: Runner, with_tools: bool) -> Step:
    """Return the step of the system packages: what is installed says whether it is done."""
    packages = SystemPackages(runner, FOR_ENCORE + (FOR_TESTS if with_tools else ()))
    return Step(
        "System packages",
        Stamp(ROOT / ".cache" / "setup" / "system-packages"),
        lambda: fingerprint([], *(name for need in packages.needs for name in need)),
        packages.install,
        packages.all_there,
    )


@contextmanager
def alone(console: Console) -> Iterator[None]:
    """Hold the lock of set-up: a second one waits for the first."""
    path = ROOT / ".cache" / "setup" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.line("Another set-up is at work in this folder: waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(words: list[str] | None = None) -> int:
    """Run set-up; return the exit code."""
    asked = arguments(words)
    console = Console(explain=asked.retry)
    runner = Runner(ROOT, ROOT / ".cache" / "setup.log", console)
    started_s = time.monotonic()
    try:
        with alone(console):
            todo = steps(runner, asked)
            street = Street(console, asked.retry)
            worked = street.run(todo)
    except KeyboardInterrupt:
        console.line("Stopped. The same command goes on from here.")
        return 130
    except (SetupError, CommandError, OSError) as error:
        console.line(f"Set-up failed: {error} The whole story is in .cache/setup.log")
        return 1
    if worked or asked.retry:
        console.line(f"Set-up is complete ({time.monotonic() - started_s:.1f} s)")
    return 1 if asked.must and street.missing else 0


if __name__ == "__main__":
    sys.exit(main())
