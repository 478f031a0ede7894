"""What the critic is taught on: traits of what came next in songs and of what the model drew there.

Each cut is drawn after with its own number as seed, so that it does not matter how many processes
share the work: the same model, songs and seed give the same pairs to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import count as numbers
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.progress import track

from skills.music.generator import gate
from skills.music.generator.engine import LAST_ONSET_S, Generator, cut, parts
from skills.music.generator.gate import Weights
from skills.music.notes import Phrase
from skills.music.request import Request
from skills.music.training.corpora import CORPORA
from skills.music.training.cuts import Cut, cuts
from skills.music.training.prepare import MusicSet

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CANDIDATES = 16
"""Drawn after each cut; all of them weigh as much as the one truth."""
SECONDS = 5.0
MILDER = Weights(key=3.0, copy=24.0, chance=0.6)
"""The gate whose choice is taught against. The real one asks for more key and leaves less to
chance: what the critic undoes of the key then stays within bounds."""
SHARES = {
    "chopin_first_editions": 0.4,
    "openewld": 0.6,
    "openhymnal": 0.9,
    "line": 0.4,
    "chords": 0.6,
}
"""Cuts of a small corpus, or of a texture, against those of a large corpus."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Traits of (phrase, answer) pairs."""

    human: FloatArray
    """(n, names): one row a case, a case being one part of one cut."""
    drawn: FloatArray
    """(m, names)."""
    case: IntArray
    """(m,): the row of ``human`` that came next instead."""
    merit: FloatArray
    """(m,): what the gate gives each drawn answer beside the critic's odds."""

    def of(self, kept: npt.NDArray[np.bool_]) -> Pairs:
        """Return the cases (n,) that are kept."""
        number = np.cumsum(kept) - 1
        mine = kept[self.case]
        return Pairs(self.human[kept], self.drawn[mine], number[self.case[mine]], self.merit[mine])


def places(
    music: MusicSet, textures: Mapping[str, MusicSet], count: int, seed: int, split: str
) -> list[Cut]:
    """Return cuts of every corpus and texture; count: cuts of a large corpus."""
    kinds: list[tuple[MusicSet, str, str | None]] = [(music, c.name, c.name) for c in CORPORA]
    kinds += [(textures[name], name, None) for name in SHARES if name in textures]
    return [
        pair
        for own, name, corpus in kinds
        for _, pair in cuts(own, split, corpus, round(count * SHARES.get(name, 1.0)), seed)
    ]


def pairs_of(generator: Generator, phrase: Phrase, truth: Phrase, seed: int) -> Pairs | None:
    """Return the traits of what came next and of what is drawn, at the end of each part."""
    start = generator.start(phrase, Request(seconds=SECONDS, seed=seed))
    reference = start.standard.reference
    wholes = generator.drafts(start, seed, CANDIDATES)
    human, drawn, case, merit = [], [], [], []
    ends_s = parts(SECONDS)
    for end_s in ends_s:
        last = end_s == ends_s[-1]
        true = cut(truth.to_array(), end_s)
        standard = replace(start.standard, end_s=end_s, critic=None, weights=MILDER)
        answers = [cut(notes, end_s, LAST_ONSET_S if last else 0.0) for notes in wholes]
        judged = gate.judge(answers, standard, np.random.default_rng(seed), whole=last)
        alive = [j for j in judged if np.isfinite(j.score)]
        if reference is None or not len(true) or not alive:
            continue
        human.append(reference.compare(true))
        drawn += [reference.compare(answer.notes) for answer in alive]
        merit += [answer.report["score"] for answer in alive]
        case += [len(human) - 1] * len(alive)
    if not human:
        return None
    return Pairs(np.stack(human), np.stack(drawn), np.array(case), np.array(merit))


def gather(model: Path, found: Sequence[Cut], workers: int = 1) -> Pairs:
    """Draw after cuts with a model folder's network; one process more for each worker over one."""
    jobs = list(zip(found, numbers(), strict=False))
    if workers == 1:
        rows = list(_drawn(Generator.load(model), track(jobs, description="Drawing")))
    else:
        shares = [jobs[place::workers] for place in range(workers)]
        with ProcessPoolExecutor(workers) as pool:
            parted = list(pool.map(partial(_share, model), shares))
        rows = [parted[number % workers][number // workers] for number in range(len(jobs))]
    return joined([row for row in rows if row is not None])


def _share(model: Path, jobs: Sequence[tuple[Cut, int]]) -> list[Pairs | None]:
    return list(_drawn(Generator.load(model), jobs))


def _drawn(generator: Generator, jobs: Iterable[tuple[Cut, int]]) -> Iterable[Pairs | None]:
    return (pairs_of(generator, phrase, truth, number) for (phrase, truth), number in jobs)


def joined(rows: Sequence[Pairs]) -> Pairs:
    """Return the pairs of many cuts as one."""
    firsts = np.cumsum([0] + [len(row.human) for row in rows[:-1]])
    return Pairs(
        np.concatenate([row.human for row in rows]),
        np.concatenate([row.drawn for row in rows]),
        np.concatenate([row.case + first for row, first in zip(rows, firsts, strict=True)]),
        np.concatenate([row.merit for row in rows]),
    )
