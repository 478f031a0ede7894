"""The pulse of a phrase: tempo and where the beats fall, from the onsets alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from skills.music.notes import Phrase
from skills.music.theory.bars import find_bars
from skills.music.theory.metre import has_three
from skills.music.theory.written import is_kept

FloatArray = npt.NDArray[np.float64]

BEATS_A_BAR: Final = 4
"""Where nothing marks bars."""
SURE_BAR = 0.5
"""Bars with this confidence can be counted on."""
STEADY = 0.6
"""A pulse with this confidence can be counted on."""
MIN_ONSETS = 4
"""Fewer moments than this say nothing about a pulse."""
MIN_BPM, MAX_BPM, BPM_STEP = 40.0, 230.0, 0.005
"""Range and relative step of the tempos that are tried."""
USUAL_BPM, USUAL_SPREAD = 85.0, 0.35
"""Middle (beats a minute) and spread (natural logarithm) of the tempos that people mean."""
PRIOR_WEIGHT = 0.2
CHORD_S = 0.04
"""Notes within this many seconds are one moment."""
HEARD_S, MOST_NOTES = 60.0, 1000
"""Only the end of a phrase tells its pulse: at most this many seconds and notes."""
BASS_PITCH = 55
"""Notes below count twice: they fall on beats more often."""
MULTIPLES: Final = (0.25, 0.5, 1.0, 2.0, 3.0, 4.0)
MULTIPLE_WEIGHTS: Final = (0.2, 0.4, 1.0, 1.0, -0.7, 1.0)
"""How much regularity at that multiple of a tempo speaks for it: bars, half bars, beats and
binary divisions do; thirds speak for another one. Chosen on 602 8-s cuts of POP909 (training and
validation songs; docs/adr/0006)."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """A steady pulse."""

    bpm: float
    """Beats a minute."""
    beat_s: float
    """Seconds from one beat to the next."""
    first_beat_s: float
    """Seconds from the start of the phrase to the first beat, 0 <= first_beat_s < beat_s."""
    confidence: float
    """0..1: how far the onsets lie on the beats and their divisions."""
    beats_a_bar: int | None = None
    """3 or 4; None where nothing marks bars."""
    downbeat: int = 0
    """Which beat, counted from the one at first_beat_s, begins a bar."""
    bar_confidence: float = 0.0
    """0..1: how far the first beats of bars stand out; 0 without bars."""
    beats_hold: int = 2
    """Quavers in a beat: 3 in jigs and other compound metres."""

    @property
    def steady(self) -> bool:
        """Whether the pulse is sure enough to enter on."""
        return self.confidence >= STEADY

    @property
    def beats_counted(self) -> int:
        """Beats a bar: as marked where that is sure, else four, in compound metres two."""
        sure = self.beats_a_bar if self.bar_confidence >= SURE_BAR else None
        return sure or (BEATS_A_BAR if self.beats_hold == 2 else 2)

    @property
    def bar_s(self) -> float:
        """Seconds a bar."""
        return self.beats_counted * self.beat_s


def find_tempo(phrase: Phrase) -> Tempo | None:
    """Return the pulse of a phrase; None when there are too few moments to tell.

    What its file writes down counts where the notes lie on it. Else it is found as one whose beats
    halve; where they rather hold three, a beat is longer by half.
    """
    late = _late(phrase)
    if (told := _as_written(phrase, late)) is not None:
        return told
    pulse = pulse_in_two(late)
    if pulse is None:
        return None
    if has_three(late, pulse.beat_s) and (bpm := pulse.bpm * 2 / 3) >= MIN_BPM:
        times, weights = _moments(late)
        waves = np.abs(_coefficients(times, weights, np.array([bpm / 60.0])))
        confidence = max(pulse.confidence, float(waves[2:].max()))
        first_beat_s = _first_beat_s(times, weights, 60.0 / bpm, 3)
        pulse = Tempo(bpm, 60.0 / bpm, first_beat_s, confidence, beats_hold=3)
    return _with_bars(phrase, pulse)


def _as_written(phrase: Phrase, late: Phrase) -> Tempo | None:
    metre = phrase.written
    times, weights = _moments(late)
    if metre is None or len(times) < MIN_ONSETS or not is_kept(metre, times, weights):
        return None
    sure = 1.0 if metre.beats_a_bar else 0.0
    bpm = 60.0 / metre.beat_s
    return Tempo(bpm, metre.beat_s, 0.0, 1.0, metre.beats_a_bar, 0, sure, metre.beats_hold)


def pulse_in_two(phrase: Phrase) -> Tempo | None:
    """Return the pulse, without bars, as if beats could only halve; None with too few moments.

    Each tempo is scored by how regular the onsets are at its bar, beat and divisions (the size of
    the onsets' Fourier coefficient there), and by how usual it is.
    """
    times, weights = _moments(phrase)
    if len(times) < MIN_ONSETS:
        return None
    bpms = np.exp(np.arange(np.log(MIN_BPM), np.log(MAX_BPM), BPM_STEP))
    waves = np.abs(_coefficients(times, weights, bpms / 60.0))  # (multiples, bpms)
    regular = np.array(MULTIPLE_WEIGHTS) @ waves  # (bpms,)
    usual = -0.5 * (np.log(bpms / USUAL_BPM) / USUAL_SPREAD) ** 2
    best = int(np.argmax(np.log(np.maximum(regular, 1e-6)) + PRIOR_WEIGHT * usual))
    bpm = float(bpms[best])
    confidence = float(waves[2:, best].max(initial=0.0))
    return Tempo(bpm, 60.0 / bpm, _first_beat_s(times, weights, 60.0 / bpm), confidence)


def _with_bars(phrase: Phrase, pulse: Tempo) -> Tempo:
    if phrase.length_s > HEARD_S or len(phrase) > MOST_NOTES or not pulse.steady:
        return pulse
    bars = find_bars(phrase, pulse.beat_s, pulse.first_beat_s)
    if bars is None:
        return pulse
    sure = bars.lead / (1.0 + bars.lead)
    return replace(pulse, beats_a_bar=bars.beats_a_bar, downbeat=bars.downbeat, bar_confidence=sure)


def _late(phrase: Phrase) -> Phrase:
    """Return the last notes: only the end of a phrase tells its pulse."""
    if phrase.length_s <= HEARD_S and len(phrase) <= MOST_NOTES:
        return phrase
    since_s = phrase.notes[-1].onset_s - HEARD_S
    return Phrase(tuple(n for n in phrase.notes[-MOST_NOTES:] if n.onset_s >= since_s))


def _moments(phrase: Phrase) -> tuple[FloatArray, FloatArray]:
    """Return the times (seconds) and weights of the moments where notes start."""
    notes = phrase.notes
    if not notes:
        return np.zeros(0), np.zeros(0)
    onsets = np.array([n.onset_s for n in notes])
    loud = [
        n.velocity / 64 * min(n.duration_s, 1.0) ** 0.5 * (2 if n.pitch < BASS_PITCH else 1)
        for n in notes
    ]
    moment = np.cumsum(np.diff(onsets, prepend=onsets[0]) > CHORD_S)  # (notes,)
    weights = np.bincount(moment, weights=loud)
    times = np.bincount(moment, weights=loud * onsets) / weights
    return times, np.sqrt(weights)


def _coefficients(
    times: FloatArray, weights: FloatArray, frequencies_hz: FloatArray
) -> npt.NDArray[np.complex128]:
    """Return the onsets' Fourier coefficients, size 0..1, (MULTIPLES, frequencies).

    The turns at a multiple are powers of those at a quarter: one exponential serves all.
    """
    quarter = np.exp(0.5j * np.pi * np.multiply.outer(frequencies_hz, times))
    half = quarter * quarter
    whole = half * half
    double = whole * whole
    turns = (quarter, half, whole, double, double * whole, double * double)
    share = weights / weights.sum()
    return np.stack([turn @ share for turn in turns])


def _first_beat_s(times: FloatArray, weights: FloatArray, beat_s: float, hold: int = 2) -> float:
    """Return the phase at which most of the weight lies on beats, then on their quavers."""
    phases = np.arange(48) / 48 * beat_s
    turns = 2 * np.pi * (times[None, :] - phases[:, None]) / beat_s  # (phases, moments)
    fit = (np.cos(turns) + 0.5 * np.cos(hold * turns)) @ weights
    return float(phases[int(np.argmax(fit))])
