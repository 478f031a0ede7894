"""Trains the acoustic model: first frame by frame (cross-entropy), then by whole phone sequences.

`python -m speech.train --work DIR` reads WORK/features and writes WORK/network.safetensors.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.functional import cross_entropy

from speech.chunks import NO_LABEL, Batch, Corpus, batches
from speech.mmi import mmi_loss, phone_trigram, runs
from speech.network import SUBSAMPLING, TimeDelayNetwork
from speech.phones import CLASSES

FRAME_SHARE = 0.1
"""Weight of the frame-wise loss while whole sequences are learnt."""
MAX_GRADIENT = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """One stage of the training."""

    epochs: float
    rate: float
    batch: int = 64
    weight_decay: float = 1e-3


Loss = Callable[[Tensor, Batch], Tensor]


def frame_loss(scores: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy with the aligned class of every frame."""
    labels = torch.tensor(batch.labels).flatten()
    return cross_entropy(scores.flatten(0, 1), labels, ignore_index=NO_LABEL, label_smoothing=0.02)


def sequence_loss(trigram: Tensor) -> Loss:
    """Lattice-free MMI with a little cross-entropy."""

    def loss(scores: Tensor, batch: Batch) -> Tensor:
        whole = mmi_loss(scores, batch.labels, trigram)
        return whole + FRAME_SHARE * frame_loss(scores, batch)

    return loss


def spoken_sequences(corpus: Corpus) -> list[list[int]]:
    """Phone sequences of all utterances, as the trigram of the denominator sees them."""
    found = []
    for start, length in zip(corpus.starts, corpus.lengths, strict=True):
        labels = corpus.classes[start : start + length : SUBSAMPLING].astype(np.int64)
        found.append([label for label, _, _ in runs(labels)])
    return found


class Progress:
    """Prints loss and right frames every 200 steps."""

    def __init__(self, name: str, steps: int) -> None:
        self._name, self._steps, self._began = name, steps, time.process_time()
        self._lost: list[float] = []
        self._right, self._seen = 0, 0

    def note(self, step: int, loss: float, scores: Tensor, batch: Batch) -> None:
        """Counts one step."""
        labels = torch.tensor(batch.labels)
        known = labels != NO_LABEL
        self._right += int((scores.argmax(2) == labels)[known].sum())
        self._seen += int(known.sum())
        self._lost.append(loss)
        if step % 200 == 0 or step == self._steps:
            took = time.process_time() - self._began
            print(
                f"{self._name} {step}/{self._steps}: loss {np.mean(self._lost):.3f}, frames right "
                f"{self._right / self._seen:.3f}, {took:.0f} s of processor",
                flush=True,
            )
            self._lost, self._right, self._seen = [], 0, 0


def endless(corpus: Corpus, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Batches of one pass after the other."""
    while True:
        yield from batches(corpus, size, rng)


def run_stage(
    network: TimeDelayNetwork, corpus: Corpus, plan: Plan, loss: Loss, seed: int, name: str
) -> None:
    """Trains for the planned epochs with a rate that rises briefly and falls to nothing."""
    optimiser = torch.optim.AdamW(network.parameters(), plan.rate, weight_decay=plan.weight_decay)
    steps = int(plan.epochs * corpus.lengths.sum() / (SUBSAMPLING * 45 * plan.batch))
    progress = Progress(name, steps)
    network.train()
    source = endless(corpus, plan.batch, np.random.default_rng(seed))
    for step, batch in enumerate(islice(source, steps), start=1):
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * min(1.0, step / 100) * max(0.01, 1 - step / steps)
        with torch.autocast("cpu", torch.bfloat16):
            scores = network(torch.tensor(batch.frames))
        scores = scores.float()
        value = loss(scores, batch)
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), MAX_GRADIENT)
        optimiser.step()
        progress.note(step, value.item(), scores, batch)


def class_shares(corpus: Corpus) -> Tensor:
    """How often each class occurs, (classes,): the priors of the frame-wise model."""
    counts = np.bincount(corpus.classes, minlength=len(CLASSES)) + 50.0
    return torch.tensor(counts / counts.sum(), dtype=torch.float32)


def save_network(network: TimeDelayNetwork, shares: Tensor, by_sequence: bool, path: Path) -> None:
    """Writes weights, class shares and the kind of training."""
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    kind = torch.tensor([int(by_sequence)])
    save_file({**tensors, "class_shares": shares, "by_sequence": kind}, path)


def load_network(path: Path) -> tuple[TimeDelayNetwork, Tensor, bool]:
    """Reads what save_network wrote: the network, the class shares, trained by sequence or not."""
    tensors = load_file(path)
    shares, kind = tensors.pop("class_shares"), tensors.pop("by_sequence")
    network = TimeDelayNetwork(width=tensors["output.weight"].shape[1])
    network.load_state_dict(tensors)
    return network.eval(), shares, bool(kind.item())


def main() -> None:
    """Trains both stages, or the second one from a finished first."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--frame-epochs", type=float, default=6)
    parser.add_argument("--sequence-epochs", type=float, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2e-3, help="of the first stage")
    parser.add_argument("--sequence-rate", type=float, default=5e-4, help="of the second stage")
    parser.add_argument("--features", nargs="+", default=["features"], help="folders of WORK")
    parser.add_argument("--start", type=Path, help="go on from this network")
    choice = parser.parse_args()
    torch.set_num_threads(choice.threads)
    torch.manual_seed(choice.seed)
    corpus = Corpus.load(*(choice.work / folder for folder in choice.features))
    print(f"{corpus.lengths.sum() / 360000:.1f} h of features", flush=True)
    shares, first = class_shares(corpus), choice.work / "network_frames.safetensors"
    network = TimeDelayNetwork(choice.width)
    mean, spread = corpus.mean_and_spread()
    network.mean.copy_(torch.tensor(mean))
    network.spread.copy_(torch.tensor(spread))
    if choice.start:
        network, _, _ = load_network(choice.start)
    if choice.frame_epochs > 0:
        plan = Plan(choice.frame_epochs, rate=choice.rate)
        run_stage(network, corpus, plan, frame_loss, choice.seed, "frames")
        save_network(network, shares, False, first)
    elif not choice.start:
        network, shares, _ = load_network(first)
    if choice.sequence_epochs > 0:
        trigram = phone_trigram(spoken_sequences(corpus))
        plan = Plan(choice.sequence_epochs, rate=choice.sequence_rate)
        run_stage(network, corpus, plan, sequence_loss(trigram), choice.seed + 1, "sequences")
        save_network(network, shares, True, choice.work / "network.safetensors")


if __name__ == "__main__":
    main()
