"""The acoustic model: a time-delay network with one output frame for every three input frames.

All splices above the first layer are multiples of three, so training computes every third frame
only, which is exactly what Vosk evaluates with frame-subsampling-factor=3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from speech.features import COEFFICIENTS
from speech.phones import CLASSES

SUBSAMPLING = 3
SPLICES: tuple[tuple[int, ...], ...] = (
    (-2, -1, 0, 1, 2),
    (-3, 0, 3),
    (-3, 0, 3),
    (-6, 0, 3),
    (-6, 0, 3),
    (-12, -6, 0),
)
"""Frames (10 ms) that each layer sees of the layer below: more of the past than of what comes."""
PAST = sum(-splice[0] for splice in SPLICES)
"""Frames that the network needs before an output frame."""
FUTURE = sum(splice[-1] for splice in SPLICES)
"""Frames that it needs after one: so late it knows a sound."""
BATCH_NORM_EPS = 1e-5


class TimeDelayNetwork(nn.Module):
    """Affine, ReLU, batch normalisation for every splice; an affine layer gives the scores."""

    mean: Tensor
    spread: Tensor

    def __init__(self, width: int = 256, classes: int = len(CLASSES)) -> None:
        super().__init__()
        sizes = [COEFFICIENTS] + [width] * len(SPLICES)
        self.affine = nn.ModuleList(
            nn.Linear(size * len(splice), width)
            for size, splice in zip(sizes, SPLICES, strict=False)
        )
        self.norm = nn.ModuleList(
            nn.BatchNorm1d(width, affine=False, eps=BATCH_NORM_EPS) for _ in SPLICES
        )
        self.output = nn.Linear(width, classes)
        self.register_buffer("mean", torch.zeros(COEFFICIENTS))
        self.register_buffer("spread", torch.ones(COEFFICIENTS))

    def forward(self, frames: Tensor) -> Tensor:
        """Scores of the classes.

        Args:
            frames: (batch, 3 * (n - 1) + 1 + PAST + FUTURE, COEFFICIENTS) raw MFCC.

        Returns:
            (batch, n, classes) unnormalised log scores.
        """
        x = self.first_windows(frames)
        for splice, affine, norm in zip(SPLICES, self.affine, self.norm, strict=True):
            if splice is not SPLICES[0]:
                x = joined(x, [offset // SUBSAMPLING for offset in splice])
            x = torch.relu(affine(x))
            x = norm(x.flatten(0, 1)).view_as(x)
        scores: Tensor = self.output(x)
        return scores

    def first_windows(self, frames: Tensor) -> Tensor:
        """What the first layer sees of raw MFCC, normalised: (batch, steps, 5 * COEFFICIENTS)."""
        x = (frames - self.mean) / self.spread
        return x.unfold(1, len(SPLICES[0]), SUBSAMPLING).transpose(2, 3).flatten(2)


def joined(x: Tensor, steps: list[int]) -> Tensor:
    """Puts frames at these steps beside each other; the ends that lack neighbours fall away."""
    kept = x.shape[1] + steps[0] - steps[-1]
    return torch.cat([x[:, step - steps[0] : step - steps[0] + kept] for step in steps], dim=2)


@dataclass(frozen=True, slots=True)
class Layer:
    """One affine layer as Kaldi computes it."""

    splice: tuple[int, ...]
    weights: npt.NDArray[np.float32]  # (out, in * len(splice))
    bias: npt.NDArray[np.float32]  # (out,)
    rectified: bool


def folded_layers(network: TimeDelayNetwork) -> list[Layer]:
    """The network as plain affine layers, all normalisation folded into the weights."""
    scale = (1 / network.spread).double().numpy()
    shift = (-network.mean / network.spread).double().numpy()
    layers = []
    for splice, affine, norm in zip(SPLICES, network.affine, network.norm, strict=True):
        layers.append(_folded(affine, splice, scale, shift, rectified=True))
        scale = 1 / np.sqrt(norm.running_var.double().numpy() + BATCH_NORM_EPS)  # type: ignore[operator]
        shift = -norm.running_mean.double().numpy() * scale  # type: ignore[operator]
    layers.append(_folded(network.output, (0,), scale, shift, rectified=False))
    return layers


def _folded(
    affine: nn.Module,
    splice: tuple[int, ...],
    scale: npt.NDArray[np.float64],
    shift: npt.NDArray[np.float64],
    rectified: bool,
) -> Layer:
    assert isinstance(affine, nn.Linear)
    weights = affine.weight.detach().double().numpy()
    bias = affine.bias.detach().double().numpy() + weights @ np.tile(shift, len(splice))
    scaled = weights * np.tile(scale, len(splice))
    return Layer(splice, scaled.astype(np.float32), bias.astype(np.float32), rectified)


def run_layers(layers: list[Layer], frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scores of every third frame in plain numpy, as a check of the folding.

    Args:
        frames: (n + PAST + FUTURE, COEFFICIENTS) raw MFCC.

    Returns:
        (ceil(n / 3), classes).
    """
    x = frames
    for layer in layers:
        kept = len(x) + layer.splice[0] - layer.splice[-1]
        starts = [offset - layer.splice[0] for offset in layer.splice]
        joined = np.concatenate([x[start : start + kept] for start in starts], axis=1)
        x = joined @ layer.weights.T + layer.bias
        if layer.rectified:
            x = np.maximum(x, 0)
    return np.asarray(x[::SUBSAMPLING], np.float32)
