"""Drawing continuations: many candidates in one batch, one event a step.

The network's state after the phrase is copied to every candidate. With guidance a second half of
the batch goes along with nothing said, and the logits move from "nothing said" towards "said".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from skills.music.generator.choosing import (
    PITCH,
    SHIFT,
    SHIFTS,
    Drawn,
    Wish,
    biases,
    finish,
    first_bias,
    likelihoods,
    nucleus,
)
from skills.music.generator.codec import SHIFTS_S, Encoded
from skills.music.generator.features import FEATURES
from skills.music.generator.model import MEMORY_SIZE, EventGru
from skills.music.generator.products import Precision
from skills.music.generator.pulse import Beat
from skills.music.generator.stepper import SIDE_SIZE, Conditioned, Stepper

__all__ = ["Drawn", "Heard", "Sampler", "Wish"]

ENOUGH = 0.75
"""Drawing ends when this share of the candidates has reached the asked length: the rest would cost
time for candidates with far more notes than the others."""
MOST_EVENTS_A_SECOND = 40
"""A bound that no played music reaches; sampling ends there whatever happens."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The network's state after some events: feed more into it, or fork it into candidates."""

    state: Tensor
    """(layers, 1, H)."""
    memory: Tensor
    """(1, 36) pitch-class memories."""
    last: Tensor
    """(1, 4) tokens of the last event, not yet read by the network."""
    clock_s: float
    """Onset of the last event, seconds."""


@dataclass(slots=True)
class _Run:
    """The moving parts of one batch: guided runs hold 2 N rows, the second N with nothing said."""

    state: list[Tensor]
    """Per layer (R, H)."""
    side: Tensor
    """(R, SIDE_SIZE)."""
    last: Tensor
    conditioned: Conditioned
    origin: npt.NDArray[np.int64]
    """(N,) number of the start that each candidate set out from."""
    clock: Tensor
    """(N,) seconds since the hand-over."""
    told: _Told | None
    biases: tuple[Tensor | None, ...]
    """Per field what is added to the logits of every event but the first."""
    chances: Tensor
    """(steps, 4, N, 1) uniform draws from 0 to the share of the probability that is drawn from."""


class _Told:
    """A beat as the network is told it, for drawing."""

    def __init__(self, beat: Beat) -> None:
        self.slopes, self.starts, self.known, self.constant = beat.lines()
        self.table = beat.landing()

    def write(self, clock: Tensor, side: Tensor) -> Tensor:
        """Write the place of onsets at clock (N,) into side (R, SIDE_SIZE); returns its part."""
        angles = torch.addcmul(self.starts, clock[:, None], self.slopes)  # (N, harmonics)
        rows = torch.cat([angles.cos() * self.known, angles.sin() * self.known], dim=1)
        pulse = side[:, MEMORY_SIZE:]
        pulse[:, : rows.shape[1]] = rows if len(side) == len(clock) else torch.cat([rows, rows])
        pulse[:, rows.shape[1] :] = self.constant
        return pulse


