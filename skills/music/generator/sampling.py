"""Drawing continuations: many candidates in one batch, one event a step.

The network's state after the phrase is copied to every candidate. With guidance a second half of
the batch goes along with nothing said, and the logits move from "nothing said" towards "said".
"""

from __future__ import annotations

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
from skills.music.generator.model import MEMORY_SIZE, EventGru, pitch_memory, step_memory
from skills.music.generator.stepper import Conditioned, Stepper

FloatArray = npt.NDArray[np.float64]
_SHIFTS = torch.tensor(SHIFTS_S, dtype=torch.float32)
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
    memory: Tensor
    last: Tensor
    conditioned: Conditioned
    clock: Tensor
    """(N,) seconds since the hand-over."""


class Sampler:
    """Draws from one network on one thread."""

    def __init__(self, network: EventGru, half: bool | None = None) -> None:
        self.network = network
        self.stepper = Stepper(network, half)

    @torch.inference_mode()
    def listen(self, encoded: Encoded, heard: Heard | None = None) -> Heard:
        """Read a phrase (or one more event of it) with nothing said about it.

        encoded: at least one event. Returns the new state; the old one stays as it was.
        """
        tokens = torch.from_numpy(encoded.tokens)
        if heard is None:
            state = torch.zeros(self.network.shape.layers, 1, self.network.shape.hidden)
            memory = torch.zeros(1, MEMORY_SIZE)
        else:
            state, memory = heard.state, heard.memory
            tokens = torch.cat([heard.last, tokens])
        unread, last = tokens[:-1], tokens[-1:]
        if len(unread):
            nothing = self._conditions(np.zeros(len(FEATURES)), np.zeros(len(FEATURES), bool), 0)
            memories = _memories(memory, unread[:, _PITCH])
            read = self.network.inputs(unread, memories, nothing.expand(len(unread), -1))
            _, state = self.network.gru(read[None], state)
            memory = memories[-1:]
        return Heard(state, memory, last, float(encoded.onsets_s[-1]))

    def _conditions(self, features: FloatArray, said: npt.NDArray[np.bool_], style: int) -> Tensor:
        return self.network.conditions(
            torch.tensor(features, dtype=torch.float32)[None],
            torch.tensor(said, dtype=torch.float32)[None],
            torch.tensor([style]),
        )

    @torch.inference_mode()
    def draw(self, heard: Heard, wish: Wish, cancelled: Event | None = None) -> list[Drawn]:
        """Draw candidates that go on from what was heard; fewer or none when cancelled."""
        chance = torch.Generator().manual_seed(wish.seed)
        run = self._fork(heard, wish)
        steps: list[Tensor] = []
        likelihoods: list[Tensor] = []
        for _ in range(int(wish.seconds * MOST_EVENTS_A_SECOND) + 8):
            done = int((run.clock >= wish.seconds).sum())
            if done >= ENOUGH * wish.candidates or (cancelled is not None and cancelled.is_set()):
                break
            tokens, likelihood = self._step(run, wish, chance, first=not steps)
            steps.append(torch.cat([tokens, run.clock[:, None].to(torch.float64)], dim=1))
            likelihoods.append(likelihood)
        if not steps:
            return []
        finished = (run.clock >= wish.seconds).numpy()
        if not finished.any():  # a torrent of notes: what there is must do
            finished[:] = True
        events = torch.stack(steps, dim=1).numpy()[finished]  # (candidates, steps, 5)
        scores = torch.stack(likelihoods, dim=1).numpy()[finished]
        spread = np.random.default_rng(wish.seed)
        return [_finish(e, s, wish.seconds, spread) for e, s in zip(events, scores, strict=True)]

    def _fork(self, heard: Heard, wish: Wish) -> _Run:
        rows = wish.candidates
        copies = rows if wish.guidance == 1.0 else 2 * rows
        told = torch.arange(copies) < rows
        conditioned = self.stepper.condition(
            torch.tensor(wish.features, dtype=torch.float32).expand(copies, -1),
            torch.tensor(wish.said, dtype=torch.float32) * told[:, None],
            wish.style * told,
        )
        # a silence before the hand-over is forgotten but for a second: it is no rhythm
        since = min(max(wish.handover_s - heard.clock_s, 0.0), float(SHIFTS_S[-1]) - 1.0)
        return _Run(
            state=[layer.expand(copies, -1).contiguous() for layer in heard.state],
            memory=heard.memory.expand(copies, -1).contiguous(),
            last=heard.last.expand(copies, -1).contiguous(),
            conditioned=conditioned,
            clock=torch.full((rows,), -since),
        )

    def _step(
        self, run: _Run, wish: Wish, chance: torch.Generator, first: bool
    ) -> tuple[Tensor, Tensor]:
        """Read the last event and draw the next; returns tokens (N, 4) and log-likelihoods (N,)."""
        rows = len(run.clock)
        run.memory = step_memory(run.memory, run.last[:, _PITCH])
        run.state = self.stepper.read(run.state, run.memory, run.last, run.conditioned)
        likelihood = torch.zeros(rows)

        def choose(field: int, logits: Tensor) -> Tensor:
            nonlocal likelihood
            told = logits[:rows]
            scores = told
            if len(logits) > rows:
                untold = logits[rows:]
                scores = untold + wish.guidance * (told - untold)
            scores = self._allow(field, scores, run.clock, wish, first)
            token = _nucleus(scores / wish.temperature, wish.top_p, chance)
            likelihood = likelihood + told.log_softmax(-1).gather(1, token[:, None])[:, 0]
            return token.repeat(len(logits) // rows)

        run.last = self.stepper.draw(run.state[-1], run.conditioned, choose)
        tokens = run.last[:rows]
        run.clock = run.clock + _SHIFTS[tokens[:, _SHIFT]]
        return tokens, likelihood

    @staticmethod
    def _allow(field: int, scores: Tensor, clock: Tensor, wish: Wish, first: bool) -> Tensor:
        """Mask what may not be: onsets in the past, long silences; add an asked key's bias."""
        if field == _SHIFT:
            onset = clock[:, None] + _SHIFTS
            latest = wish.first_within_s if first else wish.longest_gap_s
            barred = (onset < -1e-4) | (onset > latest) if first else latest < _SHIFTS
            return scores.masked_fill(barred, -torch.inf)
        if field == _PITCH and wish.pitch_bias is not None:
            return scores + torch.tensor(wish.pitch_bias, dtype=scores.dtype)
        return scores


def _memories(before: Tensor, pitches: Tensor) -> Tensor:
    """Return the memories (T, 36) after each of the pitches (T,), going on from (1, 36)."""
    if not bool(before.any()):
        return pitch_memory(pitches[None])[0]
    rows = []
    for pitch in pitches:
        before = step_memory(before, pitch[None])
        rows.append(before)
    return torch.cat(rows)


def _nucleus(scores: Tensor, top_p: float, chance: torch.Generator) -> Tensor:
    """Draw from the smallest set of tokens that holds top_p of the probability; (N,) tokens."""
    probabilities, order = scores.softmax(-1).sort(-1, descending=True)
    before = probabilities.cumsum(-1) - probabilities
    kept = probabilities.masked_fill(before > top_p, 0.0)
    # a race of exponential clocks: the first to ring is a draw from the probabilities
    ring = torch.empty_like(kept).exponential_(generator=chance)
    return order.gather(1, (kept / ring).argmax(-1, keepdim=True))[:, 0]


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
    onset = np.maximum(events[:, 4], 0.0)
    notes = np.stack(
        [onset, onset + duration, events[:, _PITCH], np.clip(velocity, 1, 127)], axis=1
    )
    likelihood = float(scores[inside].mean()) if inside.any() else -np.inf
    return Drawn(notes, likelihood)
