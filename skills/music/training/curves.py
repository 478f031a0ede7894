"""Draw learning curves: ``python -m skills.music.training.curves RUN... OUT.png``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click


def rows_of(runs: Sequence[Path]) -> list[dict[str, float]]:
    """Return the metrics of runs that went on from one another, their steps counted through."""
    rows: list[dict[str, float]] = []
    for run in runs:
        before = rows[-1]["step"] if rows else 0
        lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        own = [json.loads(line) for line in lines]
        rows += [row | {"step": row["step"] + before} for row in own]
    return rows


def draw(runs: Sequence[Path], out: Path) -> None:
    """Draw metrics.jsonl of runs as a picture; raises FileNotFoundError when there is none."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = rows_of(runs)
    steps = [row["step"] for row in rows]
    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    losses, accuracy = figure.subplots(1, 2)
    for name, label in (
        ("training_loss", "training"),
        ("loss", "validation, conditions told"),
        ("loss_unconditioned", "validation, no conditions told"),
        ("loss_without_beat", "validation, no beat told"),
    ):
        losses.plot(steps, [row.get(name) for row in rows], label=label)
    losses.set(xlabel="step", ylabel="nats an event", title="Loss")
    losses.legend(frameon=False)
    accuracy.plot(steps, [row["pitch_accuracy"] for row in rows], label="conditions told")
    accuracy.plot(
        steps, [row["pitch_accuracy_unconditioned"] for row in rows], label="no conditions told"
    )
    accuracy.set(xlabel="step", ylabel="share right", title="Next pitch, validation songs")
    accuracy.legend(frameon=False)
    figure.savefig(out, dpi=110)


@click.command()
@click.argument(
    "runs", type=click.Path(path_type=Path, exists=True, file_okay=False), nargs=-1, required=True
)
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def main(runs: tuple[Path, ...], out: Path) -> None:
    """Draw the learning curves of RUNS, one after the other, into OUT."""
    try:
        draw(runs, out)
    except FileNotFoundError as error:
        raise click.ClickException(f"{error.filename} is not there yet.") from error


if __name__ == "__main__":
    main()
