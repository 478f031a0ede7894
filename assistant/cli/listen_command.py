"""``encore listen``: hands-free voice."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("listen")
@click.option(
    "--trace",
    "trace_dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep a folder per turn in DIR: sound, words, meaning, music, reply.",
)
def command(trace_dir: Path | None) -> None:
    """Listen for the wake word and carry out what is said; Ctrl-C ends."""
    from assistant.contract import DeviceError
    from assistant.voice import open_ears, why_not_voice

    missing = why_not_voice()
    if missing is not None:
        raise DeviceError(missing)
    open_ears(trace_dir)
