"""``encore takes``: the saved takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from skills.music.takes import Take, Takes


def _takes() -> Takes:
    from assistant.settings import data_dir, load_settings
    from skills.music.options import options_from
    from skills.music.stage import write_sound
    from skills.music.takes import Takes

    options = options_from(load_settings().model_dump(), data_dir())
    return Takes(options.takes_dir, write_sound)


def _facts(take: Take) -> dict[str, object]:
    files = [str(path) for path in take.files]
    return {"name": take.name, "saved_at": take.saved_at, **take.details, "files": files}


@click.group("takes")
def command() -> None:
    """List, show, export or delete what you saved with "save this as NAME"."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a take.")
def list_takes(as_json: bool) -> None:
    """Print all takes, the oldest first."""
    takes = _takes()
    for take in takes.list():
        if as_json:
            click.echo(json.dumps(_facts(take), ensure_ascii=False))
        else:
            seconds = take.details.get("seconds", 0.0)
            click.echo(f"{take.saved_at:25.25}  {seconds:6.1f} s  {take.name}")
    if not as_json and not takes.list():
        click.echo(f"No takes yet in {takes.folder}. Say: save this as NAME.")


@command.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Print everything that is known of one take, as JSON."""
    click.echo(json.dumps(_facts(_takes().find(name)), indent=2, ensure_ascii=False))


@command.command("export")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def export(name: str, folder: Path) -> None:
    """Copy the files of one take into DIR."""
    for path in _takes().export(name, folder):
        click.echo(str(path))


@command.command("delete")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Delete one take for good."""
    takes = _takes()
    take = takes.find(name)
    if not yes:
        click.confirm(f"Delete {take.name} and its {len(take.files)} files?", abort=True)
    takes.delete(name)
    click.echo(f"Deleted {name}.")
