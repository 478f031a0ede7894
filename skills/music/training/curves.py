"""Draw a run's learning curves: ``python -m skills.music.training.curves RUN OUT.png``."""

from __future__ import annotations

import json
from pathlib import Path

import click


def draw(run: Path, out: Path) -> None:
    """Draw metrics.jsonl of a run as a picture; raises FileNotFoundError when there is none."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
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
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def main(run: Path, out: Path) -> None:
    """Draw the learning curves of RUN into OUT."""
    try:
        draw(run, out)
    except FileNotFoundError as error:
        raise click.ClickException(f"{run} holds no metrics.jsonl yet.") from error


if __name__ == "__main__":
    main()
