"""The mean of two networks on the same path of training: better than either on the tuning voices.

`python -m speech.average NETWORK NETWORK --out FILE`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def average(
    first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """The mean of all weights and statistics; whole numbers are the first network's."""
    return {
        name: ((tensor + second[name]) / 2 if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in first.items()
    }


def main() -> None:
    """Writes the mean."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("networks", type=Path, nargs=2)
    parser.add_argument("--out", type=Path, required=True)
    choice = parser.parse_args()
    first, second = (load_file(path) for path in choice.networks)
    save_file(average(first, second), choice.out)


if __name__ == "__main__":
    main()
