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
from torch.nn.functional import gelu

from skills.music.generator.model import EventGru


@dataclass(frozen=True, slots=True)
class Conditioned:
    """What a condition adds, once per draw: R rows."""

    gates: Tensor
    """(R, 3 H) to the first layer's input gates, biases included."""
    heads: Tensor
    """(R, sum of the heads' inner widths), biases included."""


class Stepper:
    """The playing form of a network; H hidden units, R rows (candidates, told and untold)."""

    def __init__(self, network: EventGru, half: bool | None = None) -> None:
        """Rearrange the weights; half: multiply in bfloat16, None = where the processor can."""
        self.half = _has_bfloat16() if half is None else half
        self.layers = network.shape.layers
        self._network = network
        with torch.inference_mode():
            self._fold_inputs(network)
            self._fold_heads(network)
            gru = network.gru
            self._hidden_weights = [
                self._big(getattr(gru, f"weight_hh_l{k}")) for k in range(self.layers)
            ]
            self._hidden_biases = [
                getattr(gru, f"bias_hh_l{k}").detach() for k in range(self.layers)
            ]
            self._input_weights = [
                self._big(getattr(gru, f"weight_ih_l{k}")) for k in range(1, self.layers)
            ]
            self._input_biases = [
                getattr(gru, f"bias_ih_l{k}").detach() for k in range(1, self.layers)
            ]

    def _big(self, weight: Tensor) -> Tensor:
        weight = weight.detach()
        return weight.to(torch.bfloat16) if self.half else weight

    def _times(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return x @ weight.T in single precision."""
        if self.half:
            return (x.to(torch.bfloat16) @ weight.t()).to(torch.float32)
        return x @ weight.t()

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
        self._tables = [table.contiguous() for table in tables]
        self._memory = (parts[5] @ network.memory.weight).contiguous()  # (3 H, 36)
        self._condition_gates = parts[6].contiguous()
        into_memory = network.read.weight[:, -sum(sizes[5:]) : -sizes[6]]  # (H, heard)
        bias = network.read.bias + into_memory @ network.memory.bias
        self._gate_bias = into_gates @ bias + cast(Tensor, gru.bias_ih_l0)

    def _fold_heads(self, network: EventGru) -> None:
        hidden, condition = network.shape.hidden, network.shape.condition
        firsts = [cast(nn.Linear, cast(nn.Sequential, head)[0]) for head in network.heads]
        self._widths = [first.out_features for first in firsts]
        self._head_hidden = self._big(torch.cat([f.weight[:, :hidden] for f in firsts]))
        self._head_condition = torch.cat([f.weight[:, hidden : hidden + condition] for f in firsts])
        self._head_bias = torch.cat([f.bias for f in firsts])
        self._head_tables: list[list[Tensor]] = []
        """[k][j]: what token j < k adds to head k before its GELU, (tokens, width)."""
        for first in firsts:
            given, tables = first.weight[:, hidden + condition :], []
            for table in _weights(network.embed):
                width = int(table.shape[1])
                if given.shape[1] < width:
                    break
                tables.append((table @ given[:, :width].t()).contiguous())
                given = given[:, width:]
            self._head_tables.append(tables)
        lasts = [cast(nn.Linear, cast(nn.Sequential, head)[2]) for head in network.heads]
        self._outs = [(last.weight, last.bias) for last in lasts]

    @torch.inference_mode()
    def condition(self, features: Tensor, said: Tensor, style: Tensor) -> Conditioned:
        """Return what a condition adds: (R, F) z-scored features, (R, F) said, (R,) style index."""
        vector = self._network.conditions(features, said, style)
        return Conditioned(
            gates=vector @ self._condition_gates.t() + self._gate_bias,
            heads=vector @ self._head_condition.t() + self._head_bias,
        )

    def read(
        self, state: list[Tensor], memory: Tensor, tokens: Tensor, conditioned: Conditioned
    ) -> list[Tensor]:
        """Read one event a row.

        state: per layer (R, H); memory: (R, 36) with the event in it; tokens: (R, 4). Returns the
        new state, per layer (R, H).
        """
        gates = conditioned.gates + memory @ self._memory.t()
        for k, table in enumerate(self._tables):
            gates = gates + table[tokens[:, k]]
        after: list[Tensor] = []
        for layer, before in enumerate(state):
            if layer:
                product = self._times(after[-1], self._input_weights[layer - 1])
                gates = product + self._input_biases[layer - 1]
            own = self._times(before, self._hidden_weights[layer]) + self._hidden_biases[layer]
            after.append(_gru(gates, own, before))
        return after

    def draw(
        self, hidden: Tensor, conditioned: Conditioned, choose: Callable[[int, Tensor], Tensor]
    ) -> Tensor:
        """Draw one event a row, head by head; choose(k, logits (R, size)) returns tokens (R,)."""
        inner = self._times(hidden, self._head_hidden) + conditioned.heads
        fields: list[Tensor] = []
        for k, own in enumerate(torch.split(inner, self._widths, dim=1)):
            for token, table in zip(fields, self._head_tables[k], strict=True):
                own = own + table[token]
            weight, bias = self._outs[k]
            fields.append(choose(k, torch.addmm(bias, gelu(own), weight.t())))
        return torch.stack(fields, dim=-1)


def _weights(embeddings: nn.ModuleList) -> list[Tensor]:
    """Return the tables (tokens, width) of a list of embeddings."""
    return [cast(nn.Embedding, embedding).weight for embedding in embeddings]


def _gru(gates: Tensor, own: Tensor, before: Tensor) -> Tensor:
    """Return the new state of one GRU layer: gates from the input and from the state, (R, 3 H)."""
    width = before.shape[1]
    reset, keep = torch.sigmoid(gates[:, : 2 * width] + own[:, : 2 * width]).chunk(2, dim=1)
    new = torch.tanh(torch.addcmul(gates[:, 2 * width :], reset, own[:, 2 * width :]))
    return torch.lerp(new, before, keep)


def _has_bfloat16() -> bool:
    """Tell whether the processor multiplies bfloat16 itself; elsewhere it would be slower."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
