"""What an ear notices when an answer is not from its phrase's hand: numbers for the critic.

Each trait is measured of the phrase and of the answer; the critic sees the answer's and how far
they lie from the phrase's, and a few that only the pair has (the seam, shared notes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skills.music.generator.features import key_fits, pitch_classes
from skills.music.generator.words import SHARED, Words, shared, words_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CHORD_S = 0.04
"""Notes that start within this time of the chord's first belong to it."""
SEAM_S = 1.5
"""How much on each side of the hand-over makes up the seam."""
DECIMALS = 3
"""Traits are told no finer than this: the noise of a float is nobody's hand."""
LOW, MIDDLE, HIGH = 48, 60, 72
INTERVAL_KINDS = np.array([0, 1, 1, 2, 2, 0, 1, 0, 2, 2, 1, 1] * 11)[:128]
"""By semitones: 1 rubs (seconds, sevenths, the tritone), 2 is a third or a sixth, 0 is neither."""

TIME = "onsets notes gap gap_mean gap_spread gap_same gap_kinds gap_longest".split()
TIME += "late_share gap_ratio".split()
LENGTH = "length length_spread sounding legato short overlap".split()
PITCH = "pitch pitch_spread top bottom low high reach low_rate".split()
LINE = "step repeats ups small leaps turns bass_step bass_repeats".split()
HARMONY = "classes entropy clarity mode third rub chord chords thirds".split()
LOUD = "loud loud_spread loud_change loud_slope loud_kinds".split()
DEGREES = [f"degree_{k}" for k in range(12)]
OWN_DEGREES = [f"own_degree_{k}" for k in range(12)]
TRAITS = (*TIME, *LENGTH, *PITCH, *LINE, *HARMONY, *LOUD, *DEGREES, *OWN_DEGREES, "own_third")
PAIR = (
    "first_gap",
    "seam_top",
    "seam_bottom",
    "seam_rate",
    "seam_loud",
    "key_fit",
    "foreign",
    "known_steps",
    "trigrams",
    "last_degree",
    "end_rest",
    *SHARED,
)
NAMES = (*TRAITS, *(f"d_{name}" for name in TRAITS), *PAIR)


@dataclass(frozen=True, slots=True)
class Outline:
    """A piece of music taken apart once."""

    notes: FloatArray
    """(n, 4) in order of onset."""
    group: IntArray
    """(n,) number of each note's chord."""
    moments: FloatArray
    """(chords,) onset of each chord."""
    top: FloatArray
    bottom: FloatArray
    """(chords,) highest and lowest pitch of each chord."""
    profile: FloatArray
    """(12,) seconds per pitch class."""
    words: Words
    """What it is made of."""


def outline(notes: FloatArray) -> Outline:
    """Take rows (start_s, end_s, pitch, velocity) apart; at least one row."""
    rows = notes[np.argsort(notes[:, 0], kind="stable")]
    group, reference, number = np.zeros(len(rows), dtype=np.int64), float(rows[0, 0]), 0
    for i, onset in enumerate(rows[:, 0].tolist()):
        if onset - reference > CHORD_S:
            number, reference = number + 1, onset
        group[i] = number
    first = np.searchsorted(group, np.arange(number + 1))
    moments = rows[first, 0]
    top = np.maximum.reduceat(rows[:, 2], first)
    bottom = np.minimum.reduceat(rows[:, 2], first)
    words = words_of(rows, group, first, moments)
    return Outline(rows, group, moments, top, bottom, pitch_classes(rows), words)


def _share(truth: npt.NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(truth)) / max(len(truth), 1)


def _time(o: Outline) -> list[float]:
    gaps = np.diff(o.moments)
    if not len(gaps):
        gaps = np.array([1.0])
    span = max(float(o.moments[-1] - o.moments[0]), 0.25)
    logs = np.log(np.maximum(gaps, 0.01))
    middle = float(np.median(logs))
    half = o.moments[0] + span / 2
    return [
        len(gaps) / span,
        len(o.notes) / span,
        middle,
        float(logs.mean()),
        float(logs.std()),
        _share(np.abs(np.diff(logs)) < 0.06),
        len(set(np.round(logs * 6).tolist())) / len(logs) ** 0.5,
        float(logs.max()) - middle,
        _share(o.moments > half),
        float(gaps.std() / max(float(gaps.mean()), 0.01)),
    ]


def _length(o: Outline) -> list[float]:
    lengths = o.notes[:, 1] - o.notes[:, 0]
    logs = np.log(np.maximum(lengths, 0.01))
    following = np.append(o.moments[1:], o.notes[:, 1].max())[o.group]
    held = lengths / np.maximum(following - o.notes[:, 0], 0.03)
    return [
        float(np.median(logs)),
        float(logs.std()),
        float(lengths.sum()) / max(float(o.notes[:, 1].max() - o.notes[0, 0]), 0.1),
        float(np.median(np.minimum(held, 6.0))),
        _share(held < 0.8),
        _share(held > 1.2),
    ]


def _pitch(o: Outline) -> list[float]:
    pitch = o.notes[:, 2]
    return [
        float(pitch.mean()),
        float(pitch.std()),
        float(o.top.mean()),
        float(o.bottom.mean()),
        _share(pitch < LOW),
        _share(pitch >= HIGH),
        float(pitch.max() - pitch.min()),
        np.count_nonzero(pitch < MIDDLE) / max(float(o.moments[-1] - o.moments[0]), 0.25),
    ]


