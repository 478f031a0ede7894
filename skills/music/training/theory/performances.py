"""Played songs as a keyboard sends them, cut into phrases where the player could have stopped.

POP909 is the only corpus with played timing and pedalling. Of each song three players are made: the
whole arrangement under two hands, the accompaniment alone, the melody alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from skills.music.keyboard.events import KeyEvent, Pedal, Stroke
from skills.music.training.beats import from_table
from skills.music.training.corpora import CORPORA, Song, songs
from skills.music.training.prepare import read_notes

Ending = Literal["rest", "bar", "note", "anywhere"]
ENDINGS: tuple[Ending, ...] = ("rest", "bar", "note", "anywhere")
"""Where a phrase is cut: before a rest of the player's own; with the bar line that resolves a line
of the melody; with the last note of that line; at any moment."""
HANDS = {"both": ("MELODY", "BRIDGE", "PIANO"), "accompaniment": ("PIANO",), "melody": ("MELODY",)}

SCORES = frozenset({"folk_pd", "openhymnal", "openscore_lieder"})
UNEVEN_S = 0.012

REST_S = 2.0
"""A player's own rest: no key goes down for so long."""
LINE_BEATS = 2.5
"""A melody's note that lasts, with the rest after it, for so many beats ends a line."""
SHORTEST_S, LONGEST_S = 4.0, 16.0
FEWEST_STROKES = 6
TOGETHER_S = 0.08
PEDAL_LIFT_S = 1.0
"""Who stops lifts the pedal at last: so long after the keys, if the song holds it for longer."""


@dataclass(frozen=True, slots=True)
class Performance:
    """A song under somebody's hands."""

    item: str
    hands: str
    """One of HANDS, or "score"."""
    events: list[KeyEvent]
    """In order of time."""
    lines_s: list[float]
    """Onsets of the notes that end lines of the melody."""
    bars_s: list[float]


@dataclass(frozen=True, slots=True)
class Cut:
    """A phrase, and how the player went on in truth."""

    performance: Performance
    ending: Ending
    start_s: float
    end_s: float
    """Strokes until here, this included, are the phrase."""

    def stopped(self) -> list[KeyEvent]:
        """Return the phrase of a player who stops; keys go up as they did."""
        kept: list[KeyEvent] = []
        down: set[int] = set()
        for event in self._from_start():
            if isinstance(event, Pedal) or (event.velocity and event.time_s > self.end_s):
                continue
            if event.velocity:
                down.add(event.pitch)
            elif event.pitch not in down:
                continue
            else:
                down.discard(event.pitch)
            kept.append(event)
            if event.time_s > self.end_s and not down:
                break
        last_s = kept[-1].time_s
        pedals = [e for e in self._from_start() if isinstance(e, Pedal) and e.time_s <= last_s]
        if pedals and pedals[-1].down:
            pedals.append(Pedal(last_s + PEDAL_LIFT_S, False))
        return sorted([*kept, *pedals], key=lambda e: e.time_s)

    def gone_on(self, seconds: float) -> list[KeyEvent]:
        """Return the phrase and what was played in the seconds after it."""
        return [e for e in self._from_start() if e.time_s <= self.end_s + seconds]

    def _from_start(self) -> list[KeyEvent]:
        return [e for e in self.performance.events if e.time_s >= self.start_s]


def performances(data: Path, split: str) -> Iterator[Performance]:
    """Yield the songs of a split, each under every pair of HANDS."""
    for song in songs(data):
        if CORPORA[song.corpus].name == "pop909" and song.split == split:
            yield from _performances(song)


def _performances(song: Song) -> Iterator[Performance]:
    import symusic

    score: Any = symusic.Score.from_midi(song.midi, ttype="second")
    beats = from_table(song.beats or b"")
    bars = np.interp(np.arange(beats[-1, 1]), beats[:, 1], beats[:, 0]).tolist()
    beat_s = float(np.median(np.diff(beats[:, 0])))
    for hands, names in HANDS.items():
        tracks = [t for t in score.tracks if t.name in names and len(t.notes)]
        if not tracks:
            continue
        melody = sorted(n.time for t in score.tracks if t.name == "MELODY" for n in t.notes)
        gaps = np.diff([*melody, np.inf])
        lines = [t for t, gap in zip(melody, gaps, strict=True) if gap >= LINE_BEATS * beat_s]
        yield Performance(song.item, hands, _events(tracks), lines, bars)


