"""``encore bench``: Encore's own figures on this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

NO_DATA = (
    "Only the speed was measured: the music needs --data FOLDER with the archives of songs and "
    "splits.tsv (docs/music.md)."
)


@click.command("bench")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "rasa", "embedded"]),
    default="auto",
    show_default=True,
    help="Which engines' parse times are taken; auto: both, where Rasa is installed.",
)
@click.option("--music", is_flag=True, help="Measure the music itself, on held-out songs.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of song archives.")
@click.option("--judge", type=click.Path(path_type=Path), help="A file of mood judges.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for report and pictures.")
@click.option("--corpus", "corpora", multiple=True, help="Only this corpus; may be repeated.")
@click.option("--count", type=click.IntRange(min=2), default=40, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def command(as_json: bool, engine: str, music: bool, **options: Any) -> None:
    """Measure generating and understanding, each beside a baseline in the same run.

    Seconds of wall time; close other programs first. Takes about half a minute, and Rasa's start
    where it is installed. With --music: likelihood, continuation and moods beside baselines, COUNT
    cuts of every corpus, which takes minutes.
    """
    from assistant.bench import run, run_music

    if music:
        report = run_music(**options)
        if options["data"] is None:
            click.echo(NO_DATA, err=True)
        if as_json:
            from skills.music.evaluation.run import to_json

            click.echo(to_json(report))
        else:
            _tree(report)
        return
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


def _tree(report: Mapping[str, Any]) -> None:
    from rich.console import Console
    from rich.tree import Tree

    def grow(branch: Tree, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if isinstance(value, Mapping):
                grow(branch.add(str(name)), value)
            elif hasattr(value, "nats"):
                grow(branch.add(str(name)), value.nats | {"pitch right": value.pitch_accuracy})
            else:
                shown = f"{value:.4g}" if isinstance(value, float) else str(value)
                branch.add(f"{name}: {shown}".replace("[", "\\["))

    tree = Tree("Encore's music")
    grow(tree, report)
    Console().print(tree)
