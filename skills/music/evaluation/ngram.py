"""A strong n-gram over the same tokens as the network: what counting alone can do.

Each field of an event has its own model with contexts of falling length (absolute discounting with
interpolation, after Ney, Essen and Kneser 1994). Pitch is predicted as an interval from the note
before, so what was learned in one key holds in all; the longer contexts mix the shift (whether it
is a chord) into the intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skills.music.generator.codec import PITCHES, SIZES

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

DISCOUNT = 0.75
ORDERS = (0, 1, 2, 3, 4)
"""Events of context; each order falls back on the one before."""
INTERVALS = 2 * PITCHES - 1
_PRIME = np.int64(1_000_003)


@dataclass(frozen=True, slots=True)
class Counts:
    """What followed each context of one order."""

    contexts: IntArray
    """Hashes, ascending."""
    totals: FloatArray
    kinds: FloatArray
    """How many different tokens followed."""
    pairs: IntArray
    """Hashes of (context, token), ascending."""
    pair_counts: FloatArray


def _look_up(keys: IntArray, table: IntArray, values: FloatArray) -> FloatArray:
    place = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    return np.where(table[place] == keys, values[place], 0.0)


def _pair(context: IntArray, token: IntArray) -> IntArray:
    with np.errstate(over="ignore"):
        return (context * _PRIME) ^ (token + 17) * np.int64(0x9E3779B97F4A7)


class FieldModel:
    """Probabilities of one field's tokens after hashed contexts."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.orders: list[Counts] = []

    def learn(self, contexts: Sequence[IntArray], tokens: IntArray) -> None:
        """Count tokens (n,) after contexts, one array (n,) of hashes an order, shortest first."""
        for context in contexts:
            pairs, pair_counts = np.unique(_pair(context, tokens), return_counts=True)
            keys, totals = np.unique(context, return_counts=True)
            first = np.unique(_pair(context, tokens), return_index=True)[1]
            different, kinds = np.unique(context[first], return_counts=True)
            assert (different == keys).all()
            self.orders.append(
                Counts(
                    keys,
                    totals.astype(np.float64),
                    kinds.astype(np.float64),
                    pairs,
                    pair_counts.astype(np.float64),
                )
            )

    def probabilities(self, contexts: Sequence[IntArray], tokens: IntArray) -> FloatArray:
        """Return the probability of each token after its contexts, both of one shape."""
        result = np.full(tokens.shape, 1.0 / self.size)
        for counts, context in zip(self.orders, contexts, strict=True):
            total = _look_up(context, counts.contexts, counts.totals)
            kinds = _look_up(context, counts.contexts, counts.kinds)
            count = _look_up(_pair(context, tokens), counts.pairs, counts.pair_counts)
            seen = total > 0
            safe = np.where(seen, total, 1.0)
            mixed = (np.maximum(count - DISCOUNT, 0.0) + DISCOUNT * kinds * result) / safe
            result = np.where(seen, mixed, result)
        return result


def _contexts(fields: Sequence[IntArray], own: Sequence[IntArray]) -> list[IntArray]:
    """Return hashed contexts of every order: own = what is known of this event already."""
    count = len(fields[0])
    key = np.zeros(count, dtype=np.int64)
    for value in own:
        key = _pair(key, value)
    contexts = [key]
    for back in ORDERS[1:]:
        for field in fields:
            earlier = np.full(count, -1, dtype=np.int64)
            earlier[back:] = field[:-back] if back < count else earlier[back:]
            key = _pair(key, earlier)
        contexts.append(key)
    return contexts


class NGram:
    """The four fields together."""

    def __init__(self) -> None:
        self.fields = [FieldModel(size) for size in (SIZES[0], INTERVALS, SIZES[2], SIZES[3] + 1)]

    @staticmethod
    def _views(tokens: IntArray) -> list[tuple[IntArray, list[IntArray]]]:
        """Return (targets, contexts by order) of every field of one piece (n, 4)."""
        shift, pitch, duration, velocity = tokens.T
        interval = np.diff(pitch, prepend=pitch[0]) + PITCHES - 1
        chord = (shift <= 3).astype(np.int64)
        return [
            (shift, _contexts([shift], [])),
            (interval, _contexts([interval, chord], [chord])),
            (duration, _contexts([duration, shift], [np.minimum(shift, 60)])),
            (velocity, _contexts([velocity], [])),
        ]

    def learn(self, pieces: Sequence[IntArray]) -> None:
        """Count pieces, each (n, 4) tokens."""
        views = [self._views(tokens) for tokens in pieces if len(tokens) > 1]
        for k, model in enumerate(self.fields):
            targets = np.concatenate([view[k][0] for view in views])
            contexts = [
                np.concatenate([view[k][1][order] for view in views])
                for order in range(len(ORDERS))
            ]
            model.learn(contexts, targets)

    def score(self, tokens: IntArray) -> FloatArray:
        """Return nats (n - 1, 4) of each field of each event after the first."""
        rows = [
            -np.log(model.probabilities(contexts, targets))
            for model, (targets, contexts) in zip(self.fields, self._views(tokens), strict=True)
        ]
        return np.stack(rows, axis=1)[1:]

    def guess_pitch(self, tokens: IntArray, most: int = 400) -> FloatArray:
        """Return 1 where the likeliest pitch is the true one, for up to ``most`` events."""
        _, contexts = self._views(tokens)[1]
        events = np.arange(1, len(tokens))[:most]
        choices = np.arange(PITCHES, dtype=np.int64)
        before = tokens[events - 1, 1]
        intervals = choices[None] - before[:, None] + PITCHES - 1  # (events, pitches)
        spread = [np.repeat(order[events][:, None], PITCHES, axis=1) for order in contexts]
        odds = self.fields[1].probabilities(spread, intervals)
        right: FloatArray = (odds.argmax(axis=1) == tokens[events, 1]).astype(np.float64)
        return right
