"""``encore hear``: what a recogniser writes down."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from assistant.contract import InputError
    from assistant.ears.hear_command import Progress

TOLD_EVERY_S = 30.0
"""So often a long file is told about where there is no terminal."""


@click.command("hear")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--model",
    metavar="NAME|DIR",
    help="A Vosk model, by name or folder (default: the first one that is found).",
)
def command(files: tuple[Path, ...], model: str | None) -> None:
    """Recognise the speech in sound FILES; writes one JSON object per file.

    Of a folder every WAV file in it and below is taken. A file that cannot be read is told on
    stderr and the others follow; the exit status is then 1.
    """
    from assistant.ears.hear_command import run
    from assistant.settings import load_settings

    chosen = model or load_settings().speech.model or None
    broken: list[Path] = []

    def failed(path: Path, error: InputError) -> None:
        broken.append(path)
        click.echo(f"encore: {error}", err=True)

    with _progress() as progress:
        for heard in run(files, chosen, failed=failed, progress=progress):
            click.echo(json.dumps(heard, ensure_ascii=False))
    if broken:
        click.get_current_context().exit(1)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show on stderr how far it is: a bar on a terminal, else lines."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines().show
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(number: int, count: int, share: float) -> None:
            what = f"file {number} of {count}" if count > 1 else "hearing"
            bar.update(task, description=what, completed=number - 1 + share, total=count)

        yield show


class Lines:
    """Tells progress where there is no terminal: each of several files, and long ones between."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told_s, self._number = clock(), 0

    def show(self, number: int, count: int, share: float) -> None:
        """Take note of the share, 0..1, that is done of one of so many files."""
        is_new, now_s = number != self._number, self._clock()
        self._number = number
        if (is_new and count > 1) or now_s - self._told_s >= TOLD_EVERY_S:
            self._told_s = now_s
            done = f": {share:.0%}" if share else ""
            click.echo(f"file {number} of {count}{done}", err=True)
