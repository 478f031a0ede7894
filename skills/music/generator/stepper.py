"""One event a step for many candidates: the network's weights rearranged for playing.

Training runs many events at once; playing runs one event at a time, where most of the time goes
into reading weights. Everything that depends on a token alone is therefore looked up in tables that
were multiplied through once at load: the input layer disappears into the first GRU layer's gates,
the four heads share one product with the hidden state, and a condition is a constant of the draw.
The result is the network's own, up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from skills.music.generator.model import MEMORY_SIZE, EventGru, step_memory
from skills.music.generator.products import Precision, product, quickest
from skills.music.generator.pulse import LANDING_SIZE, PULSE_SIZE, turned

SIDE_SIZE = MEMORY_SIZE + PULSE_SIZE
"""What is read beside an event's tokens: the fading memories and the pulse."""
HALF_ROOT = 0.5**0.5


@dataclass(frozen=True, slots=True)
class Conditioned:
    """What a condition adds, once per draw: R rows."""

    gates: Tensor
    """(R, 3 H) to the first layer's input gates, biases included."""
    heads: Tensor
    """(R, sum of the heads' inner widths)."""


class Stepper:
    """The playing form of a network; H hidden units, R rows (candidates, told and untold)."""

    def __init__(self, network: EventGru, precision: Precision | None = None) -> None:
        """Rearrange the weights; precision: None = the quickest of this processor."""
        self.precision = quickest() if precision is None else precision
        self.layers, self.hidden = network.shape.layers, network.shape.hidden
        self._network = network
        with torch.inference_mode():
            self._fold_inputs(network)
            self._fold_layers(network.gru)
            self._fold_heads(network)
            self._memory_steps = step_memory(
                torch.zeros(128, MEMORY_SIZE), torch.arange(128)
            )  # what one note adds
            self._memory_fade = step_memory(
                torch.ones(1, MEMORY_SIZE), torch.zeros(1, dtype=torch.long)
            ) - step_memory(torch.zeros(1, MEMORY_SIZE), torch.zeros(1, dtype=torch.long))

    def _fold_inputs(self, network: EventGru) -> None:
        gru, heard = network.gru, network.memory.out_features
        into_gates = cast(Tensor, gru.weight_ih_l0)  # (3 H, H)
        embeddings = _weights(network.embed)
        widths = [int(table.shape[1]) for table in embeddings]
        sizes = [*widths, network.pitch_class.embedding_dim, heard, network.shape.condition]
        parts = torch.split(into_gates @ network.read.weight, sizes, dim=1)  # each (3 H, width)
        tables = [table @ part.t() for table, part in zip(embeddings, parts[:4], strict=True)]
        classes = torch.arange(len(tables[1])) % 12
        tables[1] = tables[1] + network.pitch_class.weight[classes] @ parts[4].t()
        starts = torch.tensor([0] + [len(table) for table in tables[:-1]]).cumsum(0)
        self._table_starts, self._table = starts, torch.cat(tables)
        memory, pulse = parts[5] @ network.memory.weight, into_gates @ network.pulse.weight
        self._side = torch.cat([memory, pulse], dim=1).t().contiguous()  # (SIDE_SIZE, 3 H)
        self._condition_gates = parts[6].t().contiguous()
        into_memory = network.read.weight[:, -sum(sizes[5:]) : -sizes[6]]  # (H, heard)
        bias = network.read.bias + into_memory @ network.memory.bias
        self._gate_bias = into_gates @ bias + cast(Tensor, gru.bias_ih_l0)

    def _fold_layers(self, gru: nn.GRU) -> None:
        def prepared(kind: str, layer: int) -> Callable[[Tensor], Tensor]:
            weight, bias = (getattr(gru, f"{n}_{kind}_l{layer}") for n in ("weight", "bias"))
            return product(weight, bias, self.precision)

        self._from_state = [prepared("hh", k) for k in range(self.layers)]
        self._from_below = [prepared("ih", k) for k in range(1, self.layers)]

    def _fold_heads(self, network: EventGru) -> None:
        """Prepare the heads for x / sqrt(2), whose GELU costs two quick steps (``_gelu``)."""
        hidden, condition = network.shape.hidden, network.shape.condition
        firsts = [cast(nn.Linear, cast(nn.Sequential, head)[0]) for head in network.heads]
        self._widths = [first.out_features for first in firsts]
        self._inner = sum(self._widths)
        landing = network.landing
        weight = torch.cat([*(f.weight[:, :hidden] * HALF_ROOT for f in firsts), landing.weight])
        bias = torch.cat([*(f.bias * HALF_ROOT for f in firsts), landing.bias])
        self._from_hidden = product(weight, bias, self.precision)
        self._head_condition = torch.cat(
            [f.weight[:, hidden : hidden + condition] * HALF_ROOT for f in firsts]
        ).t()
        self._given: list[Tensor] = []
        """[k]: what token k adds to all heads after its own, before their GELU."""
        start = hidden + condition
        for k, table in enumerate(_weights(network.embed)[:-1]):
            end = start + int(table.shape[1])
            later = torch.cat([f.weight[:, start:end] * HALF_ROOT for f in firsts[k + 1 :]])
            self._given.append((table @ later.t()).contiguous())
            start = end
        lasts = [cast(nn.Linear, cast(nn.Sequential, head)[2]) for head in network.heads]
        self._outs = [
            ((last.weight.t() * HALF_ROOT).contiguous(), last.bias.detach()) for last in lasts
        ]

    @torch.inference_mode()
    def condition(self, features: Tensor, said: Tensor, style: Tensor) -> Conditioned:
        """Return what a condition adds: (R, F) z-scored features, (R, F) said, (R,) style index."""
        vector = self._network.conditions(features, said, style)
        return Conditioned(
            gates=torch.addmm(self._gate_bias, vector, self._condition_gates),
            heads=vector @ self._head_condition,
        )

    def remember(self, side: Tensor, pitches: Tensor) -> None:
        """Take pitches (R,) into the memories of ``side`` (R, SIDE_SIZE), in place."""
        memory = side[:, :MEMORY_SIZE]
        memory.mul_(self._memory_fade).add_(self._memory_steps[pitches])

    def read(
        self, state: list[Tensor], side: Tensor, tokens: Tensor, gates: Tensor
    ) -> list[Tensor]:
        """Read one event a row.

        state: per layer (R, H); side: (R, SIDE_SIZE) with the event in its memories; tokens:
        (R, 4); gates: those of a Conditioned. Returns the new state, per layer (R, H).
        """
        gates = torch.addmm(gates, side, self._side)
        gates += embedding_bag(tokens + self._table_starts, self._table, mode="sum")
        after: list[Tensor] = []
        for layer, before in enumerate(state):
            if layer:
                gates = self._from_below[layer - 1](after[-1])
            after.append(_gru(gates, self._from_state[layer](before), before))
        return after

    def draw(
        self,
        hidden: Tensor,
        conditioned: Conditioned,
        choose: Callable[[int, Tensor], Tensor],
        pulse: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        """Draw one event a row, head by head; choose(k, logits (R, size)) returns tokens (R,).

        pulse: rows (R, PULSE_SIZE) and landing table (LANDING_SIZE, shifts), None = not known.
        Returns tokens (R, 4).
        """
        product = self._from_hidden(hidden)
        inner = product[:, : self._inner].add_(conditioned.heads)
        fields: list[Tensor] = []
        for k, (weight, bias) in enumerate(self._outs):
            if fields:
                inner = inner[:, self._widths[k - 1] :]
                inner += self._given[k - 1][fields[-1]]
            logits = torch.addmm(bias, _gelu(inner[:, : self._widths[k]]), weight)
            if k == 0 and pulse is not None:
                rows, table = pulse
                logits.addmm_(turned(product[:, -LANDING_SIZE:], rows), table)
            fields.append(choose(k, logits))
        return torch.stack(fields, dim=-1)


def _weights(embeddings: nn.ModuleList) -> list[Tensor]:
    """Return the tables (tokens, width) of a list of embeddings."""
    return [cast(nn.Embedding, embedding).weight for embedding in embeddings]


def _gelu(values: Tensor) -> Tensor:
    """Return the GELU of sqrt(2) times the values, over sqrt(2)."""
    return torch.addcmul(values, values, values.erf())


def _gru(gates: Tensor, own: Tensor, before: Tensor) -> Tensor:
    """Return the new state of one GRU layer: gates from the input and from the state, (R, 3 H)."""
    width = before.shape[1]
    both = (gates[:, : 2 * width] + own[:, : 2 * width]).sigmoid_()
    new = torch.addcmul(gates[:, 2 * width :], both[:, :width], own[:, 2 * width :]).tanh_()
    return torch.lerp(new, before, both[:, width:])
