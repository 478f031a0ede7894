"""Kaldi's binary files, written without Kaldi: am/final.mdl with 16-bit weights."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from speech.features import COEFFICIENTS
from speech.network import Layer
from speech.phones import PLACED, class_of

_STAY = 0.5


def _token(text: str) -> bytes:
    return text.encode() + b" "


def _int(value: int) -> bytes:
    return struct.pack("<bi", 4, value)


def _float(value: float) -> bytes:
    return struct.pack("<bf", 4, value)


def _ints(values: Sequence[int]) -> bytes:
    return struct.pack("<bi", 4, len(values)) + struct.pack(f"<{len(values)}i", *values)


def _vector(values: npt.NDArray[np.float32] | Sequence[float]) -> bytes:
    data = np.asarray(values, "<f4")
    return _token("FV") + _int(len(data)) + data.tobytes()


def _matrix(values: npt.NDArray[np.float32]) -> bytes:
    """Kaldi's CompressedMatrix of two bytes: least value, range, rows, columns, numbers."""
    low, span = float(values.min()), float(np.ptp(values)) or 1.0
    steps = np.round((values - low) / span * 65535).astype("<u2")
    return _token("CM2") + struct.pack("<ffii", low, span, *values.shape) + steps.tobytes()


def transition_model() -> bytes:
    """One emitting state for every placed phone, with a self-loop and a way on."""
    phones = list(range(1, len(PLACED) + 1))
    index = [-1, *([0] * len(phones))]
    emitting = _int(0) + _int(2) + _int(0) + _float(_STAY) + _int(1) + _float(1 - _STAY)
    final = _int(-1) + _int(0)
    topology = _ints(phones) + _ints(index) + _int(1) + _int(2) + emitting + final
    triples = b"".join(_int(p) + _int(0) + _int(class_of(PLACED[p - 1])) for p in phones)
    logs = [0.0, *[float(np.log(share)) for _ in phones for share in (_STAY, 1 - _STAY)]]
    parts = [_token("<TransitionModel>"), _token("<Topology>"), topology, _token("</Topology>")]
    parts += [_token("<Triples>"), _int(len(phones)), triples, _token("</Triples>")]
    parts += [_token("<LogProbs>"), _vector(logs), _token("</LogProbs>")]
    return b"".join([*parts, _token("</TransitionModel>")])


def _splice_text(source: str, splice: Sequence[int]) -> str:
    if list(splice) == [0]:
        return source
    parts = [source if step == 0 else f"Offset({source}, {step})" for step in splice]
    return f"Append({', '.join(parts)})"


def _statistics(size: int) -> bytes:
    """The dimension and (empty) statistics of a component without weights."""
    empty = _token("<ValueAvg>") + _vector([]) + _token("<DerivAvg>") + _vector([])
    return _token("<Dim>") + _int(size) + empty + _token("<Count>") + struct.pack("<bd", 8, 0.0)


def _affine(layer: Layer) -> bytes:
    parts = [_token("<AffineComponent>"), _token("<LearningRate>"), _float(0.001)]
    parts += [_token("<LinearParams>"), _matrix(layer.weights)]
    parts += [_token("<BiasParams>"), _vector(layer.bias)]
    return b"".join([*parts, _token("<IsGradient>"), b"F", _token("</AffineComponent>")])


def _plain(kind: str, size: int) -> bytes:
    return _token(f"<{kind}>") + _statistics(size) + _token(f"</{kind}>")


def nnet3(layers: Sequence[Layer], priors: Sequence[float] | None) -> bytes:
    """The network with its context and priors.

    Args:
        layers: as from folded_layers.
        priors: class shares of a frame-wise model, whose scores become log posteriors; None for a
            model trained by sequences, whose scores are used as they are.
    """
    lines, components, source = [f"input-node name=input dim={COEFFICIENTS}"], [], "input"
    for number, layer in enumerate(layers):
        name, inputs = f"l{number}.affine", _splice_text(source, layer.splice)
        lines.append(f"component-node name={name} component={name} input={inputs}")
        components.append((name, _affine(layer)))
        source = name
        if layer.rectified:
            source = f"l{number}.relu"
            lines.append(f"component-node name={source} component={source} input={name}")
            components.append((source, _plain("RectifiedLinearComponent", len(layer.bias))))
    if priors is not None:
        lines.append(f"component-node name=posterior component=posterior input={source}")
        components.append(("posterior", _plain("LogSoftmaxComponent", len(layers[-1].bias))))
        source = "posterior"
    lines.append(f"output-node name=output input={source} objective=linear")
    body = b"".join(_token("<ComponentName>") + _token(name) + data for name, data in components)
    left = -sum(layer.splice[0] for layer in layers)
    right = sum(layer.splice[-1] for layer in layers)
    head = _token("<Nnet3>") + b"\n" + "\n".join(lines).encode() + b"\n\n"
    context = _token("<LeftContext>") + _int(left) + _token("<RightContext>") + _int(right)
    tail = context + _token("<Priors>") + _vector(priors or [])
    count = _token("<NumComponents>") + _int(len(components))
    return head + count + body + _token("</Nnet3>") + tail


def acoustic_model(layers: Sequence[Layer], priors: Sequence[float] | None) -> bytes:
    """The whole am/final.mdl."""
    return b"\0B" + transition_model() + nnet3(layers, priors)
