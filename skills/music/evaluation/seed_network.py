"""The seed project's network, rebuilt after its description and taught the same music.

One layer of 256 GRU units over 26 classes, 48 steps a second, one voice: 24 pitches of two octaves,
"held" and "silence". It reads the top line folded into its two octaves, and is asked at the moments
where a note begins which pitch it is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

UNITS, CLASSES, STEPS_A_SECOND = 256, 26, 48
VOICES, HELD, SILENCE = 24, 24, 25
BATCH, WINDOW = 16, 240
"""Windows a training step, and steps a window: five seconds."""
CHORD_S = 0.05


def top_line(notes: FloatArray) -> FloatArray:
    """Return the highest note of each chord of rows in order of onset."""
    begins = np.append(True, np.diff(notes[:, 0]) > CHORD_S)
    first = np.flatnonzero(begins)
    highest = np.maximum.reduceat(notes[:, 2], first)
    rows = notes[first].copy()
    rows[:, 2] = highest
    return rows


def folded(pitch: FloatArray) -> IntArray:
    """Return pitches in the two octaves from C4 on, 0..23."""
    whole = pitch.astype(np.int64) - 60
    return np.where(whole < 0, whole % 12, np.where(whole >= VOICES, 12 + whole % 12, whole))


def steps_of(notes: FloatArray) -> IntArray:
    """Return the classes of a top line, one a step."""
    line = top_line(notes)
    begin = np.round(line[:, 0] * STEPS_A_SECOND).astype(np.int64)
    end = np.maximum(np.round(line[:, 1] * STEPS_A_SECOND).astype(np.int64), begin + 1)
    classes = np.full(int(end.max()) + 1, SILENCE)
    for start, stop, pitch in zip(begin, end, folded(line[:, 2]), strict=True):
        classes[start:stop] = HELD
        classes[start] = pitch
    return classes


class SeedNetwork(nn.Module):
    """One GRU layer and a linear readout."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(CLASSES, UNITS, 1, batch_first=True)
        self.out = nn.Linear(UNITS, CLASSES)

    def forward(self, steps: Tensor) -> Tensor:
        """Return logits (B, T, classes) of the step after each of (B, T) classes."""
        inputs = nn.functional.one_hot(steps, CLASSES).float()
        hidden, _ = self.gru(inputs)
        logits: Tensor = self.out(hidden)
        return logits

    @torch.inference_mode()
    def answer(self, steps: int = WINDOW) -> Tensor:
        """Return greedy classes, one step at a time, as the seed project answered."""
        state, event = None, torch.zeros(1, 1, CLASSES)
        tokens = []
        for _ in range(steps):
            hidden, state = self.gru(event, state)
            token = self.out(hidden[:, -1]).argmax(-1)
            event = nn.functional.one_hot(token, CLASSES).float()[:, None]
            tokens.append(token)
        return torch.cat(tokens)


def teach(pieces: Sequence[FloatArray], seconds: float, seed: int = 0) -> tuple[SeedNetwork, int]:
    """Train on the top lines of pieces for so long; returns the network and the steps made."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    lines = [classes for classes in map(steps_of, pieces) if len(classes) > WINDOW + 1]
    network = SeedNetwork()
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    began, made = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        windows = []
        for k in chance.integers(len(lines), size=BATCH):
            at = int(chance.integers(len(lines[k]) - WINDOW))
            windows.append(lines[k][at : at + WINDOW + 1])
        batch = torch.from_numpy(np.stack(windows))
        loss = nn.functional.cross_entropy(
            network(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten()
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        made += 1
    return network.eval(), made


@torch.inference_mode()
def next_pitch(network: SeedNetwork, notes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (nats, right) of each beginning note's pitch, given that a note begins there."""
    steps = steps_of(notes)
    logits = network(torch.from_numpy(steps[None, :-1]))[0, :, :VOICES]
    begins = np.flatnonzero(steps[1:] < VOICES)
    if not len(begins):
        return np.zeros(0), np.zeros(0)
    odds = logits[begins].log_softmax(-1).double().numpy()
    true = steps[1:][begins]
    return -odds[np.arange(len(true)), true], (odds.argmax(1) == true).astype(np.float64)
