"""Products with fixed weights, as quick as the processor at hand allows.

Reading weights is most of the time of a step. Processors with vector instructions for bytes (VNNI)
read them as 8-bit numbers, one scale a row, and round what is multiplied to 8 bits as well: three
times as quick as bfloat16 here. Elsewhere bfloat16 is used where the processor multiplies it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from enum import Enum

import torch
from torch import Tensor

Product = Callable[[Tensor], Tensor]
"""(R, in) to (R, out) in single precision: x @ weight.T + bias."""
LARGEST_BYTE = 127


class Precision(Enum):
    """What weights are kept as while playing."""

    BYTES = "int8"
    HALF = "bfloat16"
    SINGLE = "float32"


def quickest() -> Precision:
    """Return the quickest precision of this processor."""
    if torch.cpu._is_vnni_supported() and "x86" in torch.backends.quantized.supported_engines:
        return Precision.BYTES
    if torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported():
        return Precision.HALF
    return Precision.SINGLE


def product(weight: Tensor, bias: Tensor, precision: Precision) -> Product:
    """Return the product with a weight (out, in) and a bias (out,), prepared once."""
    weight, bias = weight.detach(), bias.detach().clone()
    if precision is Precision.BYTES:
        return _bytes_product(weight, bias)
    if precision is Precision.HALF:
        half = weight.to(torch.bfloat16).t()
        return lambda x: (x.to(torch.bfloat16) @ half).to(torch.float32) + bias
    turned = weight.t().contiguous()  # one row times a weight is four times as quick this way
    return lambda x: torch.addmm(bias, x, turned)


def _bytes_product(weight: Tensor, bias: Tensor) -> Product:
    scales = weight.abs().amax(dim=1).clamp(min=1e-8) / LARGEST_BYTE
    zeros = torch.zeros(len(weight), dtype=torch.long)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch is moving these functions elsewhere
        packed = torch.ops.quantized.linear_prepack(
            torch.quantize_per_channel(weight.contiguous(), scales, zeros, 0, torch.qint8), bias
        )
    linear = torch.ops.quantized.linear_dynamic.default
    return lambda x: linear(x, packed)
