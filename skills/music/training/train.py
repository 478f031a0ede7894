"""Train the generator: ``python -m skills.music.training --data DIR``.

Resumes from the last checkpoint after a stop or Ctrl-C. One process, one thread by default: on a
machine with few cores more threads were thirty times slower (docs/music.md).
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from skills.music.generator.checkpoint import load
from skills.music.generator.codec import FIELDS
from skills.music.generator.model import EventGru, Shape
from skills.music.training.batches import IGNORED, Batch, Scale, Windows
from skills.music.training.prepare import MusicSet


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that makes a run repeatable."""

    steps: int = 6000
    batch: int = 32
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


def field_losses(logits: list[Tensor], targets: Tensor) -> Tensor:
    """Return the mean negative log-likelihood of each field, nats an event, shape (4,)."""
    losses = []
    for k, scores in enumerate(logits):
        wanted = targets[..., k].reshape(-1)
        if bool((wanted != IGNORED).any()):
            flat = scores.float().reshape(-1, scores.shape[-1])
            losses.append(cross_entropy(flat, wanted, ignore_index=IGNORED))
        else:
            losses.append(scores.float().sum() * 0.0)
    return torch.stack(losses)


def _losses(
    network: EventGru, batch: Batch, told: bool = True, pulse: bool = True
) -> tuple[Tensor, float]:
    known = batch.known if told else torch.zeros_like(batch.known)
    style = batch.style if told else torch.zeros_like(batch.style)
    conditions = network.conditions(batch.features, known, style)
    beat = batch.pulse if pulse else None
    logits, _ = network(batch.tokens, batch.targets.clamp(min=0), conditions, beat)
    wanted = batch.targets[..., 1]
    hits = (logits[1].argmax(-1) == wanted)[wanted != IGNORED]
    return field_losses(logits, batch.targets), float(hits.float().mean())


class Trainer:
    """One training run in a folder: checkpoint.pt to resume from, metrics.jsonl to look at."""

    def __init__(self, music: MusicSet, recipe: Recipe, folder: Path) -> None:
        self.recipe, self.folder = recipe, folder
        folder.mkdir(parents=True, exist_ok=True)
        torch.set_num_threads(recipe.threads)
        torch.manual_seed(recipe.seed)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = EventGru(recipe.shape)
        self.scale = Scale.of(music) if recipe.start_from is None else self._start()
        self.network.to(self.device)
        self.rng = np.random.default_rng(recipe.seed)
        self.windows = Windows(music, "train", self.scale, recipe.events, self.rng)
        judge = Windows(music, "val", self.scale, recipe.events, np.random.default_rng(1))
        self.judged = [judge.batch(recipe.batch, varied=False).to(self.device) for _ in range(6)]
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), recipe.learning_rate, betas=(0.9, 0.98), weight_decay=0.01
        )
        self.step, self.best, self.waited = 0, float("inf"), 0
        self._resume()

    def _start(self) -> Scale:
        """Take over the weights of another model; what it lacks stays silent at first."""
        before = load(Path(self.recipe.start_from or ""))
        self.network.load_state_dict(before.network.state_dict())
        return Scale(before.mean.astype(np.float32), before.deviation.astype(np.float32))

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
        recipe = self.recipe
        done = self.step / recipe.steps
        rate = min(1.0, (self.step + 1) / recipe.warm_up) * max(
            0.02, 0.5 * (1 + math.cos(math.pi * done))
        )
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.learning_rate * rate
        batch = self.windows.batch(recipe.batch).to(self.device)
        self.network.train()
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            losses, _ = _losses(self.network, batch)
        self.optimiser.zero_grad()
        losses.sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        return losses.detach().tolist()

    @torch.inference_mode()
    def validate(self) -> dict[str, float]:
        """Return losses (nats an event) and next-pitch accuracy on the validation songs."""
        self.network.eval()
        told = [_losses(self.network, batch) for batch in self.judged]
        untold = [_losses(self.network, batch, told=False) for batch in self.judged]
        beatless = [_losses(self.network, batch, pulse=False)[0] for batch in self.judged]
        by_field = torch.stack([losses for losses, _ in told]).mean(0).tolist()
        figures = {f"loss_{name}": v for name, v in zip(FIELDS, by_field, strict=True)}
        figures["loss"] = sum(by_field)
        figures["loss_unconditioned"] = float(torch.stack([x for x, _ in untold]).mean(0).sum())
        without = torch.stack(beatless).mean(0)
        figures["loss_without_beat"] = float(without.sum())
        figures["loss_shift_without_beat"] = float(without[0])
        figures["pitch_accuracy"] = float(np.mean([hits for _, hits in told]))
        figures["pitch_accuracy_unconditioned"] = float(np.mean([hits for _, hits in untold]))
        return figures

    def _report(self, training: list[float], pace_s: float) -> None:
        figures = self.validate()
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
        if figures["loss"] < self.best:
            self.best, self.waited = figures["loss"], 0
            self._write("best.pt", {"network": self.network.state_dict(), "figures": figures})
        else:
            self.waited += 1
        self._save()

    def _save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "best": self.best,
            "waited": self.waited,
            "rng": json.dumps(self.rng.bit_generator.state),
            "torch_rng": torch.get_rng_state(),
        }
        self._write("checkpoint.pt", state)

    def _write(self, name: str, state: dict[str, object]) -> None:
        torch.save(state, self.folder / f"{name}.partial")
        (self.folder / f"{name}.partial").replace(self.folder / name)

    def _resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.best, self.waited = state["step"], state["best"], state["waited"]
        self.rng.bit_generator.state = json.loads(state["rng"])
        torch.set_rng_state(state["torch_rng"].cpu())
        print(f"Going on from step {self.step}.")
