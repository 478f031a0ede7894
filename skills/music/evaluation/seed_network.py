"""The seed project's network, rebuilt after its description and taught the same music.

One layer of 256 GRU units over 26 classes, 48 steps a second, one voice: 24 pitches of two octaves,
"held" and "silence". It reads the top line folded into its two octaves, and is asked at the moments
where a note begins which pitch it is.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

UNITS, CLASSES, STEPS_A_SECOND = 256, 26, 48
VOICES, HELD, SILENCE = 24, 24, 25
LEARNING_RATE = 2e-3
EVERY, PATIENCE = 200, 6
"""Steps between two looks at the judged lines, and looks without a better one before the end."""
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


@dataclass(frozen=True, slots=True)
class Lesson:
    """How the network was taught."""

    steps: int
    best_step: int
    """The one whose weights were kept."""
    seconds: float
    """Of processor time."""
    ended: str
    """What ended it: "no better" or "time"."""
    validation: list[tuple[int, float]]
    """(step, nats of the next pitch)."""


def teach(
    pieces: Sequence[FloatArray], judged: Sequence[FloatArray], seconds: float, seed: int = 0
) -> tuple[SeedNetwork, Lesson]:
    """Train on the top lines of pieces until the judged ones (notes) are foreseen no better.

    It ends after so many seconds of processor time at the latest; the best weights are kept.
    """
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    lines = [classes for classes in map(steps_of, pieces) if len(classes) > WINDOW + 1]
    network = SeedNetwork()
    optimiser = torch.optim.Adam(network.parameters(), LEARNING_RATE)
    began, made, waited = time.process_time(), 0, 0
    course = [(0, _judge(network, judged))]
    best, kept = course[0], copy.deepcopy(network.state_dict())
    while time.process_time() - began < seconds and waited < PATIENCE:
        _learn(network, optimiser, _windows(lines, chance))
        made += 1
        if made % EVERY == 0:
            course.append((made, _judge(network, judged)))
            waited += 1
            if course[-1][1] < best[1]:
                best, kept, waited = course[-1], copy.deepcopy(network.state_dict()), 0
    if made % EVERY:
        course.append((made, _judge(network, judged)))
        if course[-1][1] < best[1]:
            best, kept = course[-1], copy.deepcopy(network.state_dict())
    network.load_state_dict(kept)
    spent = time.process_time() - began
    ended = "no better" if waited >= PATIENCE else "time"
    return network.eval(), Lesson(made, best[0], spent, ended, course)


def _windows(lines: Sequence[IntArray], chance: np.random.Generator) -> Tensor:
    """Return a batch (BATCH, WINDOW + 1) of classes."""
    windows = []
    for k in chance.integers(len(lines), size=BATCH):
        at = int(chance.integers(len(lines[k]) - WINDOW))
        windows.append(lines[k][at : at + WINDOW + 1])
    return torch.from_numpy(np.stack(windows))


def _learn(network: SeedNetwork, optimiser: torch.optim.Optimizer, batch: Tensor) -> None:
    network.train()
    logits = network(batch[:, :-1])
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()


def _judge(network: SeedNetwork, judged: Sequence[FloatArray]) -> float:
    """Return the nats of the next pitch, a mean over notes."""
    network.eval()
    scores = [next_pitch(network, line)[0] for line in judged]
    return float(np.concatenate(scores).mean())


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
