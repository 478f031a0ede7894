"""What the player is doing now: the moments of the phrase so far, the keys that are down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from skills.music.keyboard.events import KeyEvent, Pedal, Stroke

CHORD_S: Final = 0.05
"""Strokes within this many seconds of the first are one moment."""
KEPT_MOMENTS: Final = 200
"""Only the end of a long phrase tells how it goes on."""


@dataclass(slots=True)
class Moment:
    """Keys that went down together."""

    time_s: float
    pitches: list[int]
    velocities: list[int]
    down: set[int]
    """Those of its keys that are still down."""
    held_s: float = 0.0
    """How long the longest of the others was held."""


@dataclass(slots=True)
class Playing:
    """A phrase as it comes in; a pure state machine fed with events in order of time."""

    moments: list[Moment] = field(default_factory=list)
    strokes: int = 0
    """Keys that went down since the phrase began."""
    began_s: float = 0.0
    released_s: float = 0.0
    """When a key last went up."""
    pedal_down: bool = False
    pedal_s: float = 0.0
    """When the pedal last moved."""
    silences_s: list[float] = field(default_factory=list)
    """Times without a key within the phrase."""
    _down: dict[int, tuple[Moment, float]] = field(default_factory=dict)

    @property
    def keys_down(self) -> int:
        """How many keys are held."""
        return len(self._down)

    @property
    def last_s(self) -> float:
        """When a key last went down."""
        return self.moments[-1].time_s

    def feed(self, event: KeyEvent) -> None:
        """Take the next event."""
        if isinstance(event, Pedal):
            self.pedal_down, self.pedal_s = event.down, event.time_s
        elif event.velocity:
            self._strike(event)
        else:
            self._release(event)

    def _strike(self, stroke: Stroke) -> None:
        if stroke.pitch in self._down:
            self._release(stroke)
        if not self.moments:
            self.began_s = stroke.time_s
        elif not self._down and stroke.time_s > self.last_s + CHORD_S:
            self.silences_s.append(stroke.time_s - self.released_s)
        self.strokes += 1
        moment = self.moments[-1] if self.moments else None
        if moment is None or stroke.time_s > moment.time_s + CHORD_S:
            moment = Moment(stroke.time_s, [], [], set())
            self.moments.append(moment)
            del self.moments[:-KEPT_MOMENTS]
        moment.pitches.append(stroke.pitch)
        moment.velocities.append(stroke.velocity)
        moment.down.add(stroke.pitch)
        self._down[stroke.pitch] = (moment, stroke.time_s)

    def _release(self, release: Stroke) -> None:
        held = self._down.pop(release.pitch, None)
        if held is None:
            return
        moment, struck_s = held
        moment.down.discard(release.pitch)
        moment.held_s = max(moment.held_s, release.time_s - struck_s)
        self.released_s = release.time_s
