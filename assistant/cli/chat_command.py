"""``encore chat``: typed commands."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("chat")
@click.option(
    "--phrase",
    type=click.Path(path_type=Path),
    metavar="FILE.mid",
    help="A MIDI file that stands in for what was played.",
)
@click.option(
    "--out",
    "out_dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the answers into DIR instead of playing them.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "rasa", "embedded"]),
    default=None,
    help="Who turns words into intents (default: the settings' choice).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per command.")
@click.option(
    "--trace",
    "trace_dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep a folder per turn in DIR: words, meaning, music, reply.",
)
def command(
    phrase: Path | None,
    out_dir: Path | None,
    engine: str | None,
    as_json: bool,
    trace_dir: Path | None,
) -> None:
    """Type commands: "continue what i play in a happy mood", then "sadder", "save this as blue".

    Reads one command per line from stdin when that is no terminal. /help inside shows the rest.
    """
    from assistant.chat.door import open_chat
    from assistant.cli.street import engine_name

    open_chat(
        phrase_file=phrase,
        out_dir=out_dir,
        engine=engine_name(engine),
        in_json=as_json,
        trace_dir=trace_dir,
    )
