"""What the keyboard played in the last minutes, kept so that it can be asked for afterwards."""

from __future__ import annotations

import threading
from collections import deque
from itertools import takewhile
from typing import NamedTuple, Protocol

from skills.music.keyboard.events import KeyEvent, Pedal, Stroke
from skills.music.keyboard.sounding import notes_of
from skills.music.notes import Note, Phrase

KEEP_S = 600.0
"""Ten minutes: long enough for "keep what I just played" after a whole piece."""
KEEP_EVENTS = 200_000
"""Bound on memory whatever a broken keyboard sends: about 20 MB."""
PAUSE_S = 2.0
"""Silence that ends a phrase where nothing is known of its pulse."""
BORDER_S = 0.3
"""A shorter silence never ends a phrase, so it is not kept as a border."""
RINGING_S = 4.0
"""A pedal holds a phrase together for so long after the last key: then little sounds any more."""


class Keyboard(Protocol):
    """Where a phrase comes from."""

    def last_phrase(self) -> Phrase:
        """Return what was just played, time 0 = its first note; empty when nothing was."""
        ...


class _Border(NamedTuple):
    """A stroke after a silence."""

    time_s: float
    silence_s: float
    pedal_down: bool


class NoteMemory:
    """The keys and the pedal of the last ten minutes; MIDI threads add, others may ask."""

    def __init__(self, keep_s: float = KEEP_S) -> None:
        self._keep_s = keep_s
        self._events: deque[KeyEvent] = deque(maxlen=KEEP_EVENTS)
        self._borders: deque[_Border] = deque(maxlen=KEEP_EVENTS // 10)
        self._adding = threading.Lock()
        self.strokes = 0
        """Keys that have gone down since the beginning: tells whether a phrase has gone on."""
        self.clear()

    def add(self, time_s: float, pitch: int, velocity: int) -> None:
        """Keep a stroke (velocity 0: a release); does little, so callbacks may call it."""
        self.take(Stroke(time_s, pitch, velocity))

    def take(self, event: KeyEvent) -> None:
        """Keep a stroke or a pedal; does little, so callbacks may call it."""
        with self._adding:
            if isinstance(event, Pedal):
                self._take_pedal(event)
            else:
                self._take_stroke(event)
            self._events.append(event)

    def last_phrase(self, now_s: float, pause_s: float = PAUSE_S) -> Phrase:
        """Return the notes since the last silence of ``pause_s``; held keys end now."""
        start = self._last_border(now_s, pause_s)
        since_s = max(start.time_s, now_s - self._keep_s)
        events = [e for e in self._since(since_s) if e.time_s <= now_s]
        return _from_zero(notes_of(events, now_s, pedal_down=start.pedal_down))

    def between(self, start_s: float, end_s: float) -> Phrase:
        """Return the notes struck from ``start_s`` until ``end_s``; time 0 is the first note."""
        since_s = end_s - self._keep_s
        notes = notes_of([e for e in self._since(since_s) if e.time_s <= end_s], end_s)
        return _from_zero([n for n in notes if start_s <= n.onset_s < end_s])

    def phrase_start_s(self, now_s: float, pause_s: float = PAUSE_S) -> float | None:
        """Return when the last phrase began on the clock; None when nothing was played."""
        start = self._last_border(now_s, pause_s)
        since_s = max(start.time_s, now_s - self._keep_s)
        strikes = (e.time_s for e in self._since(since_s) if isinstance(e, Stroke) and e.velocity)
        return next((t for t in strikes if t <= now_s), None)

    def is_sounding(self) -> bool:
        """Return whether a key is down."""
        return bool(self._down)

    def last_stroke_s(self) -> float | None:
        """Return when a key last went down or up; None when nothing is remembered."""
        for event in reversed(self._copy()):
            if isinstance(event, Stroke):
                return event.time_s
        return None

    def clear(self) -> None:
        """Forget everything."""
        with self._adding:
            self._events.clear()
            self._borders.clear()
            self._down: set[int] = set()
            self._pedal_down = False
            self._released_s = float("-inf")
            """When the last key went up."""
            self._rings_until_s = float("-inf")
            """When the sound after that ended; infinite while the pedal holds it."""

    def _take_stroke(self, stroke: Stroke) -> None:
        if stroke.velocity:
            if not self._down:
                quiet_s = min(self._rings_until_s, self._released_s + RINGING_S)
                silence_s = stroke.time_s - quiet_s
                if silence_s >= BORDER_S:
                    self._borders.append(_Border(stroke.time_s, silence_s, self._pedal_down))
            self._down.add(stroke.pitch)
            self.strokes += 1
        elif stroke.pitch in self._down:
            self._down.discard(stroke.pitch)
            self._released_s = stroke.time_s
            self._rings_until_s = float("inf") if self._pedal_down else stroke.time_s

    def _take_pedal(self, pedal: Pedal) -> None:
        self._pedal_down = pedal.down
        if not pedal.down:
            self._rings_until_s = min(self._rings_until_s, pedal.time_s)

    def _last_border(self, now_s: float, pause_s: float) -> _Border:
        for border in reversed(tuple(self._borders)):
            if border.time_s <= now_s and border.silence_s >= pause_s:
                return border
        return _Border(float("-inf"), float("inf"), False)

    def _since(self, since_s: float) -> list[KeyEvent]:
        """Return the events from a time on, oldest first."""
        late = takewhile(lambda e: e.time_s >= since_s, reversed(self._copy()))
        return list(late)[::-1]

    def _copy(self) -> list[KeyEvent]:
        with self._adding:
            return list(self._events)


def _from_zero(notes: list[Note]) -> Phrase:
    start_s = notes[0].onset_s if notes else 0.0
    return Phrase(
        tuple(Note(n.onset_s - start_s, n.pitch, n.duration_s, n.velocity) for n in notes)
    )
