"""Answers to measure: held-out songs are cut, and the generator goes on from each cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from skills.music.evaluation.baselines import markov, repeat
from skills.music.evaluation.cases import Case
from skills.music.generator.engine import Generator
from skills.music.notes import Phrase
from skills.music.request import Request
from skills.music.training.cuts import cuts
from skills.music.training.prepare import MusicSet

SECONDS = 5.0
Cuts = list[tuple[str, tuple[Phrase, Phrase]]]
Say = Callable[[str], None]


def held_out(music: MusicSet, corpora: Sequence[str], count: int, seed: int, split: str) -> Cuts:
    """Return up to ``count`` cuts (corpus, (phrase, what came next)) of each corpus."""
    return [
        (corpus, pair) for corpus in corpora for _, pair in cuts(music, split, corpus, count, seed)
    ]


def answered(
    generator: Generator, found: Cuts, mood: str | None = None, strength: float = 1.0
) -> list[Case]:
    """Return the generator's answers; the number of the cut is the seed."""
    cases = []
    for number, (corpus, (phrase, truth)) in enumerate(found):
        request = Request(seconds=SECONDS, seed=number, mood=mood, mood_strength=strength)
        answer = generator.generate(phrase, request)
        cases.append(
            Case(
                name=f"{corpus}-{number}",
                phrase=phrase.to_array(),
                answer=answer.phrase.to_array(),
                truth=truth.to_array(),
                seconds=SECONDS,
                mood=mood,
                corpus=corpus,
            )
        )
    return cases


def with_baselines(cases: Sequence[Case], seed: int = 0) -> dict[str, list[Case]]:
    """Return the cases beside the phrase again, a chain of its notes, and what really came."""
    chance = np.random.default_rng(seed)
    return {
        "encore": list(cases),
        "repeat": [replace(c, answer=repeat(c.phrase, c.seconds)) for c in cases],
        "markov": [replace(c, answer=markov(c.phrase, c.seconds, chance)) for c in cases],
        "human": [replace(c, answer=c.truth) for c in cases],
    }
