"""From a training run to the model that ships: weights, config and metrics."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import torch

from skills.music.generator.checkpoint import save
from skills.music.training.train import Trainer


def export(trainer: Trainer, folder: Path) -> None:
    """Write the best validated network of a run as a model folder; the card is written by hand."""
    best = torch.load(trainer.folder / "best.pt", map_location="cpu", weights_only=True)
    trainer.network.load_state_dict(best["network"])
    sha256 = save(
        trainer.network, trainer.scale.mean.tolist(), trainer.scale.deviation.tolist(), folder
    )
    metrics = {
        "validation": {name: round(value, 4) for name, value in best["figures"].items()},
        "recipe": asdict(trainer.recipe),
        "sha256": sha256,
    }
    text = json.dumps(metrics, indent=1) + "\n"
    (folder / "metrics.json").write_text(text, encoding="utf-8")