class Sampler:
    """Draws from one network; each call has a state of its own, so several threads may draw."""

    def __init__(self, network: EventGru, precision: Precision | None = None) -> None:
        self.network = network
        self.stepper = Stepper(network, precision)
        nothing = torch.zeros(1, len(FEATURES))
        self._silent = self.stepper.condition(nothing, nothing, torch.zeros(1, dtype=torch.long))

    @torch.inference_mode()
    def listen(self, encoded: Encoded, heard: Heard | None = None) -> Heard:
        """Read a phrase (or one more event of it) with nothing said about it.

        encoded: at least one event. Returns the new state; the old one stays as it was. Read at
        once or event by event, the state is the same to the bit.
        """
        tokens = torch.from_numpy(encoded.tokens)
        if heard is None:
            state = [torch.zeros(1, self.stepper.hidden) for _ in range(self.stepper.layers)]
            side = torch.zeros(1, SIDE_SIZE)
        else:
            tokens = torch.cat([heard.last, tokens])
            state = [layer.clone() for layer in heard.state]
            side = torch.nn.functional.pad(heard.memory, (0, SIDE_SIZE - MEMORY_SIZE))
        for k in range(len(tokens) - 1):
            token = tokens[k : k + 1]
            self.stepper.remember(side, token[:, PITCH])
            state = self.stepper.read(state, side, token, self._silent.gates)
        memory = side[:, :MEMORY_SIZE].clone()
        return Heard(torch.stack(state), memory, tokens[-1:], float(encoded.onsets_s[-1]))

    @torch.inference_mode()
    def draw(
        self, heard: Heard | Sequence[Heard], wish: Wish, cancelled: Event | None = None
    ) -> list[Drawn]:
        """Draw candidates that go on from what was heard; fewer or none when cancelled.

        heard: where they set out from; of several starts each has as many candidates as the others.
        """
        starts = [heard] if isinstance(heard, Heard) else list(heard)
        most = int(wish.seconds * MOST_EVENTS_A_SECOND) + 8
        run = self._fork(starts, wish, most)
        tokens: list[Tensor] = []
        clocks: list[Tensor] = []
        logits: list[list[Tensor]] = []
        for k in range(most):
            logits.append(self._step(run, wish, k))
            tokens.append(run.last[: wish.candidates])
            clocks.append(run.clock)
            done = int((run.clock >= wish.seconds).count_nonzero())
            if done >= ENOUGH * wish.candidates or (cancelled is not None and cancelled.is_set()):
                break
        finished = (run.clock >= wish.seconds).numpy()
        if not finished.any():  # a torrent of notes: what there is must do
            finished[:] = True
        events = torch.stack(tokens, dim=1)  # (candidates, steps, 4)
        scores = likelihoods(logits, events).numpy()[finished]
        timed = np.dstack([events.numpy(), torch.stack(clocks, dim=1).numpy()])[finished]
        spread = np.random.default_rng(wish.seed)
        origins = run.origin[finished].tolist()
        return [
            finish(e, s, wish.seconds, spread, origin)
            for e, s, origin in zip(timed, scores, origins, strict=True)
        ]

    def _fork(self, starts: Sequence[Heard], wish: Wish, most: int) -> _Run:
        rows = wish.candidates
        copies = rows if wish.guidance == 1.0 else 2 * rows
        origin = np.arange(rows) * len(starts) // rows
        chosen = torch.from_numpy(np.resize(origin, copies))
        told = torch.arange(copies) < rows
        conditioned = self.stepper.condition(
            torch.tensor(wish.features, dtype=torch.float32).expand(copies, -1),
            torch.tensor(wish.said, dtype=torch.float32) * told[:, None],
            wish.style * told,
        )
        side = torch.zeros(copies, SIDE_SIZE)
        side[:, :MEMORY_SIZE] = torch.cat([heard.memory for heard in starts])[chosen]
        # a silence before the hand-over is forgotten but for a second: it is no rhythm
        clocks = torch.tensor([heard.clock_s for heard in starts], dtype=torch.float64)
        since = (wish.handover_s - clocks).clamp(0.0, float(SHIFTS_S[-1]) - 1.0)
        chance = torch.Generator().manual_seed(wish.seed)
        return _Run(
            state=list(torch.cat([heard.state for heard in starts], dim=1)[:, chosen]),
            side=side,
            last=torch.cat([heard.last for heard in starts])[chosen],
            conditioned=conditioned,
            origin=origin,
            clock=-since.float()[chosen[:rows]],
            told=None if wish.beat is None else _Told(wish.beat),
            biases=biases(wish),
            chances=torch.rand(most, 4, rows, 1, generator=chance) * (wish.top_p * (1 - 1e-5)),
        )

    def _step(self, run: _Run, wish: Wish, number: int) -> list[Tensor]:
        """Read the last event and draw the next; returns the logits (N, size) that were told."""
        rows = len(run.clock)
        self.stepper.remember(run.side, run.last[:, PITCH])
        pulse = None
        if run.told is not None:
            pulse = run.told.write(run.clock, run.side), run.told.table
        run.state = self.stepper.read(run.state, run.side, run.last, run.conditioned.gates)
        seen: list[Tensor] = []
        chances = run.chances[number]

        def choose(field: int, logits: Tensor) -> Tensor:
            guided = len(logits) > rows
            scores = logits[:rows] if guided else logits
            seen.append(scores)
            if guided:
                scores = torch.lerp(logits[rows:], scores, wish.guidance)
            bias = run.biases[field]
            if field == SHIFT and number == 0:
                bias = first_bias(run.clock, wish)
            if bias is not None:
                scores = scores + bias
            if wish.temperature != 1.0:
                scores = scores / wish.temperature
            token = nucleus(scores, wish.top_p, chances[field])
            return torch.cat([token, token])[:, 0] if guided else token[:, 0]

        run.last = self.stepper.draw(run.state[-1], run.conditioned, choose, pulse)
        run.clock = run.clock + SHIFTS[run.last[:rows, SHIFT]]
        return seen
