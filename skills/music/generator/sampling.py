"""Drawing continuations: many candidates in one batch, one event a step.

The network's state after the phrase is copied to every candidate. With guidance a second half of
the batch goes along with nothing said, and the logits move from "nothing said" towards "said".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from threading import Event

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from skills.music.generator.codec import (
    DURATION_RATIO,
    DURATIONS_S,
    SHIFTS_S,
    VELOCITY_STEP,
    Encoded,
)
from skills.music.generator.features import FEATURES
from skills.music.generator.model import MEMORY_SIZE, EventGru
from skills.music.generator.products import Precision
from skills.music.generator.pulse import Beat
from skills.music.generator.stepper import SIDE_SIZE, Conditioned, Stepper

FloatArray = npt.NDArray[np.float64]
_SHIFTS = torch.tensor(SHIFTS_S, dtype=torch.float32)
_SHIFT_WIDTHS_S = np.gradient(SHIFTS_S)
"""An onset is drawn within its step: whole hundredths of a second are nobody's playing."""
_SHIFT, _PITCH, _DURATION, _VELOCITY = range(4)
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


@dataclass(frozen=True, slots=True)
class Wish:
    """How to draw."""

    features: FloatArray
    """(features,) z-scored targets."""
    said: npt.NDArray[np.bool_]
    """(features,) which targets are told."""
    style: int
    seconds: float
    handover_s: float
    """Where the answer begins on the clock of the phrase."""
    guidance: float = 1.0
    """1 = the conditions as they are; more pushes them harder."""
    temperature: float = 0.95
    top_p: float = 0.95
    beat: Beat | None = None
    """The pulse on the clock of the answer (0 = hand-over); None = not known."""
    pitch_bias: FloatArray | None = None
    """(128,) added to the pitch logits: a key that was asked for."""
    first_within_s: float = 1.0
    """The first onset comes no later than this after the hand-over."""
    longest_gap_s: float = 2.5
    """No silence between onsets is longer."""
    candidates: int = 16
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """One candidate."""

    notes: FloatArray
    """(n, 4): start_s, end_s, pitch, velocity from the hand-over, not yet cut to length."""
    log_likelihood: float
    """Mean of the drawn tokens' log-probabilities (told, before guidance), nats an event."""


@dataclass(slots=True)
class _Run:
    """The moving parts of one batch: guided runs hold 2 N rows, the second N with nothing said."""

    state: list[Tensor]
    """Per layer (R, H)."""
    side: Tensor
    """(R, SIDE_SIZE)."""
    last: Tensor
    conditioned: Conditioned
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
    """Draws from one network on one thread."""

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
            self.stepper.remember(side, token[:, _PITCH])
            state = self.stepper.read(state, side, token, self._silent.gates)
        memory = side[:, :MEMORY_SIZE].clone()
        return Heard(torch.stack(state), memory, tokens[-1:], float(encoded.onsets_s[-1]))

    @torch.inference_mode()
    def draw(self, heard: Heard, wish: Wish, cancelled: Event | None = None) -> list[Drawn]:
        """Draw candidates that go on from what was heard; fewer or none when cancelled."""
        most = int(wish.seconds * MOST_EVENTS_A_SECOND) + 8
        run = self._fork(heard, wish, most)
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
        scores = _likelihoods(logits, events).numpy()[finished]
        timed = np.dstack([events.numpy(), torch.stack(clocks, dim=1).numpy()])[finished]
        spread = np.random.default_rng(wish.seed)
        return [_finish(e, s, wish.seconds, spread) for e, s in zip(timed, scores, strict=True)]

    def _fork(self, heard: Heard, wish: Wish, most: int) -> _Run:
        rows = wish.candidates
        copies = rows if wish.guidance == 1.0 else 2 * rows
        told = torch.arange(copies) < rows
        conditioned = self.stepper.condition(
            torch.tensor(wish.features, dtype=torch.float32).expand(copies, -1),
            torch.tensor(wish.said, dtype=torch.float32) * told[:, None],
            wish.style * told,
        )
        side = torch.zeros(copies, SIDE_SIZE)
        side[:, :MEMORY_SIZE] = heard.memory
        # a silence before the hand-over is forgotten but for a second: it is no rhythm
        since = min(max(wish.handover_s - heard.clock_s, 0.0), float(SHIFTS_S[-1]) - 1.0)
        chance = torch.Generator().manual_seed(wish.seed)
        return _Run(
            state=[layer.expand(copies, -1).contiguous() for layer in heard.state],
            side=side,
            last=heard.last.expand(copies, -1).contiguous(),
            conditioned=conditioned,
            clock=torch.full((rows,), -since),
            told=None if wish.beat is None else _Told(wish.beat),
            biases=_biases(wish),
            chances=torch.rand(most, 4, rows, 1, generator=chance) * (wish.top_p * (1 - 1e-5)),
        )

    def _step(self, run: _Run, wish: Wish, number: int) -> list[Tensor]:
        """Read the last event and draw the next; returns the logits (N, size) that were told."""
        rows = len(run.clock)
        self.stepper.remember(run.side, run.last[:, _PITCH])
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
            if field == _SHIFT and number == 0:
                bias = _first_bias(run.clock, wish)
            if bias is not None:
                scores = scores + bias
            if wish.temperature != 1.0:
                scores = scores / wish.temperature
            token = _nucleus(scores, wish.top_p, chances[field])
            return torch.cat([token, token])[:, 0] if guided else token[:, 0]

        run.last = self.stepper.draw(run.state[-1], run.conditioned, choose, pulse)
        run.clock = run.clock + _SHIFTS[run.last[:rows, _SHIFT]]
        return seen


