"""Which build of PyTorch: gigabytes of CUDA have no place on a machine without a GPU."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from scripts.setup import pins


@dataclass(frozen=True, slots=True)
class Attempt:
    """Words for ``pip install``, and what to tell when they fail."""

    words: tuple[str, ...]
    told_on_failure: str | None = None


def has_nvidia_gpu(devices: Path = Path("/proc/driver/nvidia/gpus")) -> bool:
    """Say whether the NVIDIA driver of this machine lists a GPU (Linux)."""
    return devices.is_dir() and any(devices.iterdir())


def cpu_index() -> str:
    """Return the address of the index with PyTorch's CPU builds."""
    return os.environ.get("ENCORE_TORCH_CPU_INDEX") or pins.TORCH_CPU_INDEX


def attempts(platform: str, has_gpu: bool) -> list[Attempt]:
    """Return the builds to try, best first.

    Only Linux has CUDA in its plain build; there the CPU build comes first when there is no GPU.
    It gives up quickly and alone (``--no-deps``: the lock brings the rest), so a machine that
    does not reach PyTorch's index loses seconds.
    """
    plain = Attempt((f"torch=={pins.TORCH}",))
    if platform != "linux" or has_gpu:
        return [plain]
    cpu = Attempt(
        (
            "--no-deps",
            *("--timeout", "10", "--retries", "0"),
            *("--index-url", cpu_index()),
            f"torch=={pins.TORCH}+cpu",
        ),
        "PyTorch's CPU build was not reached: taking the plain one, which may bring CUDA (GB)",
    )
    return [cpu, plain]
