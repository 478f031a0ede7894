"""The virtual studio for these tests, and processes that work in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.studio.studio import StudioError, VirtualStudio, missing_parts

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
Start = Callable[..., "subprocess.Popen[str]"]
"""Starts ``tests/e2e/studio/SCRIPT.py`` with arguments and waits until it has written "ready"."""


@pytest.fixture(scope="session")
def studio() -> Iterator[VirtualStudio]:
    if missing := missing_parts():
        pytest.skip(f"the virtual studio needs {', '.join(missing)}")
    try:
        running = VirtualStudio().__enter__()
    except StudioError as error:
        pytest.skip(str(error))
    yield running
    running.__exit__(None, None, None)


@pytest.fixture
def start(studio: VirtualStudio) -> Iterator[Start]:
    with ExitStack() as stack:

        def begin(script: str, *arguments: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, str(HERE / f"{script}.py"), *arguments],
                env=studio.environment | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.callback(process.communicate)
            stack.callback(process.kill)
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            assert line == "ready", f"{script} said {line!r}"
            return process

        yield begin
