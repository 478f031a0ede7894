"""Train the generator: ``python -m skills.music.training --data DIR``.

Resumes from the last checkpoint after a stop or Ctrl-C. One thread by default: on a machine with
few cores more threads were thirty times slower (docs/music.md). On many processes: ``workers.py``.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from skills.music.generator.checkpoint import load
from skills.music.generator.model import EventGru, Shape
from skills.music.training.batches import Windows
from skills.music.training.losses import Scored, validate
from skills.music.training.mixture import Mixture
from skills.music.training.prepare import MusicSet
from skills.music.training.scale import Scale
from skills.music.training.workers import Workers

LOWEST_RATE = 0.02
"""The learning rate never falls below this share of its highest."""
JUDGED_BATCHES = 6


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that makes a run repeatable."""

    steps: int = 6000
    batch: int = 32
    """Windows a step, in each process."""
    events: int = 160
    learning_rate: float = 2e-3
    warm_up: int = 100
    seed: int = 0
    every: int = 150
    """Steps between validations, each of which writes a checkpoint."""
    patience: int = 12
    """Validations without a better loss after which training ends."""
    threads: int = 1
    shape: Shape = field(default_factory=Shape)
    start_from: str | None = None
    """Folder of a model to go on from; its conditions' scale is kept."""


class Trainer:
    """One training run in a folder: checkpoint.pt to resume from, metrics.jsonl to look at."""

    def __init__(
        self,
        music: MusicSet,
        recipe: Recipe,
        folder: Path,
        workers: Workers | None = None,
        textures: Mapping[str, MusicSet] | None = None,
    ) -> None:
        self.recipe, self.folder, self.workers = recipe, folder, workers or Workers.join()
        folder.mkdir(parents=True, exist_ok=True)
        torch.set_num_threads(recipe.threads)
        torch.manual_seed(recipe.seed + self.workers.rank)
        device = self.workers.device
        saved = self._saved()
        self.network = EventGru(recipe.shape)
        self.scale = self._scale(music, saved)
        self.scored = Scored(self.network.to(device))
        self.rng = np.random.default_rng(recipe.seed)
        self.windows = Mixture.of(music, textures or {}, self.scale, recipe.events, self.rng)
        judge = Windows(music, "val", self.scale, recipe.events, np.random.default_rng(1))
        self.judged = [
            judge.batch(recipe.batch, varied=False).to(device) for _ in range(JUDGED_BATCHES)
        ]
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), recipe.learning_rate, betas=(0.9, 0.98), weight_decay=0.01
        )
        self.step, self.best, self.waited = 0, float("inf"), 0
        if saved is not None:
            self._resume(saved)
        if not self.workers.is_first:  # the same weights, but windows of their own
            self.rng = np.random.default_rng([recipe.seed, self.workers.rank, self.step])
            self.windows.use(self.rng)
        self.learning = self.workers.joined(self.scored)

    def _scale(self, music: MusicSet, saved: dict[str, Any] | None) -> Scale:
        """Return the conditions' scale: of the run, of the model to go on from, or measured."""
        if self.recipe.start_from is not None:
            before = load(Path(self.recipe.start_from))
            self.network.load_state_dict(before.network.state_dict())
            return Scale(before.mean.astype(np.float32), before.deviation.astype(np.float32))
        if saved is not None and "scale" in saved:
            return Scale(*(part.cpu().numpy() for part in saved["scale"]))
        return Scale.of(music)

    def run(self) -> None:
        """Train until the steps are done, validation stops getting better, or Ctrl-C."""
        recent: list[list[float]] = []
        began, begun_at = time.perf_counter(), self.step
        try:
            while self.step < self.recipe.steps and self.waited < self.recipe.patience:
                recent.append(self._learn())
                self.step += 1
                if self.step % self.recipe.every == 0 or self.step == self.recipe.steps:
                    pace = (time.perf_counter() - began) / (self.step - begun_at)
                    self._report(np.mean(recent, axis=0).tolist(), pace)
                    recent = []
        except KeyboardInterrupt:
            self._save()
            print(f"Stopped at step {self.step}; the same command goes on from here.")

    def _learn(self) -> list[float]:
        recipe, device = self.recipe, self.workers.device
        rate = recipe.learning_rate * share_of_rate(self.step, recipe)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        batch = self.windows.batch(recipe.batch).to(device)
        self.learning.train()
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=_has_bfloat16(device)):
            losses, _ = self.learning(batch)
        self.optimiser.zero_grad()
        losses.sum().backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        values: list[float] = losses.detach().tolist()
        return values

    def validate(self) -> dict[str, float]:
        """Return losses (nats an event) and next-pitch accuracy on the validation songs."""
        return validate(self.scored, self.judged)

    def _report(self, training: list[float], pace_s: float) -> None:
        figures = self.validate() if self.workers.is_first else {}
        loss = self.workers.agree(figures.get("loss", 0.0))
        better = loss < self.best
        self.best, self.waited = (loss, 0) if better else (self.best, self.waited + 1)
        if not self.workers.is_first:
            return
        row = {
            "step": self.step,
            "training_loss": sum(training),
            "seconds_a_step": pace_s,
        } | figures
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({k: round(v, 4) for k, v in row.items()}) + "\n")
        left = (self.recipe.steps - self.step) * pace_s / 60
        print(
            f"step {self.step}/{self.recipe.steps}  training {sum(training):.3f}  "
            f"validation {figures['loss']:.3f} ({figures['loss_unconditioned']:.3f} untold)  "
            f"pitch {figures['pitch_accuracy']:.3f}  {left:.0f} min left",
            flush=True,
        )
        if better:
            self._write("best.pt", {"network": self.network.state_dict(), "figures": figures})
        self._save()

    def _save(self) -> None:
        if not self.workers.is_first:
            return
        state = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "best": self.best,
            "waited": self.waited,
            "rng": json.dumps(self.rng.bit_generator.state),
            "torch_rng": torch.get_rng_state(),
            "scale": [torch.from_numpy(self.scale.mean), torch.from_numpy(self.scale.deviation)],
        }
        self._write("checkpoint.pt", state)

    def _write(self, name: str, state: dict[str, object]) -> None:
        torch.save(state, self.folder / f"{name}.partial")
        (self.folder / f"{name}.partial").replace(self.folder / name)

    def _saved(self) -> dict[str, Any] | None:
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return None
        state: dict[str, Any] = torch.load(
            path, map_location=self.workers.device, weights_only=True
        )
        return state

    def _resume(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.best, self.waited = state["step"], state["best"], state["waited"]
        self.rng.bit_generator.state = json.loads(state["rng"])
        torch.set_rng_state(state["torch_rng"].cpu())
        if self.workers.is_first:
            print(f"Going on from step {self.step}.")


def share_of_rate(step: int, recipe: Recipe) -> float:
    """Return the share of the learning rate at a step: a short rise, then half a cosine."""
    fallen = 0.5 * (1 + math.cos(math.pi * step / recipe.steps))
    return min(1.0, (step + 1) / recipe.warm_up) * max(LOWEST_RATE, fallen)


def _has_bfloat16(device: torch.device) -> bool:
    """Tell whether a device multiplies bfloat16 itself; elsewhere it would be slower."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
