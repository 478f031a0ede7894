"""A keyboard on a MIDI port, opened again by itself when it was unplugged."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import Any

from assistant.contract import DeviceError
from skills.music.keyboard.memory import PAUSE_S, NoteMemory
from skills.music.keyboard.ports import InputWatch, open_input, reopen_input
from skills.music.notes import Phrase
from skills.music.player.clock import Clock, SystemClock

LOOK_S = 1.0
"""How often the port is looked for: MIDI systems do not tell that a keyboard was unplugged."""

log = logging.getLogger(__name__)


class MidiKeyboard:
    """Remembers what a MIDI port sends; raises DeviceError when there is no such port."""

    def __init__(self, wanted: str = "", clock: Clock | None = None) -> None:
        self.memory = NoteMemory()
        self._clock = clock or SystemClock()
        self._port = open_input(wanted, self.receive)
        self.name = str(self._port.name)
        self._closing = threading.Event()
        self._watch = threading.Thread(target=self._look, name="midi-keyboard", daemon=True)
        self._watch.start()

    def receive(self, message: Any) -> None:
        """Stamp and keep a ``mido.Message``: the MIDI system calls this in a thread of its own."""
        now_s = self._clock.now()
        if message.type == "note_on":
            self.memory.add(now_s, message.note, message.velocity)
        elif message.type == "note_off":
            self.memory.add(now_s, message.note, 0)

    def last_phrase(self, pause_s: float = PAUSE_S) -> Phrase:
        """Return what was just played, time 0 = its first note; empty when nothing was."""
        return self.memory.last_phrase(self._clock.now(), pause_s)

    def close(self) -> None:
        """Release the port; idempotent."""
        self._closing.set()
        self._watch.join(2 * LOOK_S)
        self._close_port()

    def _look(self) -> None:
        try:
            watch = InputWatch()
        except DeviceError as error:
            log.warning("%s", error)
            return
        connected = True
        while not self._closing.wait(LOOK_S):
            try:
                connected = self._keep_connected(self.name in watch.names(), connected)
            except DeviceError as error:
                log.debug("%s", error)
                connected = False
        watch.close()

    def _keep_connected(self, there: bool, connected: bool) -> bool:
        if there and not connected:
            self._close_port()
            self._port = reopen_input(self.name, self.receive)
            log.info("The keyboard %s is back.", self.name)
        elif connected and not there:
            log.warning("The keyboard %s is gone.", self.name)
        return there

    def _close_port(self) -> None:
        with suppress(OSError, SystemError):
            self._port.close()
