"""``encore learn``: adapt to the user's own music."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("learn")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def command(folder: Path) -> None:  # noqa: ARG001 - the command's shape is fixed already
    """Adapt to the MIDI files in DIR (not built yet)."""
    from assistant.contract import InputError

    raise InputError("Learning from your own files is not built yet; every other command works.")
