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


def _part(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    share, _slash, shares = value.partition("/")
    if share.isdigit() and shares.isdigit() and 1 <= int(share) <= int(shares):
        return int(share), int(shares)
    raise click.BadParameter("give the share as I/N, say 1/2")


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
@click.option(
    "--songs",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of MIDI files as a further corpus; may be repeated.",
)
@click.option("--count", type=click.IntRange(min=2), default=40, show_default=True)
@click.option("--mood-count", type=click.IntRange(min=2), help="Phrases in every mood.")
@click.option(
    "--mood-corpus",
    "mood_corpora",
    multiple=True,
    help="Only its phrases in moods; may be repeated.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--part", callback=_part, help="I/N: draw this share of the answers, then stop.")
def command(as_json: bool, engine: str, music: bool, **options: Any) -> None:
    """Measure generating and understanding, each beside a baseline in the same run.

    Seconds of wall time; close other programs first. Takes about half a minute, and Rasa's start
    where it is installed. With --music: likelihood, continuation and moods beside baselines, COUNT
    cuts of every corpus, which takes many minutes; stopped by Ctrl-C, the same command goes on.
    """
    from assistant.bench import run, run_music

    if music:
        report = run_music(**options)
        if options["data"] is None:
            click.echo(NO_DATA, err=True)
        if as_json:
            click.echo(json.dumps(report, indent=1))
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

    from skills.music.evaluation.tables import shown

    def grow(branch: Tree, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if isinstance(value, Mapping) and "value" not in value:
                grow(branch.add(str(name)), value)
            elif not isinstance(value, list):
                branch.add(f"{name}: {shown(value)}".replace("[", "\\["))

    tree = Tree("Encore's music")
    grow(tree, report)
    Console().print(tree)
