"""Answers to measure: held-out songs are cut, and the generator goes on from each cut."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from skills.music.evaluation.baselines import markov, repeat
from skills.music.evaluation.cases import Case, FloatArray
from skills.music.generator.engine import Generator
from skills.music.midi_file import read_phrase, write_phrase
from skills.music.notes import Phrase
from skills.music.request import Request
from skills.music.training.cuts import cuts
from skills.music.training.prepare import MusicSet

SECONDS = 5.0
Cuts = list[tuple[str, tuple[Phrase, Phrase]]]


def held_out(music: MusicSet, corpora: Sequence[str], count: int, seed: int, split: str) -> Cuts:
    """Return up to ``count`` cuts (corpus, (phrase, what came next)) of each corpus."""
    return [
        (corpus, (as_file(phrase), as_file(truth)))
        for corpus in corpora
        for _, (phrase, truth) in cuts(music, split, corpus, count, seed)
    ]


def as_file(phrase: Phrase, program: int = 0, tempo_bpm: float | None = None) -> Phrase:
    """Return a phrase as a MIDI file holds it: everything that is compared has a file's clock.

    A classifier would tell times of full precision from times in ticks, which nobody hears.
    """
    if not phrase.notes:
        return phrase
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "phrase.mid"
        write_phrase(phrase, path, program, tempo_bpm)
        return read_phrase(path)


def answered(
    generator: Generator, found: Cuts, mood: str | None = None, strength: float = 1.0
) -> list[FloatArray]:
    """Return the generator's answers (n, 4); the number of the cut is the seed."""
    answers = []
    for number, (_, (phrase, _)) in enumerate(found):
        request = Request(seconds=SECONDS, seed=number, mood=mood, mood_strength=strength)
        answer = generator.generate(phrase, request)
        answers.append(as_file(answer.phrase, answer.program, answer.tempo_bpm).to_array())
    return answers


def cases_of(found: Cuts, answers: Sequence[FloatArray], mood: str | None = None) -> list[Case]:
    """Return answers beside their phrases and what really came next."""
    return [
        Case(
            name=f"{corpus}-{number}",
            phrase=phrase.to_array(),
            answer=answer,
            truth=truth.to_array(),
            seconds=SECONDS,
            mood=mood,
            corpus=corpus,
        )
        for number, ((corpus, (phrase, truth)), answer) in enumerate(
            zip(found, answers, strict=True)
        )
    ]


def with_baselines(cases: Sequence[Case], seed: int = 0) -> dict[str, list[Case]]:
    """Return the cases beside the phrase again, a chain of its notes, and what really came."""
    chance = np.random.default_rng(seed)
    return {
        "encore": list(cases),
        "repeat": [replace(c, answer=repeat(c.phrase, c.seconds)) for c in cases],
        "markov": [replace(c, answer=markov(c.phrase, c.seconds, chance)) for c in cases],
        "human": [replace(c, answer=c.truth) for c in cases],
    }
