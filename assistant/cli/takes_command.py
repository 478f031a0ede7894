"""``encore takes``: the saved takes."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from skills.music.takes import Take, Takes


@contextlib.contextmanager
def _takes() -> Iterator[Takes]:
    """Open the user's takes; what was mended goes to the log."""
    from assistant.cli.street import LOG_FILE, log_to
    from assistant.settings import data_dir, load_settings
    from skills.music.options import options_from
    from skills.music.stage import write_sound
    from skills.music.takes import Takes

    home = data_dir()
    options = options_from(load_settings().model_dump(), home)
    with contextlib.ExitStack() as stack:
        if os.access(home, os.W_OK):
            stack.enter_context(log_to(home / LOG_FILE))
        yield Takes(options.takes_dir, write_sound)


def _facts(take: Take) -> dict[str, object]:
    return {
        "name": take.name,
        "saved_at": take.saved_at,
        **take.details,
        "files": [str(path) for path in take.files],
        "missing": list(take.missing),
    }


def _as_json(take: Take, indent: int | None = None) -> str:
    return json.dumps(_facts(take), indent=indent, ensure_ascii=False)


def _line(take: Take) -> str:
    gone = f"  (missing: {', '.join(take.missing)})" if take.missing else ""
    return f"{take.saved_at:25.25}  {take.details['seconds'] or 0.0:6.1f} s  {take.name}{gone}"


def _lines(take: Take) -> Iterator[str]:
    """Yield what is known of a take, a line each; what is not known is left out."""
    for name, value in _facts(take).items():
        if isinstance(value, dict):
            value = ", ".join(f"{k} {v}" for k, v in value.items() if v not in (None, 0))
        elif isinstance(value, list):
            value = "\n            ".join(map(str, value))
        if value not in (None, ""):
            yield f"{name.replace('_', ' '):10}  {value}"


def _ask(question: str, name: str) -> None:
    """Return when the user says yes; InputError when not, or when nobody is there to answer."""
    from assistant.contract import InputError

    try:
        if click.confirm(question):
            return
    except click.Abort:
        if sys.stdin.isatty():  # Ctrl-C
            raise
        click.echo()
        raise InputError(f"{name} was not deleted: nobody answered. Add --yes.") from None
    raise InputError(f"{name} was not deleted.")


@click.group("takes")
def command() -> None:
    """List, show, export or delete what you saved with "save this as NAME"."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a take.")
def list_takes(as_json: bool) -> None:
    """Print all takes, the oldest first."""
    with _takes() as takes:
        found = takes.list()
        for take in found:
            click.echo(_as_json(take) if as_json else _line(take))
        if not found and not as_json:
            click.echo(f"No takes yet in {takes.folder}. Say: save this as NAME.")


@command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(name: str, as_json: bool) -> None:
    """Print everything that is known of one take."""
    with _takes() as takes:
        take = takes.find(name)
    for line in [_as_json(take, indent=2)] if as_json else _lines(take):
        click.echo(line)


@command.command("export")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def export(name: str, folder: Path) -> None:
    """Copy the files of one take into DIR."""
    with _takes() as takes:
        for path in takes.export(name, folder):
            click.echo(str(path))


@command.command("delete")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Delete one take for good."""
    with _takes() as takes:
        take = takes.find(name)
        if not yes:
            _ask(f"Delete {take.name} and its {len(take.files)} files?", name)
        takes.delete(name)
    click.echo(f"Deleted {name}.")
