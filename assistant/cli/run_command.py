"""``encore run``: the best door that this machine has."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("run")
@click.option(
    "--trace",
    "trace_dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep a folder per turn in DIR: sound, words, meaning, music, reply.",
)
def command(trace_dir: Path | None) -> None:
    """Start hands-free voice where a microphone and a speech model work, else the chat shell.

    What is missing is said in one line; everything else works.
    """
    from assistant.contract import DeviceError, ModelError
    from assistant.voice import no_voice, open_ears, why_not_voice

    missing = why_not_voice()
    if missing is None:
        try:
            open_ears(trace_dir)
        except (DeviceError, ModelError) as error:  # a damaged model is found when it is loaded
            missing = no_voice(error)
        else:
            return
    from assistant.chat.door import open_chat

    click.echo(f"{missing} Typed commands work.", err=True)
    open_chat(trace_dir=trace_dir)
