"""Listening while somebody plays: what was read stays read, so that a hand-over costs one step.

The network reads a phrase event by event. The ear keeps its state after each event of the last few
phrases: a phrase that begins like one of them is read only from where it differs. Fed note by note
while the player plays, it has read nearly everything when the hand-over comes; and whatever it
was fed, a phrase gets the state, to the bit, that it would get if it were read afresh.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np
import numpy.typing as npt

from skills.music.generator.codec import (
    HEARD_STEP_S,
    ONSET_GRID_S,
    Encoded,
    encode,
    heard_from_s,
)
from skills.music.generator.sampling import Heard, Sampler
from skills.music.notes import Note

IntArray = npt.NDArray[np.int64]

MOST_PHRASES = 4


@dataclass(slots=True)
class _Track:
    """One phrase as it was read: its events and the state after each."""

    tokens: list[list[int]] = field(default_factory=list)
    states: list[Heard] = field(default_factory=list)

    def shared(self, tokens: IntArray) -> int:
        """Return how many first events it shares with (n, 4) tokens."""
        count = min(len(tokens), len(self.tokens))
        if not count:
            return 0
        differs = (np.array(self.tokens[:count]) != tokens[:count]).any(axis=1)
        return int(differs.argmax()) if differs.any() else count


@dataclass(slots=True)
class _Live:
    """A phrase that is being played, read from ``start_s`` on."""

    start_s: float
    track: _Track
    reached_s: float | None = None
    """Where the shifts read so far have come to; None before the first event."""


class Ear:
    """Reads phrases with one sampler; any thread may call it."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._lock = Lock()
        self._tracks: list[_Track] = []
        self._waiting: list[Note] = []
        self._live: list[_Live] = []

    def listen(self, encoded: Encoded) -> Heard:
        """Return the network's state after a phrase of at least one event."""
        with self._lock:
            track = self._best_track(encoded.tokens)
            self._read(track, encoded, len(track.tokens))
            return replace(track.states[-1], clock_s=float(encoded.onsets_s[-1]))

    def feed(self, note: Note, sounding_since_s: float | None = None) -> None:
        """Hear one note of the phrase that is being played, once it has ended.

        Times are on the phrase's clock. sounding_since_s: onset of the earliest note that still
        sounds: notes from there on wait, for events are read in the order of their onsets.
        """
        with self._lock:
            self._waiting.append(note)
            latest = max(n.onset_s for n in self._waiting)
            limit = latest if sounding_since_s is None else min(latest, sounding_since_s)
            settled = _cell(limit)  # the rest of a chord may still come
            ready = sorted(_order(n) for n in self._waiting if _cell(n.onset_s) < settled)
            self._waiting = [n for n in self._waiting if _cell(n.onset_s) >= settled]
            for _, _, note_ready in ready:
                self._hear(note_ready)

    def reset(self) -> None:
        """Begin a new phrase; what was read of the last ones stays known."""
        with self._lock:
            self._waiting, self._live = [], []

    def _hear(self, note: Note) -> None:
        start_s = note.onset_s // HEARD_STEP_S * HEARD_STEP_S
        if not self._live or self._live[-1].start_s < start_s:
            self._live.append(_Live(start_s, self._new_track()))
        earliest = heard_from_s(note.onset_s)
        self._live = [live for live in self._live if live.start_s >= earliest]
        row = np.array([[note.onset_s, note.end_s, note.pitch, note.velocity]])
        for live in self._live:
            encoded = encode(row, reached_s=live.reached_s)
            live.reached_s = float(encoded.onsets_s[-1])
            self._read(live.track, encoded, 0)

    def _best_track(self, tokens: IntArray) -> _Track:
        """Return a track that holds just the first events of the tokens, as many as are known."""
        best = max(self._tracks, key=lambda t: t.shared(tokens), default=None)
        known = 0 if best is None else best.shared(tokens)
        if best is None or known < len(best.tokens):
            fresh = self._new_track()
            if best is not None:
                fresh.tokens, fresh.states = best.tokens[:known], best.states[:known]
            return fresh
        self._tracks.remove(best)
        self._tracks.append(best)
        return best

    def _new_track(self) -> _Track:
        played = [live.track for live in self._live]
        old = [track for track in self._tracks if all(track is not p for p in played)]
        for track in old[: max(0, len(old) + 1 - MOST_PHRASES)]:
            self._tracks.remove(track)
        self._tracks.append(_Track())
        return self._tracks[-1]

    def _read(self, track: _Track, encoded: Encoded, since: int) -> None:
        """Read the events from number ``since`` on."""
        for k in range(since, len(encoded.tokens)):
            event = Encoded(encoded.tokens[k : k + 1], encoded.onsets_s[k : k + 1])
            before = track.states[-1] if track.states else None
            track.states.append(self._sampler.listen(event, before))
            track.tokens.append(event.tokens[0].tolist())


def _cell(onset_s: float) -> float:
    """Return the place of an onset on the grid within which notes are one chord to ``tidy``."""
    return float(np.round(onset_s / ONSET_GRID_S))


def _order(note: Note) -> tuple[float, int, Note]:
    """Return a key that sorts notes as ``tidy`` does."""
    return _cell(note.onset_s), note.pitch, note
