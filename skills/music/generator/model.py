"""The network: a conditioned GRU over events, four heads drawn one after the other.

One step reads one event and yields the next: time shift, then pitch given the shift, then duration
given both, then velocity given all. Beside the tokens it reads three fading pitch-class memories
(short, phrase, long), so that key and harmony are heard from the first notes in any key, and where
the pulse is known the place of the onset in beat and bar.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from skills.music.generator.codec import SIZES
from skills.music.generator.features import FEATURES
from skills.music.generator.pulse import (
    LANDING_SIZE,
    PULSE_SIZE,
    Pulse,
    landing_table,
    pulse_rows,
    turned,
)

STYLES = ("unknown", "pop", "classical", "folk", "hymn", "jazz")
"""Styles by source of the training music; index 0 = not said."""
MEMORY_DECAYS = (0.70, 0.92, 0.98)
"""Share of a pitch-class memory that survives one note: about 3, 12 and 50 notes."""
MEMORY_SIZE = 12 * len(MEMORY_DECAYS)


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network; what a checkpoint's config stores."""

    hidden: int = 512
    layers: int = 2
    condition: int = 64
    dropout: float = 0.1

    def to_json(self) -> dict[str, float]:
        """Return the sizes as a dictionary for config.json."""
        return asdict(self)


class EventGru(nn.Module):
    """GRU over events; see the module's text.

    Shapes: B sequences, T events, H hidden units, F features, C the condition's width.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        h, c = shape.hidden, shape.condition
        widths = (64, 128, 64, 32)
        # one more row per table: the velocity that is not known
        self.embed = nn.ModuleList(
            nn.Embedding(size + 1, width) for size, width in zip(SIZES, widths, strict=True)
        )
        self.pitch_class = nn.Embedding(12, 32)
        self.memory = nn.Linear(MEMORY_SIZE, 96)
        self.style = nn.Embedding(len(STYLES), 32)
        self.condition = nn.Linear(2 * len(FEATURES) + 32, c)
        self.read = nn.Linear(sum(widths) + 32 + 96 + c, h)
        self.gru = nn.GRU(
            h, h, shape.layers, batch_first=True, dropout=shape.dropout if shape.layers > 1 else 0.0
        )
        self.drop = nn.Dropout(shape.dropout)
        self.pulse = nn.Linear(PULSE_SIZE, h, bias=False)
        self.landing = nn.Linear(h, LANDING_SIZE)
        for silent in (self.pulse.weight, self.landing.weight, self.landing.bias):
            nn.init.zeros_(silent)  # what is known of the beat comes to weigh as it is learned
        context = h + c
        given = (0, widths[0], widths[0] + widths[1], sum(widths[:3]))
        inner = (256, 384, 256, 128)
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(context + g, i), nn.GELU(), nn.Linear(i, size))
            for g, i, size in zip(given, inner, SIZES, strict=True)
        )

    def conditions(self, features: Tensor, known: Tensor, style: Tensor) -> Tensor:
        """Return the condition vectors (…, C).

        features: (…, F) in standard deviations from the training mean; known: (…, F) 1 where said,
        0 where unspecified; style: (…) index into STYLES.
        """
        parts = [features * known, known, self.style(style)]
        return self.condition(torch.cat(parts, dim=-1))  # type: ignore[no-any-return]

    def inputs(
        self, tokens: Tensor, memory: Tensor, conditions: Tensor, pulse: Tensor | None = None
    ) -> Tensor:
        """Return what the GRU reads (…, H).

        tokens: (…, 4); memory: (…, 36); conditions: (…, C); pulse: (…, PULSE_SIZE) rows of
        ``pulse_rows``, None = not known.
        """
        parts = [table(tokens[..., k]) for k, table in enumerate(self.embed)]
        parts += [self.pitch_class(tokens[..., 1] % 12), self.memory(memory), conditions]
        read: Tensor = self.read(torch.cat(parts, dim=-1))
        return read if pulse is None else read + self.pulse(pulse)

    def forward(
        self,
        tokens: Tensor,
        targets: Tensor,
        conditions: Tensor,
        pulse: Pulse | None = None,
        state: Tensor | None = None,
    ) -> tuple[list[Tensor], Tensor]:
        """Score the next events.

        tokens, targets: (B, T, 4), targets being tokens one event later; conditions: (B, T, C);
        pulse: None = not known. Returns four logits (B, T, size) and the state (layers, B, H) after
        the last event.
        """
        rows = None if pulse is None else pulse_rows(pulse)
        read = self.drop(self.inputs(tokens, pitch_memory(tokens[..., 1]), conditions, rows))
        hidden, state = self.gru(read, state)
        seen = torch.cat([self.drop(hidden), conditions], dim=-1)
        logits = []
        for k, head in enumerate(self.heads):
            logits.append(head(seen))
            seen = torch.cat([seen, self.embed[k](targets[..., k])], dim=-1)
        if pulse is not None and rows is not None:
            landing = turned(self.landing(hidden).float(), rows)
            logits[0] = logits[0] + landing @ landing_table(pulse.beat_s, pulse.bar_s)
        return logits, state


def pitch_memory(pitches: Tensor) -> Tensor:
    """Return the fading pitch-class memories after each note: (B, T) pitches to (B, T, 36).

    Every memory is a sum over the notes so far, each faded once per note since; at most 1.
    """
    length = pitches.shape[1]
    one_hot = nn.functional.one_hot(pitches % 12, 12).to(torch.float32)
    age = torch.arange(length, device=pitches.device)
    age = (age[:, None] - age[None, :]).clamp(min=-1)  # (T, T), -1 = not heard yet
    memories = []
    for decay in MEMORY_DECAYS:
        fade = torch.where(age >= 0, (1 - decay) * decay ** age.clamp(min=0), 0.0)
        memories.append(fade.to(torch.float32) @ one_hot)
    return torch.cat(memories, dim=-1)


def step_memory(memory: Tensor, pitches: Tensor) -> Tensor:
    """Return the memories (B, 36) after one more note each, pitches (B,)."""
    one_hot = nn.functional.one_hot(pitches % 12, 12).to(memory.dtype)
    decays = torch.tensor(MEMORY_DECAYS, dtype=memory.dtype, device=memory.device)
    decays = decays.repeat_interleave(12)
    return memory * decays + one_hot.repeat(1, len(MEMORY_DECAYS)) * (1 - decays)
