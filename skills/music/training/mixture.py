"""Training batches of the songs as they stand and of their textures, in given shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from skills.music.training.batches import Batch, Windows, stacked
from skills.music.training.prepare import MusicSet
from skills.music.training.scale import Scale
from skills.music.training.textures import SHARES


class Mixture:
    """Draws batches from several kinds of windows in given shares; all use one chance."""

    @staticmethod
    def of(
        music: MusicSet,
        textures: Mapping[str, MusicSet],
        scale: Scale,
        events: int,
        rng: np.random.Generator,
    ) -> Mixture:
        """Mix the training songs and their textures, by name in ``textures.SHARES``."""
        there = {name: own for name, own in textures.items() if len(own.corpus)}
        shares = [SHARES[name] for name in there]
        sets = [music, *there.values()]
        kinds = [Windows(own, "train", scale, events, rng) for own in sets]
        return Mixture(kinds, [1 - sum(shares), *shares])

    def __init__(self, kinds: Sequence[Windows], shares: Sequence[float]) -> None:
        self.kinds, self.shares = kinds, np.array(shares) / np.sum(shares)

    def batch(self, size: int) -> Batch:
        """Draw a batch, varied as in training."""
        counts = self.kinds[0].rng.multinomial(size, self.shares)
        pairs = zip(self.kinds, counts, strict=True)
        return stacked([row for kind, count in pairs for row in kind.rows(int(count))])

    def use(self, rng: np.random.Generator) -> None:
        """Let another chance draw."""
        for kind in self.kinds:
            kind.rng = rng
