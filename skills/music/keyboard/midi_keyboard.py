"""The keyboards on MIDI ports: found by themselves, found again when they were unplugged."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import mido

from assistant.contract import DeviceError
from skills.music.keyboard.events import SUSTAIN, Pedal, Played, Stroke, event_of
from skills.music.keyboard.memory import PAUSE_S, NoteMemory
from skills.music.keyboard.ports import OWN_NAME, InputClient, InputPort, choose_all
from skills.music.notes import Phrase
from skills.music.player.clock import Clock, SystemClock

LOOK_S = 0.5
"""How often ports are looked for: MIDI systems do not tell that a keyboard was unplugged."""

Tell = Callable[[str], None]
Listener = Callable[[Played], None]
Thru = Callable[[Any], None]

log = logging.getLogger(__name__)


class MidiKeyboard:
    """Remembers what keyboards send; raises DeviceError where there is no MIDI system.

    ``wanted``: "" for the first keyboard, parts of names with commas between them, or "all". Other
    programs can send to Encore's own port, too. A keyboard may be plugged in later, or again.
    """

    def __init__(
        self, wanted: str = "", clock: Clock | None = None, tell: Tell = lambda _text: None
    ) -> None:
        self.memory = NoteMemory()
        self.on_event: Listener | None = None
        """Gets every event in the thread of the MIDI system: it may only put it away."""
        self.thru: Thru | None = None
        """Gets every message at once: the player's own sound."""
        self._clock = clock or SystemClock()
        self._wanted = wanted
        self._tell = tell
        self._ports: dict[str, InputPort] = {}
        self._down: dict[str, set[tuple[int, int]]] = {}
        """Port → (channel, pitch) of the keys that are down on it."""
        self._known: set[str] = set()
        """Keyboards that were open at some time."""
        self._client = InputClient()
        own = self._client.open_virtual(partial(self.receive, port=OWN_NAME))
        self.own_port = OWN_NAME if own else ""
        """The name under which other programs find Encore; "" where that cannot be."""
        self._closing = threading.Event()
        with suppress(DeviceError):  # a port that cannot be opened now is tried again
            self._reconcile(quietly=True)
        self._watch = threading.Thread(target=self._look, name="midi-keyboard", daemon=True)
        self._watch.start()

    @property
    def names(self) -> tuple[str, ...]:
        """The keyboards that are heard now."""
        return tuple(self._ports)

    @property
    def name(self) -> str:
        """The keyboards in words; "" when none is there."""
        return " and ".join(self.names)

    def receive(self, message: Any, port: str = "") -> None:
        """Stamp and keep a ``mido.Message``: the MIDI system calls this in a thread of its own."""
        now_s = self._clock.now()
        if self.thru is not None:
            self.thru(message)
        event = event_of(message, now_s)
        if event is None:
            return
        if isinstance(event, Stroke):
            down, key = self._down.setdefault(port, set()), (message.channel, event.pitch)
            (down.add if event.velocity else down.discard)(key)
        self._keep(event)

    def last_phrase(self, pause_s: float = PAUSE_S) -> Phrase:
        """Return what was just played, time 0 = its first note; empty when nothing was."""
        return self.memory.last_phrase(self._clock.now(), pause_s)

    def close(self) -> None:
        """Release the ports; idempotent."""
        self._closing.set()
        self._watch.join(4 * LOOK_S)
        for port in tuple(self._ports.values()):
            port.close()
        self._ports.clear()
        self._client.close()

    def _keep(self, event: Played) -> None:
        if isinstance(event, (Stroke, Pedal)):
            self.memory.take(event)
        if self.on_event is not None:
            self.on_event(event)

    def _look(self) -> None:
        while not self._closing.wait(LOOK_S):
            try:
                self._reconcile()
            except DeviceError as error:
                log.debug("%s", error)

    def _reconcile(self, *, quietly: bool = False) -> None:
        """Open what came, close what went; each change is told once."""
        there = self._client.names()
        for name in [n for n in self._ports if n not in there]:
            self._lose(name)
        for name in choose_all(there, self._wanted, self.names):
            if name not in self._ports and not self._closing.is_set():
                self._open(name, quietly=quietly)

    def _open(self, name: str, *, quietly: bool) -> None:
        self._ports[name] = InputPort(name, partial(self.receive, port=name))
        text = f"The keyboard {name} is {'back' if name in self._known else 'here'}."
        self._known.add(name)
        log.info("%s", text)
        if not quietly:
            self._tell(text)

    def _lose(self, name: str) -> None:
        """Close the port of a keyboard that went; the keys that were down on it go up."""
        self._ports.pop(name).close()
        for channel, pitch in tuple(self._down.get(name, ())):
            self.receive(mido.Message("note_off", note=pitch, channel=channel), name)
        if not self._ports:
            self.receive(mido.Message("control_change", control=SUSTAIN, value=0), name)
        text = f"The keyboard {name} is gone."
        log.warning("%s", text)
        self._tell(text)
