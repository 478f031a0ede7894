"""From a shipped `am/final.mdl` back to a network that can be trained further.

Kaldi's file holds plain affine layers: normalisation was folded into them. It is taken out again
here with statistics of the training features, so that further training starts from the very same
scores and yet has its batch normalisation. A model that looks at other frames is moved first.
`python -m speech.warm_start --model DIR --work DIR`
writes WORK/network_start.safetensors for `speech.train --start`.
"""

from __future__ import annotations

import argparse
import re
import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from speech.chunks import WIDTH, Corpus
from speech.network import BATCH_NORM_EPS, SPLICES, SUBSAMPLING, Layer, TimeDelayNetwork, joined

SAMPLE_CHUNKS = 256
"""Chunks of 1.5 s that the statistics are taken from."""
MOST_MOVED = 3
"""Frames."""
Numbers = npt.NDArray[np.float32]
_LINE = re.compile(r"component-node name=(\S+) component=\S+ input=(.+)")
_OFFSET = re.compile(r"Offset\([^,]+, (-?\d+)\)")


class ModelFileError(Exception):
    """The file is no acoustic model of the kind that `speech.kaldi` writes."""


class _Reader:
    """Walks through Kaldi's binary tokens and numbers."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def skip_to(self, token: str) -> None:
        """Goes behind the next such token."""
        wanted = token.encode() + b" "
        found = self._data.find(wanted, self._at)
        if found < 0:
            raise ModelFileError(f"{token} is missing")
        self._at = found + len(wanted)

    def text_until(self, end: bytes) -> str:
        """The text up to these bytes, and goes behind them."""
        found = self._data.index(end, self._at)
        text = self._data[self._at : found].decode("ascii")
        self._at = found + len(end)
        return text

    def matrix(self) -> Numbers:
        """A compressed matrix of two bytes a number, or a plain one of floats."""
        kind = self.text_until(b" ")
        if kind == "CM2":
            low, span, rows, columns = self._unpack("<ffii")
            steps = self._array("<u2", rows * columns).astype(np.float64)
            values: Numbers = (low + span * steps / 65535).astype(np.float32)
            return values.reshape(rows, columns)
        if kind == "FM":
            rows, columns = self._size(), self._size()
            return self._array("<f4", rows * columns).reshape(rows, columns)
        raise ModelFileError(f"matrices of kind {kind!r} are not read")

    def vector(self) -> Numbers:
        """A vector of floats."""
        if self.text_until(b" ") != "FV":
            raise ModelFileError("a vector of floats is missing")
        return self._array("<f4", self._size())

    def _size(self) -> int:
        return int(self._unpack("<bi")[1])

    def _unpack(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return values

    def _array(self, kind: str, count: int) -> Numbers:
        values = np.frombuffer(self._data, kind, int(count), self._at)
        self._at += values.nbytes
        return values


def read_layers(data: bytes) -> list[Layer]:
    """The affine layers of an `am/final.mdl`.

    Raises:
        ModelFileError: it is another kind of network.
    """
    if not data.startswith(b"\0B"):
        raise ModelFileError("it is not in Kaldi's binary form")
    reader = _Reader(data)
    try:
        reader.skip_to("</TransitionModel>")
        reader.skip_to("<Nnet3>")
        lines = reader.text_until(b"\n\n").strip().splitlines()
        nodes = [found.groups() for found in map(_LINE.match, lines) if found]
        affine = [(name, source) for name, source in nodes if name.endswith(".affine")]
        layers = [_read_layer(reader, name, source, nodes) for name, source in affine]
    except (struct.error, ValueError) as error:
        raise ModelFileError("it breaks off") from error
    if len(layers) != len(SPLICES) + 1 or len(layers[0].splice) != len(SPLICES[0]):
        raise ModelFileError("it has other layers than this network")
    return layers


def moved(layers: Sequence[Layer]) -> list[Layer]:
    """The same network looking at the frames of SPLICES: where it looked elsewhere, training has
    to mend it.

    What a layer made of one frame it makes of the nearest, if that is no more than MOST_MOVED
    away; what it made of others is lost, and new frames begin without weight.
    """
    return [_moved(layer, to) for layer, to in zip(layers, (*SPLICES, (0,)), strict=True)]


def _moved(layer: Layer, splice: tuple[int, ...]) -> Layer:
    size = layer.weights.shape[1] // len(layer.splice)
    weights = np.zeros((len(layer.weights), size * len(splice)), np.float32)
    pairs = sorted((abs(old - new), -new, old) for old in layer.splice for new in splice)
    left = set(layer.splice)
    for distance, minus_new, old in pairs:
        to = slice(splice.index(-minus_new) * size, (splice.index(-minus_new) + 1) * size)
        if old in left and distance <= MOST_MOVED and not weights[:, to].any():
            at = layer.splice.index(old) * size
            weights[:, to] = layer.weights[:, at : at + size]
            left.discard(old)
    return replace(layer, splice=splice, weights=weights)


def _read_layer(reader: _Reader, name: str, source: str, nodes: Sequence[tuple[str, ...]]) -> Layer:
    offsets = [int(step) for step in _OFFSET.findall(source)]
    splice = tuple(sorted([*offsets, 0]))
    reader.skip_to(name)
    reader.skip_to("<LinearParams>")
    weights = reader.matrix()
    reader.skip_to("<BiasParams>")
    bias = reader.vector()
    return Layer(splice, weights, bias, any(after == name for _, after in nodes))


def unfolded(layers: Sequence[Layer], frames: Numbers) -> TimeDelayNetwork:
    """The network whose folding gives these layers.

    Args:
        layers: as from read_layers.
        frames: (batch, WIDTH, COEFFICIENTS) raw MFCC that normalisation is estimated on.
    """
    network = TimeDelayNetwork(width=len(layers[0].bias)).eval()
    flat = frames.reshape(-1, frames.shape[-1])
    network.mean.copy_(torch.tensor(flat.mean(axis=0)))
    network.spread.copy_(torch.tensor(flat.std(axis=0)))
    scale, shift = network.spread.clone(), network.mean.clone()
    x = network.first_windows(torch.tensor(frames))
    with torch.no_grad():
        for index, layer in enumerate(layers[:-1]):
            affine, norm = network.affine[index], network.norm[index]
            _fill(affine, layer, scale, shift)
            if index:
                x = joined(x, [offset // SUBSAMPLING for offset in layer.splice])
            x = torch.relu(affine(x))
            rows = x.flatten(0, 1)
            norm.running_mean.copy_(rows.mean(dim=0))  # type: ignore[operator]
            norm.running_var.copy_(rows.var(dim=0))  # type: ignore[operator]
            shift = rows.mean(dim=0)
            scale = torch.sqrt(rows.var(dim=0) + BATCH_NORM_EPS)
            x = norm(rows).view_as(x)
        _fill(network.output, layers[-1], scale, shift)
    return network


def _fill(affine: torch.nn.Module, layer: Layer, scale: torch.Tensor, shift: torch.Tensor) -> None:
    """Takes a normalisation (x - shift) / scale of the inputs out of a layer."""
    assert isinstance(affine, torch.nn.Linear)
    times = len(layer.splice)
    weights = torch.tensor(layer.weights)
    affine.weight.copy_(weights * scale.repeat(times))
    affine.bias.copy_(torch.tensor(layer.bias) + weights @ shift.repeat(times))


def some_chunks(corpus: Corpus, count: int, seed: int) -> Numbers:
    """Random stretches of the training features, (count, WIDTH, COEFFICIENTS)."""
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, len(corpus.frames) - WIDTH, count)
    return np.stack([corpus.frames[at : at + WIDTH] for at in starts]).astype(np.float32)


def main() -> None:
    """Writes the network that a shipped model was made of."""
    from speech.train import class_shares, save_network

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    choice = parser.parse_args()
    corpus = Corpus.load(choice.work / "features")
    layers = read_layers((choice.model / "am" / "final.mdl").read_bytes())
    network = unfolded(moved(layers), some_chunks(corpus, SAMPLE_CHUNKS, seed=5))
    target = choice.work / "network_start.safetensors"
    save_network(network, class_shares(corpus), True, target)
    print(f"{target}: {sum(p.numel() for p in network.parameters())} weights")


if __name__ == "__main__":
    main()