def score_performances(
    data: Path, split: str, most: int, chance: np.random.Generator
) -> Iterator[Performance]:
    """Yield up to ``most`` songs of each score corpus as a steady hand would play them.

    People who try a keyboard play tunes and exercises evenly, without the rests of a singer.
    """
    counts: Counter[str] = Counter()
    for song in songs(data):
        corpus = CORPORA[song.corpus].name
        if corpus not in SCORES or song.split != split or counts[corpus] >= most:
            continue
        counts[corpus] += 1
        notes = read_notes(song.midi)
        if notes is not None:
            yield Performance(song.item, "score", _played(notes[:400], chance), [], [])


def _played(notes: np.ndarray, chance: np.random.Generator) -> list[KeyEvent]:
    """Return a score's notes (n, 5) with a hand's unevenness and touch."""
    held, loud = chance.uniform(0.5, 1.0), chance.integers(50, 100)
    events: list[KeyEvent] = []
    free_s: dict[int, float] = {}
    for onset_s, end_s, pitch, *_ in notes.tolist():
        at_s = max(onset_s + chance.normal(0, UNEVEN_S), free_s.get(int(pitch), 0.0))
        up_s = max(at_s + held * (end_s - onset_s), at_s + 0.03)
        free_s[int(pitch)] = up_s + 0.001
        velocity = int(np.clip(loud + chance.normal(0, 6), 1, 127))
        events += [Stroke(at_s, int(pitch), velocity), Stroke(up_s, int(pitch), 0)]
    return sorted(events, key=lambda e: (e.time_s, isinstance(e, Stroke) and e.velocity > 0))


def _events(tracks: list[Any]) -> list[KeyEvent]:
    """Return the tracks as played on one keyboard: a key that is down goes up before it is hit."""
    rows = sorted(
        (n.time, n.pitch, n.time + n.duration, n.velocity) for t in tracks for n in t.notes
    )
    events: list[KeyEvent] = []
    ends: dict[int, int] = {}
    for onset_s, pitch, end_s, velocity in rows:
        before = ends.get(pitch)
        if before is not None and events[before].time_s > onset_s:
            if events[before - 1].time_s >= onset_s - TOGETHER_S / 4:
                continue  # two tracks share a key
            events[before] = Stroke(onset_s, pitch, 0)
        events.append(Stroke(onset_s, pitch, max(int(velocity), 1)))
        ends[pitch] = len(events)
        events.append(Stroke(end_s, pitch, 0))
    for track in tracks:
        for pedal in track.pedals:
            events += [Pedal(pedal.time, True), Pedal(pedal.time + pedal.duration, False)]
    return sorted(events, key=lambda e: (e.time_s, isinstance(e, Stroke) and e.velocity > 0))


def cuts(performance: Performance, chance: np.random.Generator) -> Iterator[Cut]:
    """Yield phrases of 4 to 16 s of a performance, one after the other, of all ENDINGS."""
    times = np.array([e.time_s for e in performance.events if isinstance(e, Stroke) and e.velocity])
    if len(times) < FEWEST_STROKES:
        return
    for ending in ENDINGS if performance.lines_s else ("rest", "anywhere"):
        start_s = times[0]
        for end_s in sorted(_ends(performance, ending, times, chance)):
            wanted_s = chance.uniform(SHORTEST_S, LONGEST_S)
            if end_s - start_s > 1.5 * LONGEST_S:
                later = times[times >= end_s - wanted_s]
                start_s = later[0]
            inside = np.count_nonzero((times >= start_s) & (times <= end_s))
            if end_s - start_s >= min(wanted_s, 10.0) and inside >= FEWEST_STROKES:
                yield Cut(performance, ending, start_s, end_s)
                rest = times[times > end_s]
                if not len(rest):
                    break
                start_s = rest[0]


def _ends(
    performance: Performance, ending: Ending, times: np.ndarray, chance: np.random.Generator
) -> list[float]:
    if ending == "rest":
        return [float(t) for t in times[np.diff(times, append=np.inf) >= REST_S]]
    if ending == "anywhere":
        picked = chance.choice(times[:-1], size=max(len(times) // 60, 1))
        return [float(t) + TOGETHER_S for t in picked]
    if ending == "note" or performance.hands == "melody":
        return [t + TOGETHER_S for t in performance.lines_s]
    bars = np.array(performance.bars_s)
    found = []
    for line_s in performance.lines_s:
        later = bars[bars >= line_s - TOGETHER_S]
        if len(later) and later[0] <= times[-1]:
            found.append(float(later[0]) + TOGETHER_S)
    return found
