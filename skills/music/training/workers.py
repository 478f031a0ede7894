"""One training run on one or many processes: PyTorch's own engine, started by torchrun.

``torchrun --nproc_per_node 2 -m skills.music.training --data DIR`` trains on two processes, on GPUs
through NCCL where there are any, else on processors through gloo. Each draws its own windows; the
gradients are averaged; the first alone validates and writes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

Value = TypeVar("Value")
CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Workers:
    """The processes of a run, seen from one of them."""

    rank: int = 0
    count: int = 1
    device: torch.device = CPU

    @staticmethod
    def join() -> Workers:
        """Meet the other processes that torchrun started; alone when it did not."""
        cuda = torch.cuda.is_available()
        count = int(os.environ.get("WORLD_SIZE", "1"))
        if count == 1:
            return Workers(device=torch.device("cuda" if cuda else "cpu"))
        device = torch.device("cpu")
        if cuda:
            device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
            torch.cuda.set_device(device)
        distributed.init_process_group("nccl" if cuda else "gloo")
        return Workers(int(os.environ["RANK"]), count, device)

    @property
    def is_first(self) -> bool:
        """True for the process that writes; also when there is only one."""
        return self.rank == 0

    def leave(self) -> None:
        """Part from the others; the run is over."""
        if self.count > 1:
            distributed.destroy_process_group()

    def first(self, work: Callable[[], Value]) -> Value:
        """Do work in the first process, then in the others: what it cached is there for them."""
        if self.count == 1:
            return work()
        if self.is_first:
            done = work()
            distributed.barrier()
            return done
        distributed.barrier()
        return work()

    def agree(self, value: float) -> float:
        """Return the first process's value in all of them."""
        if self.count == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64, device=self.device)
        distributed.broadcast(shared, 0)
        return float(shared)

    def joined(self, module: nn.Module) -> nn.Module:
        """Return a module whose gradients are averaged over all processes."""
        return module if self.count == 1 else DistributedDataParallel(module)