def _line(o: Outline) -> list[float]:
    steps, bass = np.diff(o.top), np.diff(o.bottom)
    size = np.abs(steps)
    moved = steps[steps != 0]
    return [
        float(size.mean()) if len(size) else 0.0,
        _share(size == 0),
        _share(moved > 0),
        _share((size > 0) & (size <= 2)),
        _share(size > 7),
        _share(moved[1:] * moved[:-1] < 0),
        float(np.abs(bass).mean()) if len(bass) else 0.0,
        _share(bass == 0),
    ]


def _harmony(o: Outline, tonic: int) -> list[float]:
    weights = o.profile / max(float(o.profile.sum()), 1e-9)
    present = weights[weights > 0]
    major, minor = key_fits(o.profile)
    sizes = np.bincount(o.group)
    pitch = o.notes[:, 2].astype(np.int64)
    reaches = range(1, min(5, len(pitch)))
    between = [np.abs(pitch[k:] - pitch[:-k])[o.group[k:] == o.group[:-k]] for k in reaches]
    kinds = INTERVAL_KINDS[np.concatenate(between)] if between else np.zeros(0, np.int64)
    rub, thirds = np.count_nonzero(kinds == 1), np.count_nonzero(kinds == 2)
    pairs = len(kinds)
    third = weights[(tonic + 4) % 12] - weights[(tonic + 3) % 12]
    return [
        float((weights > 0.01).sum()),
        float(-(present * np.log2(present)).sum()),
        float(max(major.max(), minor.max())),
        float(major.max() - minor.max()),
        float(third),
        rub / max(pairs, 1),
        float(sizes.mean()),
        _share(sizes >= 3),
        thirds / max(pairs, 1),
    ]


def _loudness(o: Outline) -> list[float]:
    loud, onset = o.notes[:, 3], o.notes[:, 0] - o.notes[:, 0].mean()
    slope = float((onset * (loud - loud.mean())).sum() / max(float((onset**2).sum()), 1e-6))
    return [
        float(loud.mean()),
        float(loud.std()),
        float(np.abs(np.diff(loud)).mean()) if len(loud) > 1 else 0.0,
        slope,
        len(set(loud.tolist())) / len(loud) ** 0.5,
    ]


def tonic_of(o: Outline) -> int:
    """Return the tonic (0..11) that the profile fits best."""
    major, minor = key_fits(o.profile)
    return int(major.argmax() if major.max() >= minor.max() else minor.argmax())


def traits(o: Outline, tonic: int) -> FloatArray:
    """Return the vector of TRAITS; degrees count from the tonic, own ones from the music's."""
    share = o.profile / max(float(o.profile.sum()), 1e-9)
    own = np.roll(share, -tonic_of(o))
    return np.array(
        [
            *_time(o), *_length(o), *_pitch(o), *_line(o), *_harmony(o, tonic), *_loudness(o),
            *np.roll(share, -tonic).tolist(), *own.tolist(),
            (own[4] - own[3]) / (own[4] + own[3] + 1e-3),
        ]
    )  # fmt: skip


def _trigrams(o: Outline) -> list[bytes]:
    """Return each run of three melodic steps."""
    if len(o.top) < 4:
        return []
    steps = np.diff(o.top).astype(np.int8)
    return [steps[i : i + 3].tobytes() for i in range(len(steps) - 2)]


def pair_traits(phrase: Outline, answer: Outline, end_s: float, tonic: int) -> list[float]:
    """Return the numbers of PAIR; the phrase ends at end_s on its clock, the answer begins at 0."""
    late = phrase.moments > end_s - SEAM_S
    early = answer.moments < SEAM_S
    before_top = phrase.top[late] if late.any() else phrase.top[-1:]
    before_low = phrase.bottom[late] if late.any() else phrase.bottom[-1:]
    usual = float(np.median(np.diff(phrase.moments))) if len(phrase.moments) > 1 else 0.5
    waited = float(answer.moments[0]) + end_s - float(phrase.moments[-1])
    norm = np.linalg.norm(phrase.profile) * np.linalg.norm(answer.profile)
    foreign = answer.profile[phrase.profile <= 0.0].sum() / max(float(answer.profile.sum()), 1e-9)
    steps, known = _trigrams(answer), set(_trigrams(phrase))
    return [
        waited / max(usual, 0.05),
        float(answer.top[0] - before_top[-1]),
        float(answer.bottom[0] - before_low[-1]),
        float(early.sum() - late.sum()),
        float(answer.notes[:8, 3].mean() - phrase.notes[-8:, 3].mean()),
        float(phrase.profile @ answer.profile / max(float(norm), 1e-9)),
        float(foreign),
        sum(s in known for s in steps) / max(len(steps), 1),
        len(set(steps)) / max(len(steps), 1),
        float((answer.top[-1] - tonic) % 12),
        float(np.median(np.diff(answer.moments)) if len(answer.moments) > 1 else 0.5) / usual,
        *shared(phrase.words, answer.words),
    ]


@dataclass(frozen=True, slots=True)
class Reference:
    """A phrase, measured once for all its candidates."""

    outline: Outline
    tonic: int
    traits: FloatArray
    end_s: float

    @staticmethod
    def of(notes: FloatArray, end_s: float) -> Reference:
        """Measure a phrase of at least one note."""
        taken = outline(notes)
        tonic = tonic_of(taken)
        return Reference(taken, tonic, traits(taken, tonic), end_s)

    def compare(self, answer: FloatArray) -> FloatArray:
        """Return the vector of NAMES for an answer (n, 4), n >= 1, that begins at 0."""
        taken = outline(answer)
        own = traits(taken, self.tonic)
        pair = pair_traits(self.outline, taken, self.end_s, self.tonic)
        return np.round(np.concatenate([own, own - self.traits, pair]), DECIMALS)
