"""From logits to events and from events to notes: what may be drawn, and how it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from skills.music.generator.codec import DURATION_RATIO, DURATIONS_S, SHIFTS_S, VELOCITY_STEP
from skills.music.generator.pulse import Beat

FloatArray = npt.NDArray[np.float64]
SHIFTS = torch.tensor(SHIFTS_S, dtype=torch.float32)
SHIFT, PITCH, DURATION, VELOCITY = range(4)
_SHIFT_WIDTHS_S = np.gradient(SHIFTS_S)
"""An onset is drawn within its step: whole hundredths of a second are nobody's playing."""


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
    origin: int = 0
    """Number of the start that it goes on from."""


def biases(wish: Wish) -> tuple[Tensor | None, ...]:
    """Bar long silences and lean towards an asked key: added to the logits, None = nothing."""
    gaps = torch.where(wish.longest_gap_s < SHIFTS, -torch.inf, 0.0)
    pitches = wish.pitch_bias
    return gaps, None if pitches is None else torch.tensor(pitches).float(), None, None


def first_bias(clock: Tensor, wish: Wish) -> Tensor:
    """Bar what the first shift may not be: an onset in the past or too late; (N, shifts)."""
    onset = clock[:, None] + SHIFTS
    barred = (onset < -1e-4) | (onset > wish.first_within_s)
    return torch.where(barred, -torch.inf, 0.0)


def likelihoods(logits: list[list[Tensor]], events: Tensor) -> Tensor:
    """Return the log-likelihood (N, steps) of drawn events (N, steps, 4): nats, all fields."""
    total = torch.zeros(events.shape[:2])
    for field in range(events.shape[2]):
        scores = torch.stack([step[field] for step in logits], dim=1).log_softmax(-1)
        total += scores.gather(2, events[:, :, field : field + 1])[..., 0]
    return total


def nucleus(scores: Tensor, top_p: float, chance: Tensor) -> Tensor:
    """Draw from the likeliest tokens that hold top_p of the probability; (N, 1) tokens.

    chance: (N, 1) uniform in 0..top_p: the place in the summed probabilities, likeliest first.
    """
    probabilities = scores.softmax(-1)
    if top_p >= 1.0:
        return (probabilities.cumsum(-1) <= chance).sum(-1, keepdim=True)
    probabilities, order = probabilities.sort(-1, descending=True)
    return order.gather(1, (probabilities.cumsum(-1) <= chance).sum(-1, keepdim=True))


def finish(
    events: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float32],
    seconds: float,
    spread: np.random.Generator,
    origin: int = 0,
) -> Drawn:
    """Turn one row of drawn events (steps, 5) into notes, spread within the width of their bins."""
    inside = events[:, 4] < seconds
    events = events[inside]
    duration = DURATIONS_S[events[:, DURATION].astype(np.int64)]
    duration = duration * DURATION_RATIO ** spread.uniform(-0.5, 0.5, len(events))
    velocity = events[:, VELOCITY] * VELOCITY_STEP + spread.integers(0, VELOCITY_STEP, len(events))
    onset = np.clip(events[:, 4] + within_steps(events[:, SHIFT], spread), 0.0, seconds)
    notes = np.stack([onset, onset + duration, events[:, PITCH], np.clip(velocity, 1, 127)], axis=1)
    likelihood = float(scores[inside].mean()) if inside.any() else -math.inf
    return Drawn(notes, likelihood, origin)


def within_steps(shifts: npt.NDArray[np.float64], spread: np.random.Generator) -> FloatArray:
    """Return how far onsets lie from the middle of their steps: notes of one chord go together.

    The first onset is never moved later: it must not come late.
    """
    tokens = shifts.astype(np.int64)
    off = _SHIFT_WIDTHS_S[tokens] * spread.uniform(-0.5, 0.5, len(tokens))
    off[:1] = -np.abs(off[:1])
    latest = np.maximum.accumulate(np.where(tokens > 0, np.arange(len(tokens)), 0))
    return off[latest]