def _biases(wish: Wish) -> tuple[Tensor | None, ...]:
    """Bar long silences and lean towards an asked key: added to the logits, None = nothing."""
    gaps = torch.where(wish.longest_gap_s < _SHIFTS, -torch.inf, 0.0)
    pitches = wish.pitch_bias
    return gaps, None if pitches is None else torch.tensor(pitches).float(), None, None


def _first_bias(clock: Tensor, wish: Wish) -> Tensor:
    """Bar what the first shift may not be: an onset in the past or too late; (N, shifts)."""
    onset = clock[:, None] + _SHIFTS
    barred = (onset < -1e-4) | (onset > wish.first_within_s)
    return torch.where(barred, -torch.inf, 0.0)


def _likelihoods(logits: list[list[Tensor]], events: Tensor) -> Tensor:
    """Return the log-likelihood (N, steps) of drawn events (N, steps, 4): nats, all fields."""
    total = torch.zeros(events.shape[:2])
    for field in range(events.shape[2]):
        scores = torch.stack([step[field] for step in logits], dim=1).log_softmax(-1)
        total += scores.gather(2, events[:, :, field : field + 1])[..., 0]
    return total


def _nucleus(scores: Tensor, top_p: float, chance: Tensor) -> Tensor:
    """Draw from the likeliest tokens that hold top_p of the probability; (N, 1) tokens.

    chance: (N, 1) uniform in 0..top_p: the place in the summed probabilities, likeliest first.
    """
    probabilities = scores.softmax(-1)
    if top_p >= 1.0:
        return (probabilities.cumsum(-1) <= chance).sum(-1, keepdim=True)
    probabilities, order = probabilities.sort(-1, descending=True)
    return order.gather(1, (probabilities.cumsum(-1) <= chance).sum(-1, keepdim=True))


def _finish(
    events: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float32],
    seconds: float,
    spread: np.random.Generator,
) -> Drawn:
    """Turn one row of drawn events (steps, 5) into notes, spread within the width of their bins."""
    inside = events[:, 4] < seconds
    events = events[inside]
    duration = DURATIONS_S[events[:, _DURATION].astype(np.int64)]
    duration = duration * DURATION_RATIO ** spread.uniform(-0.5, 0.5, len(events))
    velocity = events[:, _VELOCITY] * VELOCITY_STEP + spread.integers(0, VELOCITY_STEP, len(events))
    onset = np.clip(events[:, 4] + _within(events[:, _SHIFT], spread), 0.0, seconds)
    notes = np.stack(
        [onset, onset + duration, events[:, _PITCH], np.clip(velocity, 1, 127)], axis=1
    )
    likelihood = float(scores[inside].mean()) if inside.any() else -math.inf
    return Drawn(notes, likelihood)


def _within(shifts: npt.NDArray[np.float64], spread: np.random.Generator) -> FloatArray:
    """Return how far onsets lie from the middle of their steps: notes of one chord go together.

    The first onset is never moved later: it must not come late.
    """
    tokens = shifts.astype(np.int64)
    off = _SHIFT_WIDTHS_S[tokens] * spread.uniform(-0.5, 0.5, len(tokens))
    off[:1] = -np.abs(off[:1])
    latest = np.maximum.accumulate(np.where(tokens > 0, np.arange(len(tokens)), 0))
    return off[latest]
