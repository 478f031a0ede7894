"""``encore parse``: what is understood."""

from __future__ import annotations

import io
import sys

import click


@click.command("parse")
@click.option(
    "--engine",
    type=click.Choice(["auto", "rasa", "embedded"]),
    default="auto",
    show_default=True,
    help="auto: Rasa as soon as it is up, else the embedded engine.",
)
def command(engine: str) -> None:
    """Read a command per line on stdin; write one JSON object per line on stdout."""
    from assistant.understanding.parse_command import run

    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    run(engine, sys.stdin)
