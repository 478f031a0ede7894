"""What Encore is doing at the moment, as one small stream of events for every display.

Several things go on at once (music plays while somebody is listened to), so each is begun and
ended by whoever does it, and the stream tells which one matters most to a person.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

log = logging.getLogger(__name__)


class State(Enum):
    """What a display shows; the most telling one first."""

    HEARD = "heard"
    """Words have come in; the event's text is what was made of them so far."""
    THINKING = "thinking"
    SPEAKING = "speaking"
    LISTENING = "listening"
    """The ears are open: the next words are taken as a command."""
    PLAYING = "playing"
    ASLEEP = "asleep"
    """Nothing else: the wake word is waited for."""


RANK = {state: rank for rank, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class StateEvent:
    """How things stand after something has changed."""

    at_s: float
    """Seconds on the stream's clock."""
    state: State
    """What matters most."""
    text: str = ""
    """With HEARD: the words; with the others what the one who began it has to say."""
    going_on: frozenset[State] = frozenset()
    """Everything that goes on; empty while asleep."""

    def to_json(self) -> dict[str, object]:
        """Return the event for a page or a log, ready for ``json.dumps``."""
        return {
            "at_s": round(self.at_s, 3),
            "state": self.state.value,
            "text": self.text,
            "going_on": sorted(state.value for state in self.going_on),
        }


Listener = Callable[[StateEvent], None]


class States:
    """Publishes what goes on; every method may be called from any thread.

    Listeners are called in the order of the events, in the thread that caused them, and must be
    quick. One that fails is left out of the rest, so that a display can never stop the music.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._texts: dict[State, str] = {}
        self._listeners: list[Listener] = []
        self._now = StateEvent(clock(), State.ASLEEP)

    @property
    def now(self) -> StateEvent:
        """The last event."""
        return self._now

    def begin(self, state: State, text: str = "") -> None:
        """Tell that something goes on, or with another text that it still does."""
        with self._lock:
            if self._texts.get(state) != text:
                self._texts[state] = text
                self._publish()

    def end(self, state: State) -> None:
        """Tell that something is over; nothing happens when it was not going on."""
        with self._lock:
            if self._texts.pop(state, None) is not None:
                self._publish()

    def heard(self, text: str) -> None:
        """Show the words that came in so far; "" ends it."""
        if text:
            self.begin(State.HEARD, text)
        else:
            self.end(State.HEARD)

    @contextmanager
    def during(self, state: State, text: str = "") -> Iterator[None]:
        """Let something go on for the length of a block."""
        self.begin(state, text)
        try:
            yield
        finally:
            self.end(state)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call this with the last event at once and with every later one; return how to end it."""
        with self._lock:
            self._listeners.append(listener)
            self._tell(listener, self._now)
        return lambda: self._forget(listener)

    def _publish(self) -> None:
        state = min(self._texts, key=RANK.__getitem__, default=State.ASLEEP)
        text = self._texts.get(state, "")
        self._now = StateEvent(self._clock(), state, text, frozenset(self._texts))
        for listener in tuple(self._listeners):
            self._tell(listener, self._now)

    def _tell(self, listener: Listener, event: StateEvent) -> None:
        try:
            listener(event)
        except Exception:
            log.exception("A listener of the states failed and is left out from now on.")
            self._forget(listener)

    def _forget(self, listener: Listener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
