"""A trained generator on disk: ``weights.safetensors`` and ``config.json`` with its hash.

Weights are never unpickled; a file whose hash is not the one in the config is refused.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.contract import ModelError
from skills.music.generator.features import FEATURES

if TYPE_CHECKING:
    from torch import Tensor

    from skills.music.generator.model import EventGru

WEIGHTS, CONFIG = "weights.safetensors", "config.json"
FORMAT = 1
SILENT = frozenset(("pulse.weight", "landing.weight", "landing.bias"))
"""Weights that are zero in a network that never was told a beat."""
DEFAULT_FOLDER = Path(__file__).parents[3] / "models" / "encore-gru"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A network ready to play and the scale of its conditions."""

    network: EventGru
    mean: npt.NDArray[np.float64]
    """(features,): mean over the training music."""
    deviation: npt.NDArray[np.float64]
    sha256: str
    """Of the weights file: names the model in every take."""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_config(folder: Path) -> dict[str, object]:
    """Read and check config.json; raises ModelError when it is missing or not ours."""
    path = folder / CONFIG
    if not path.is_file() or not (folder / WEIGHTS).is_file():
        raise ModelError(
            f"The music model is missing in {folder}; fetch the project's models folder again."
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        known = config["format"] == FORMAT and config["features"] == list(FEATURES)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The music model's {path} is damaged; fetch it again.") from error
    if not known:
        raise ModelError(f"The music model in {folder} was made by another version of Encore.")
    return dict(config)


def verify(folder: Path) -> str:
    """Return the weights' SHA-256 after comparing it with config.json; raises ModelError."""
    config = read_config(folder)
    found = digest(folder / WEIGHTS)
    if found != config.get("sha256"):
        raise ModelError(
            f"The music model's weights in {folder} are damaged (wrong checksum); fetch them again."
        )
    return found


def load(folder: Path) -> Checkpoint:
    """Load a model for playing; raises ModelError with one sentence when it cannot be used."""
    sha256 = verify(folder)
    config = read_config(folder)
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from skills.music.generator.model import EventGru, Shape

    try:
        network = EventGru(Shape(**config["shape"]))  # type: ignore[arg-type]
        _fill(network, load_file(folder / WEIGHTS))
        mean, deviation = (np.array(config[k], dtype=np.float64) for k in ("mean", "deviation"))
    except (SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The music model in {folder} cannot be loaded: it is damaged.") from error
    return Checkpoint(network.eval(), mean, deviation, sha256)


def _fill(network: EventGru, weights: dict[str, Tensor]) -> None:
    """Load weights; a model from before the beat was told lacks only what is silent at first."""
    missing, extra = network.load_state_dict(weights, strict=False)
    if extra or not set(missing) <= SILENT:
        raise KeyError(*missing, *extra)


def save(network: EventGru, mean: list[float], deviation: list[float], folder: Path) -> str:
    """Write weights (half precision) and config; returns the weights' SHA-256."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: value.detach().cpu().to(torch.float16).contiguous()
        for name, value in network.state_dict().items()
    }
    save_file(weights, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # it is written for its owner alone
    config = {
        "format": FORMAT,
        "shape": network.shape.to_json(),
        "features": list(FEATURES),
        "mean": [round(float(x), 6) for x in mean],
        "deviation": [round(float(x), 6) for x in deviation],
        "sha256": digest(folder / WEIGHTS),
    }
    (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    return str(config["sha256"])
