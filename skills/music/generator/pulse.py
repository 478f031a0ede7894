"""What the network knows of the beat: where an onset lies in it, and where the next would land.

A pulse is told as places in beats and bars. Onsets are read as cosines and sines of that place;
the next shift's logits gain a sum of cosines and sines of where each shift would land, with
coefficients that the network chooses event by event. Unknown pulse: zeros, and nothing is gained.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from skills.music.generator.codec import SHIFTS_S

BEAT_HARMONICS = (1, 2, 3, 4, 6, 8)
BAR_HARMONICS = (1, 2, 3)
LANDING_SIZE = 2 * (len(BEAT_HARMONICS) + len(BAR_HARMONICS))
PULSE_SIZE = LANDING_SIZE + 3
"""Cosines and sines of the place, the logarithm of the beat's length, beat known, bar known."""
USUAL_BEAT_S = 0.6
_SHIFTS = torch.tensor(SHIFTS_S, dtype=torch.float32)
_TURNS = 2 * math.pi * torch.tensor([*BEAT_HARMONICS, *BAR_HARMONICS], dtype=torch.float32)


@dataclass(frozen=True, slots=True)
class Pulse:
    """The beat around B sequences of T events."""

    beats: Tensor
    """(B, T): place of each event's onset in beats; whole = on a beat."""
    bars: Tensor
    """(B, T): the same in bars."""
    beat_s: Tensor
    """(B,): length of a beat, seconds, > 0."""
    bar_s: Tensor
    """(B,): length of a bar, seconds, > 0."""
    beat_known: Tensor
    """(B, T): 1 where the beat is told, 0 where not."""
    bar_known: Tensor
    """(B, T)."""

    @staticmethod
    def unknown(size: int, length: int, device: torch.device | None = None) -> Pulse:
        """Return the pulse of music of which no pulse is known."""
        blank = torch.zeros(size, length, device=device)
        ones = torch.ones(size, device=device)
        return Pulse(blank, blank, ones, ones, blank, blank)

    def to(self, device: torch.device) -> Pulse:
        """Return the pulse on a device."""
        return Pulse(*(getattr(self, name).to(device) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Beat:
    """A steady pulse on one clock, as an answer is told it."""

    beat_s: float
    """Length of a beat, seconds, > 0."""
    first_beat_s: float
    """When any one beat falls."""
    bar_s: float | None = None
    """Length of a bar; None = not known."""
    first_bar_s: float = 0.0
    """When any one bar begins."""

    def lines(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return slopes and starts of the angles over time, what is known, and the rest of a row.

        The first three have shape (harmonics,), the last (PULSE_SIZE - LANDING_SIZE,).
        """
        bar_s = self.bar_s or 1.0
        split, bar_known = len(BEAT_HARMONICS), float(self.bar_s is not None)
        lengths = torch.full_like(_TURNS, bar_s)
        firsts = torch.full_like(_TURNS, self.first_bar_s)
        known = torch.full_like(_TURNS, bar_known)
        lengths[:split], firsts[:split], known[:split] = self.beat_s, self.first_beat_s, 1.0
        slopes = _TURNS / lengths
        rest = torch.tensor([math.log(self.beat_s / USUAL_BEAT_S), 1.0, bar_known])
        return slopes, -slopes * firsts, known, rest

    def landing(self) -> Tensor:
        """Return the landing table (LANDING_SIZE, shifts)."""
        lengths = torch.tensor([self.beat_s, self.bar_s or 1.0], dtype=torch.float32)
        return landing_table(lengths[:1], lengths[1:])[0]


def _angles(pulse: Pulse) -> tuple[Tensor, Tensor]:
    """Return angles and whether they are known, each (B, T, harmonics)."""
    turns = _TURNS.to(pulse.beats.device)
    split = len(BEAT_HARMONICS)
    angles = torch.cat(
        [
            (pulse.beats % 1)[..., None] * turns[:split],
            (pulse.bars % 1)[..., None] * turns[split:],
        ],
        dim=-1,
    )
    known = torch.cat(
        [
            pulse.beat_known[..., None].expand(*pulse.beats.shape, split),
            pulse.bar_known[..., None].expand(*pulse.bars.shape, len(turns) - split),
        ],
        dim=-1,
    )
    return angles, known


def pulse_rows(pulse: Pulse) -> Tensor:
    """Return what the network reads of the pulse beside each event, (B, T, PULSE_SIZE)."""
    angles, known = _angles(pulse)
    length = torch.log(pulse.beat_s / USUAL_BEAT_S)[:, None] * pulse.beat_known
    told = torch.stack([length, pulse.beat_known, pulse.bar_known], dim=-1)
    return torch.cat([angles.cos() * known, angles.sin() * known, told], dim=-1)


def turned(coefficients: Tensor, rows: Tensor) -> Tensor:
    """Turn coefficients of where a shift lands into coefficients of the shift alone.

    coefficients: (…, LANDING_SIZE), cosines then sines; rows: what ``pulse_rows`` returned. Unknown
    pulses give zeros. Multiply the result with ``landing_table``.
    """
    half = LANDING_SIZE // 2
    cosine, sine = rows[..., :half], rows[..., half:LANDING_SIZE]
    a, b = coefficients[..., :half], coefficients[..., half:]
    return torch.cat([a * cosine + b * sine, b * cosine - a * sine], dim=-1)


def landing_table(beat_s: Tensor, bar_s: Tensor) -> Tensor:
    """Return cosines and sines of how far each shift carries, (B, LANDING_SIZE, shifts)."""
    turns, shifts = _TURNS.to(beat_s.device), _SHIFTS.to(beat_s.device)
    split = len(BEAT_HARMONICS)
    per_second = torch.cat(
        [turns[:split] / beat_s[:, None], turns[split:] / bar_s[:, None]], dim=-1
    )
    angles = per_second[..., None] * shifts
    return torch.cat([angles.cos(), angles.sin()], dim=1)
