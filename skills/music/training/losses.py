"""What training minimises and what validation reports, nats an event."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from skills.music.generator.codec import FIELDS
from skills.music.generator.model import EventGru
from skills.music.training.batches import IGNORED, Batch


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


class Scored(nn.Module):
    """A network together with its losses, so that one forward call holds all that is learned."""

    def __init__(self, network: EventGru) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: Batch, told: bool = True, beat: bool = True) -> tuple[Tensor, Tensor]:
        """Return the fields' losses (4,) and the share of next pitches that are right ().

        told: False hides the conditions, beat: False the pulse.
        """
        known = batch.known if told else torch.zeros_like(batch.known)
        style = batch.style if told else torch.zeros_like(batch.style)
        conditions = self.network.conditions(batch.features, known, style)
        pulse = batch.pulse if beat else None
        logits, _ = self.network(batch.tokens, batch.targets.clamp(min=0), conditions, pulse)
        wanted = batch.targets[..., 1]
        hits = (logits[1].argmax(-1) == wanted)[wanted != IGNORED]
        return field_losses(logits, batch.targets), hits.float().mean()


@torch.inference_mode()
def validate(scored: Scored, batches: Sequence[Batch]) -> dict[str, float]:
    """Return losses (nats an event) and next-pitch accuracy on batches of validation songs."""
    scored.eval()
    told = [scored(batch) for batch in batches]
    untold = [scored(batch, told=False) for batch in batches]
    beatless = torch.stack([scored(batch, beat=False)[0] for batch in batches]).mean(0)
    by_field = torch.stack([losses for losses, _ in told]).mean(0).tolist()
    figures = {f"loss_{name}": v for name, v in zip(FIELDS, by_field, strict=True)}
    figures["loss"] = sum(by_field)
    figures["loss_unconditioned"] = float(torch.stack([x for x, _ in untold]).mean(0).sum())
    figures["loss_without_beat"] = float(beatless.sum())
    figures["loss_shift_without_beat"] = float(beatless[0])
    figures["pitch_accuracy"] = float(np.mean([float(hits) for _, hits in told]))
    figures["pitch_accuracy_unconditioned"] = float(np.mean([float(hits) for _, hits in untold]))
    return figures
