"""The honest gate: measures every candidate and lets one of N through.

It looks at what can be measured of a candidate beside the phrase and the wish: is it alive, would
a person have gone on like this (the critic), is it in the phrase's key and pulse, does it have the
wished texture and mood, does it only repeat. The score is in log-odds. Taking the best every
time would make all answers alike, which is heard too: a little chance is added, by the seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from skills.music.generator.consonance import harshness
from skills.music.generator.critic import Critic
from skills.music.generator.features import measure, pitch_classes
from skills.music.generator.traits import Reference

FloatArray = npt.NDArray[np.float64]

SHORTEST_NOTE_S = 0.05
LONGEST_SAME_PITCH_RUN = 8
COPY_ALLOWED = 0.2
"""Share of the answer that may be one run of melodic steps out of the phrase: of a dozen notes any
common step makes as much, and a gate that minds it leaves strange steps only."""
RATE_ALLOWED = 0.1
"""Octaves of onset rate that an answer may differ from its phrase for nothing."""
THIN_ALLOWED = 0.3
"""Octaves of onsets that an answer may have less than its phrase had in as much time: of what
really came next, one in ten is thinner."""
SILENCE_ALLOWED_S = 1.5
MOST_OFF = 3.0
HARSH_USUAL, HARSH_ENOUGH = 0.15, 0.35
"""Share of pairs sounding together that rub: in music at large; more than the second is no gain."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each figure counts, in log-odds a unit."""

    critic: float = 1.0
    key: float = 4.5
    """A cosine of 1 instead of 0."""
    rate: float = 2.0
    """An octave of onset rate."""
    thin: float = 3.0
    """Half as many onsets as there should be."""
    wish: float = 0.0
    """A standard deviation off every wished feature."""
    copy: float = 30.0
    """All of the answer instead of none."""
    silence: float = 1.0
    """A second."""
    harsh: float = 0.0
    """All that sounds together rubs instead of nothing; below 0: rubbing is wished for."""
    run: float = 0.2
    """A repeated note too many."""
    chance: float = 0.15
    """Scale of the Gumbel noise: 1 draws in proportion to the odds, 0 takes the best."""


@dataclass(frozen=True, slots=True)
class Standard:
    """What candidates are held against."""

    target: FloatArray
    """(features,) z-scored."""
    direction: FloatArray
    """(features,) 1 or -1: at least or at most the target is enough; 0: as near as can be."""
    importance: FloatArray
    """(features,) how much each feature counts; 0 = nothing was said about it."""
    mean: FloatArray
    deviation: FloatArray
    key_profile: FloatArray | None
    """(12,) unit vector of the phrase's or the asked key's pitch classes."""
    phrase: FloatArray
    """(n, 4) the phrase's notes; may be empty."""
    seconds: float
    """Of the whole answer."""
    end_s: float | None = None
    """Where the candidates end that are but its beginning; None: where it ends."""
    pace: float = 1.0
    """Onsets a second that the answer should have, against the phrase's."""
    reference: Reference | None = None
    """The phrase for the critic; None when there is no phrase to compare with."""
    critic: Critic | None = None
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True)
class Judged:
    """One candidate and its figures."""

    notes: FloatArray
    score: float
    report: dict[str, float]


def degenerate(notes: FloatArray) -> bool:
    """Tell whether nobody would call it music: empty, one pitch, a trill, or only flickers."""
    pitches = notes[:, 2]
    distinct = len(set(pitches.tolist()))
    if len(notes) < 2 or distinct < 2 or (len(notes) >= 8 and distinct == 2):
        return True
    return bool(((notes[:, 1] - notes[:, 0]) < SHORTEST_NOTE_S).mean() > 0.4)


def longest_run(pitches: FloatArray) -> int:
    """Return how many times in a row the same pitch comes at most."""
    best = run = 1
    for before, after in pairwise(pitches.tolist()):
        run = run + 1 if before == after else 1
        best = max(best, run)
    return best


def copied_share(phrase: FloatArray, notes: FloatArray) -> float:
    """Return how much of the notes is one run of melodic steps that stands in the phrase."""
    if len(notes) < 2 or len(phrase) < 2:
        return 0.0
    heard, longest = np.diff(phrase[:, 2]), 0
    runs = np.zeros(len(heard) + 1, dtype=np.int64)
    for step in np.diff(notes[:, 2]):
        runs[1:] = np.where(heard == step, runs[:-1] + 1, 0)
        longest = max(longest, int(runs.max()))
    return (longest + 1) / len(notes) if longest else 0.0


def longest_silence_s(notes: FloatArray, seconds: float) -> float:
    """Return the longest time in which no note sounds."""
    ends = np.maximum.accumulate(notes[:, 1])
    gaps = np.append(notes[1:, 0], seconds) - ends
    return float(max(notes[0, 0], gaps.max(initial=0.0)))


def _moments(notes: FloatArray) -> int:
    return len(np.unique(np.round(notes[:, 0] / 0.05)))


