"""What the keyboard played in the last minutes, kept so that it can be asked for afterwards."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from skills.music.notes import Note, Phrase

KEEP_S = 600.0
"""Ten minutes: long enough for "keep what I just played" after a whole piece."""
KEEP_STROKES = 200_000
"""Bound on memory whatever a broken keyboard sends: about 20 MB."""
PAUSE_S = 2.0
"""Silence that ends a phrase."""
MIN_NOTE_S = 0.005
"""Shortest note: strokes and releases can carry the same time stamp."""


class Keyboard(Protocol):
    """Where a phrase comes from."""

    def last_phrase(self) -> Phrase:
        """Return what was just played, time 0 = its first note; empty when nothing was."""
        ...


class Stroke(NamedTuple):
    """One key going down, or up when the velocity is 0."""

    time_s: float
    """When, on the clock of whoever listens."""
    pitch: int
    velocity: int


class NoteMemory:
    """The strokes of the last ten minutes; one thread adds, others may ask."""

    def __init__(self, keep_s: float = KEEP_S) -> None:
        self._keep_s = keep_s
        self._strokes: deque[Stroke] = deque(maxlen=KEEP_STROKES)

    def add(self, time_s: float, pitch: int, velocity: int) -> None:
        """Keep a stroke (velocity 0: a release); does nothing else, so callbacks may call it."""
        self._strokes.append(Stroke(time_s, pitch, velocity))

    def last_phrase(self, now_s: float, pause_s: float = PAUSE_S) -> Phrase:
        """Return the notes since the last silence of ``pause_s``; held keys end now."""
        phrase: list[Note] = []
        end_s = float("-inf")
        for note in self._notes(now_s):
            if note.onset_s - end_s >= pause_s:
                phrase = []
            phrase.append(note)
            end_s = max(end_s, note.end_s)
        return _from_zero(phrase, phrase[0].onset_s if phrase else 0.0)

    def between(self, start_s: float, end_s: float) -> Phrase:
        """Return the notes struck from ``start_s`` until ``end_s``; time 0 is the first note."""
        notes = [n for n in self._notes(end_s) if start_s <= n.onset_s < end_s]
        return _from_zero(notes, notes[0].onset_s if notes else 0.0)

    def is_sounding(self) -> bool:
        """Return whether a key is down."""
        down: set[int] = set()
        for stroke in self._copy():
            (down.add if stroke.velocity else down.discard)(stroke.pitch)
        return bool(down)

    def last_stroke_s(self) -> float | None:
        """Return when a key last went down or up; None when nothing is remembered."""
        try:
            return self._strokes[-1].time_s
        except IndexError:
            return None

    def clear(self) -> None:
        """Forget everything."""
        self._strokes.clear()

    def _copy(self) -> list[Stroke]:
        while True:
            try:
                return list(self._strokes)
            except RuntimeError:  # a callback added one meanwhile
                continue

    def _notes(self, now_s: float) -> list[Note]:
        """Return the notes by onset; times are those of the clock, keys still down end now."""
        notes: list[Note] = []
        down: dict[int, Stroke] = {}
        for stroke in self._copy():
            if stroke.time_s > now_s:
                break
            if stroke.time_s < now_s - self._keep_s:
                continue
            if struck := down.pop(stroke.pitch, None):
                notes.append(_note(struck, stroke.time_s))
            if stroke.velocity:
                down[stroke.pitch] = stroke
        notes.extend(_note(struck, now_s) for struck in down.values())
        return sorted(notes)


def _note(struck: Stroke, end_s: float) -> Note:
    length_s = max(end_s - struck.time_s, MIN_NOTE_S)
    return Note(struck.time_s, struck.pitch, length_s, struck.velocity)


def _from_zero(notes: Iterable[Note], start_s: float) -> Phrase:
    return Phrase(
        tuple(Note(n.onset_s - start_s, n.pitch, n.duration_s, n.velocity) for n in notes)
    )
