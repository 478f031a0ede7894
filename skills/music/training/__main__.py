"""Train the generator from the archives: ``python -m skills.music.training --help``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from assistant.contract import EncoreError


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of archives.")
@click.option("--cache", type=click.Path(path_type=Path), default=Path(".cache/music"))
@click.option(
    "--run",
    "--run-folder",
    type=click.Path(path_type=Path),
    default=Path(".cache/run"),
    help="Resumed.",
)
@click.option("--steps", type=click.IntRange(min=1), default=3000, show_default=True)
@click.option("--hidden", type=click.IntRange(min=8), default=512, show_default=True)
@click.option("--layers", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--dropout", type=click.FloatRange(0, 0.9), default=0.1, show_default=True)
@click.option("--batch", type=click.IntRange(min=1), default=32, show_default=True)
@click.option("--events", type=click.IntRange(min=8), default=160, show_default=True)
@click.option("--every", type=click.IntRange(min=1), default=150, help="Steps a validation.")
@click.option("--patience", type=click.IntRange(min=1), default=12, help="Validations; then stop.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--learning-rate", type=click.FloatRange(min=0), default=2e-3, show_default=True)
@click.option("--start-from", type=click.Path(path_type=Path), help="Go on from this model folder.")
@click.option("--export-only", is_flag=True, help="Write what a run has reached; do not train.")
@click.option("--out", type=click.Path(path_type=Path), help="Also write the best as a model.")
def main(
    data: Path,
    cache: Path,
    run: Path,
    hidden: int,
    layers: int,
    dropout: float,
    start_from: Path | None,
    out: Path | None,
    export_only: bool,
    **numbers: Any,
) -> None:
    """Train on the archives in DATA; a second call goes on where the first one stopped."""
    from skills.music.generator.model import Shape
    from skills.music.training import textures
    from skills.music.training.prepare import load
    from skills.music.training.train import Recipe, Trainer
    from skills.music.training.workers import Workers

    shape = Shape(hidden=hidden, layers=layers, dropout=dropout)
    before = None if start_from is None else str(start_from)
    recipe = Recipe(shape=shape, start_from=before, **numbers)
    workers = Workers.join()
    try:
        music = workers.first(lambda: load(data, cache))
        others = workers.first(lambda: textures.load(data, cache))
        trainer = Trainer(music, recipe, run, workers, others)
        if not export_only:
            trainer.run()
    except EncoreError as error:
        raise click.ClickException(str(error)) from error
    finally:
        workers.leave()
    if out is not None and workers.is_first:
        from skills.music.training.export import export

        export(trainer, out)
        click.echo(f"Wrote the model to {out}.")


if __name__ == "__main__":
    main()