def onset_rate(notes: FloatArray) -> float:
    """Return moments a second at which notes begin, over the time from the first to the last."""
    return max(_moments(notes) / max(float(np.ptp(notes[:, 0])), 0.25), 1e-3)


def gap_rate(notes: FloatArray) -> float:
    """Return gaps between moments a second; unlike ``onset_rate`` it is the same for any length.

    Of few moments a count that includes both ends says too much: 2.5 s of hymn, a quarter.
    """
    gaps = max(_moments(notes) - 1, 0.5)
    return gaps / max(float(np.ptp(notes[:, 0])), 0.25)


def thinness(phrase: FloatArray, notes: FloatArray, seconds: float, pace: float = 1.0) -> float:
    """Return by how many octaves ``seconds`` of notes hold fewer onsets than at the phrase's pace.

    A long last note makes an answer thin, which the rate between its onsets does not show.
    """
    sounding = max(float(phrase[:, 1].max() - phrase[0, 0]), 0.25)
    expected = _moments(phrase) / sounding * pace * seconds
    return float(np.log2(max(expected, 1.0) / max(_moments(notes), 1)))


def _unit(vector: FloatArray) -> FloatArray:
    return vector / (np.linalg.norm(vector) + 1e-9)


def _off_target(notes: FloatArray, standard: Standard) -> float:
    """Return how far the notes are from what was wished, in standard deviations."""
    features = measure(notes) if standard.importance.any() else None
    if features is None:
        return 0.0
    z = (features - standard.mean) / standard.deviation
    short = (standard.target - z) * standard.direction
    # enough is enough, but further than a deviation beyond is too far
    one_sided = np.maximum(short, 0.0) + 0.5 * np.maximum(-short - 1.0, 0.0)
    off = np.where(standard.direction == 0, np.abs(z - standard.target), one_sided)
    return float(np.average(np.minimum(off, MOST_OFF), weights=standard.importance))


def _figures(notes: FloatArray, standard: Standard) -> dict[str, float]:
    """Measure one living candidate."""
    end_s = standard.end_s or standard.seconds
    key, rate, thin = 1.0, 0.0, 0.0
    if standard.key_profile is not None:
        key = float(_unit(pitch_classes(notes)) @ standard.key_profile)
    if len(standard.phrase) > 1:
        rate = abs(float(np.log2(gap_rate(notes) / gap_rate(standard.phrase) / standard.pace)))
        thin = thinness(standard.phrase, notes, end_s, standard.pace)
    harsh = harshness(notes) if standard.weights.harsh else None
    return {
        "off_target": _off_target(notes, standard),
        "key_fit": key,
        "rate_octaves": rate,
        "thin_octaves": thin,
        "harsh": HARSH_USUAL if harsh is None else harsh,
        "copied": copied_share(standard.phrase, notes) * end_s / standard.seconds,
        "silence_s": longest_silence_s(notes, end_s),
        "same_pitch": float(longest_run(notes[:, 2])),
    }


def _score(figures: dict[str, float], weights: Weights) -> float:
    return (
        weights.key * figures["key_fit"]
        - weights.rate * max(0.0, figures["rate_octaves"] - RATE_ALLOWED)
        - weights.thin * max(0.0, figures["thin_octaves"] - THIN_ALLOWED)
        - weights.wish * figures["off_target"]
        - weights.harsh * min(figures["harsh"], HARSH_ENOUGH)
        - weights.copy * max(0.0, figures["copied"] - COPY_ALLOWED)
        - weights.silence * max(0.0, figures["silence_s"] - SILENCE_ALLOWED_S)
        - weights.run * max(0.0, figures["same_pitch"] - LONGEST_SAME_PITCH_RUN)
    )


def judge(
    candidates: Sequence[FloatArray],
    standard: Standard,
    chance: np.random.Generator,
    whole: bool = True,
) -> list[Judged]:
    """Score candidates (n, 4), as they would be played and cut to length.

    whole: False for the beginning of an answer, which may yet come alive.
    """
    noise = standard.weights.chance * chance.gumbel(size=len(candidates))
    odds = np.zeros(len(candidates))
    heard = [k for k, notes in enumerate(candidates) if len(notes)]
    if standard.critic is not None and standard.reference is not None and heard:
        pairs = np.stack([standard.reference.compare(candidates[k]) for k in heard])
        odds[heard] = standard.critic.log_odds(pairs)
    judged = []
    for k, notes in enumerate(candidates):
        dead = degenerate(notes)
        report = {"notes": float(len(notes)), "degenerate": float(dead), "critic": float(odds[k])}
        if not len(notes) or (dead and whole):
            judged.append(Judged(notes, -np.inf, report))
            continue
        figures = _figures(notes, standard)
        score = _score(figures, standard.weights) + standard.weights.critic * float(odds[k])
        report |= figures | {"score": score}
        judged.append(Judged(notes, score + float(noise[k]), report))
    return judged


def best(judged: Sequence[Judged]) -> Judged | None:
    """Return the best candidate that is alive, None when there is none."""
    alive = [j for j in judged if np.isfinite(j.score)]
    return max(alive, key=lambda j: j.score) if alive else None
