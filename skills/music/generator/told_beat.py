"""The pulse that the network is told: the phrase's tempo, made exact by the hand that wrote it."""

from __future__ import annotations

from skills.music.generator.hand import Hand
from skills.music.generator.pulse import Beat
from skills.music.theory.tempo import Tempo

SURE = 0.45
"""A played pulse is told from this confidence on; an exact grid needs none."""
SURE_BAR = 0.5
"""Bars that were found by ear are told from this confidence on; accents of a score need none."""
SHORTEST_BAR_S, LONGEST_BAR_S = 0.9, 4.5


def beat_to_tell(tempo: Tempo | None, hand: Hand, handover_s: float) -> Beat | None:
    """Return the pulse on the clock of the answer (0 = hand-over); None when it is not sure.

    tempo: of the phrase, on its clock, as the hand and the hand-over are.
    """
    if tempo is None:
        return None
    beat_s, first_s = tempo.beat_s, tempo.first_beat_s
    bar_s, first_bar_s = None, 0.0
    if not hand.accents and tempo.beats_a_bar and tempo.bar_confidence >= SURE_BAR:
        bar_s = tempo.beats_a_bar * beat_s
        first_bar_s = first_s + tempo.downbeat * beat_s
    if hand.grid_s is not None:
        steps = max(round(beat_s / hand.grid_s), 1)
        if beat_s >= 0.8 * hand.grid_s:
            beat_s = steps * hand.grid_s
        place = round((first_s - hand.origin_s) / hand.grid_s)
        first_s = hand.origin_s + place * hand.grid_s
        if bar_s is not None:
            bar_s = (tempo.beats_a_bar or 4) * beat_s
            first_bar_s = first_s + tempo.downbeat * beat_s
        bar = _bar(hand)
        if bar is not None:
            bar_s, first_bar_s = bar
            first_s = first_bar_s
            beat_s = bar_s / max(round(bar_s / beat_s), 1)
    elif tempo.confidence < SURE:
        return None
    return Beat(beat_s, first_s - handover_s, bar_s, first_bar_s - handover_s if bar_s else 0.0)


def _bar(hand: Hand) -> tuple[float, float] | None:
    """Return (length, any first moment) of the bar that the phrase's accents show, seconds."""
    if hand.grid_s is None or not hand.accents:
        return None
    bar_s = hand.period * hand.grid_s
    if not SHORTEST_BAR_S <= bar_s <= LONGEST_BAR_S:
        return None
    strongest = max(hand.accents, key=lambda place: hand.accents[place] if hand.accents else 0.0)
    return bar_s, hand.origin_s + strongest * hand.grid_s
