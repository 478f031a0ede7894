"""``encore bench``: Encore's own figures on this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click


@click.command("bench")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "rasa", "embedded"]),
    default="auto",
    show_default=True,
    help="Which engines' parse times are taken; auto: both, where Rasa is installed.",
)
def command(as_json: bool, engine: str) -> None:
    """Measure generating and understanding, each beside a baseline in the same run.

    Seconds of wall time; close other programs first. Takes about half a minute, and Rasa's start
    where it is installed.
    """
    from assistant.bench import run

    figures = run(engine)
    if as_json:
        click.echo(json.dumps(figures, indent=2))
    else:
        _table(figures)


def _table(figures: Mapping[str, float | str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("figure", "value", title="Encore on this machine")
    for name, value in figures.items():
        table.add_row(name, value if isinstance(value, str) else f"{value:.4g}")
    Console().print(table)
