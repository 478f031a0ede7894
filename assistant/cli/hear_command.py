"""``encore hear``: what a recogniser writes down."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("hear")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of a Vosk model (default: the first one that is found).",
)
def command(files: tuple[Path, ...], model: Path | None) -> None:
    """Recognise the speech in WAV FILES; writes one JSON object per file."""
    from assistant.ears.hear_command import run
    from assistant.settings import load_settings

    chosen = model or load_settings().speech.model or None
    for heard in run(files, chosen):
        click.echo(json.dumps(heard, ensure_ascii=False))
