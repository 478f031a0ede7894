"""Compare sizes of the network at equal computing time: ``python -m skills.music.training.sweep``.

Each size is trained from nothing for the same processor time on the same windows, then judged on
the same validation songs; beside it stands what one step of playing costs.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import click
import numpy as np
import torch

from skills.music.generator.features import FEATURES
from skills.music.generator.model import EventGru, Shape
from skills.music.generator.sampling import Heard, Sampler, Wish
from skills.music.training.prepare import MusicSet, load
from skills.music.training.train import Recipe, Trainer

CANDIDATES = 16
TIMED_STEPS = 60


def step_ms(network: EventGru, candidates: int) -> float:
    """Return the median time of one drawn event, milliseconds."""
    sampler = Sampler(network.eval())
    shape = network.shape
    heard = Heard(
        torch.zeros(shape.layers, 1, shape.hidden),
        torch.zeros(1, 36),
        torch.zeros(1, 4, dtype=torch.long),
        0.0,
    )
    blank = np.zeros(len(FEATURES))
    wish = Wish(blank, blank.astype(bool), 0, 1.0, 0.0, candidates=candidates)
    with torch.inference_mode():
        run = sampler._fork([heard], wish, 1)
        return 1000 * _seconds(lambda: sampler._step(run, wish, 0))


def _seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(TIMED_STEPS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)


def trained(music: MusicSet, shape: Shape, seconds: float) -> dict[str, float]:
    """Train one size for so much processor time and return its figures."""
    with tempfile.TemporaryDirectory() as folder:
        recipe = Recipe(steps=100_000, batch=16, warm_up=20, learning_rate=2e-3, shape=shape)
        trainer = Trainer(music, recipe, Path(folder))
        began = time.process_time()
        while time.process_time() - began < seconds:
            trainer._learn()
            trainer.step += 1
        figures = trainer.validate()
    return {
        "hidden": shape.hidden,
        "layers": shape.layers,
        "parameters": sum(p.numel() for p in trainer.network.parameters()),
        "steps": trainer.step,
        "loss": round(figures["loss"], 3),
        "pitch_accuracy": round(figures["pitch_accuracy"], 3),
        "step_ms_1": round(step_ms(trainer.network, 1), 2),
        "step_ms_16": round(step_ms(trainer.network, CANDIDATES), 2),
    }


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of archives.")
@click.option("--cache", type=click.Path(path_type=Path), default=Path(".cache/music"))
@click.option("--seconds", type=float, default=60.0, show_default=True, help="A size.")
@click.option("--hidden", type=int, multiple=True, default=(256, 384, 512))
@click.option("--layers", type=int, multiple=True, default=(1, 2))
def main(
    data: Path, cache: Path, seconds: float, hidden: tuple[int, ...], layers: tuple[int, ...]
) -> None:
    """Print one line of JSON a size."""
    music = load(data, cache)
    for width in hidden:
        for depth in layers:
            shape = Shape(hidden=width, layers=depth)
            click.echo(json.dumps(trained(music, shape, seconds)))


if __name__ == "__main__":
    main()
