"""Which of the notes in memory are "what I just played": found by pauses and by the pulse."""

from __future__ import annotations

from dataclasses import dataclass

from skills.music.keyboard.memory import PAUSE_S, NoteMemory
from skills.music.notes import Phrase
from skills.music.theory.tempo import BEATS_A_BAR, find_tempo

MIN_PAUSE_S, MAX_PAUSE_S = 1.5, 4.0
"""A pause is a bar of silence, within these bounds."""
ASSUMED_BEAT_S = 0.6
"""A beat where no pulse is found: 100 beats a minute."""
PULSE_S = 12.0
"""So much of the end tells the pulse."""
EARLY_S = 0.07
"""People play ahead of the beat: the first note of a bar may come so much before it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A phrase and when it began."""

    phrase: Phrase
    start_s: float
    """On the clock of the keyboard; 0 for an empty phrase."""


def last_played(memory: NoteMemory, now_s: float) -> Heard:
    """Return the last phrase: what came after the last pause.

    A pause is two seconds of silence, or a bar of it where there is a pulse: a slow player rests
    longer within a phrase than a fast one.
    """
    pause_s = PAUSE_S
    phrase = memory.last_phrase(now_s, pause_s)
    tempo = find_tempo(the_end(phrase, PULSE_S))
    if tempo is not None and tempo.steady:
        pause_s = max(MIN_PAUSE_S, min(MAX_PAUSE_S, tempo.bar_s))
        phrase = memory.last_phrase(now_s, pause_s)
    return Heard(phrase, memory.phrase_start_s(now_s, pause_s) or 0.0)


def last_bars(memory: NoteMemory, bars: int, now_s: float) -> Phrase:
    """Return the last bars of playing, counted back from the beat on which the playing ended."""
    end_s = memory.last_stroke_s()
    if end_s is None:
        return Phrase()
    heard = last_played(memory, now_s)
    tempo = find_tempo(the_end(heard.phrase, PULSE_S))
    bar_s = tempo.bar_s if tempo else BEATS_A_BAR * ASSUMED_BEAT_S
    if tempo is not None and tempo.steady:
        cut_s = max(heard.phrase.notes[-1].onset_s - PULSE_S, 0.0)
        first_s = heard.start_s + cut_s + tempo.first_beat_s
        beats = -(-(end_s - EARLY_S - first_s) // tempo.beat_s)  # the first beat after the end
        end_s = first_s + beats * tempo.beat_s
    return memory.between(end_s - bars * bar_s - EARLY_S, now_s)


def the_end(phrase: Phrase, seconds: float) -> Phrase:
    """Return the notes struck in the last seconds before the last stroke, time 0 as it was cut."""
    if not phrase.notes:
        return phrase
    cut_s = max(phrase.notes[-1].onset_s - seconds, 0.0)
    rows = [(a - cut_s, b - cut_s, p, v) for a, b, p, v in phrase.to_array() if a >= cut_s]
    return Phrase.from_array(rows, phrase.length_s - cut_s)
