"""A MIDI port that plays answers, opened again by itself when it was unplugged."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from typing import Any

import mido

from assistant.contract import DeviceError
from skills.music.keyboard.ports import OWN_NAME, choose, midi_system

DRAIN_S = 0.1
"""A port that is closed at once loses its last messages, and a note hangs."""
LOOK_S = 0.5
"""How often the port is looked for: MIDI systems do not tell that it was unplugged."""
VOLUME, ALL_NOTES_OFF = 7, 123
"""MIDI controllers."""
CHANNELS = (0, 9)
"""Of the answers, and of the clicks."""

log = logging.getLogger(__name__)


class MidiOutput:
    """A MIDI port, by name or a part of it; "Encore" makes one that others connect to.

    Raises DeviceError when there is none. While it is unplugged, ``send`` raises DeviceError; when
    it is back, every note on it is ended first.
    """

    def __init__(self, wanted: str) -> None:
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._wanted = wanted
        self._is_there = True
        self._percent, self._share = 100, 1.0
        with midi_system() as system:
            import rtmidi

            api = getattr(rtmidi, f"API_{system.backend.api or 'UNSPECIFIED'}")
            self._rt = rtmidi.MidiOut(api, name=f"{OWN_NAME} plays")
            self._own = wanted.strip().lower() == OWN_NAME.lower()
            self.name = self._open_own() if self._own else self._open_chosen(wanted)
        self._watch = threading.Thread(target=self._look, name="midi-output", daemon=True)
        if not self._own:
            self._watch.start()

    def send(self, message: Any) -> None:
        """Send the message; raises DeviceError when the port is gone."""
        with self._lock:
            if not self._is_there:
                raise DeviceError(f"The MIDI output {self.name} is gone.")
            try:
                self._rt.send_message(message.bytes())
            except (OSError, SystemError, ValueError, RuntimeError) as error:
                raise DeviceError(f"The MIDI output {self.name} is gone.") from error

    def set_volume(self, percent: int) -> None:
        """Send the channel volume."""
        self._percent = percent
        self._send_volume()

    def duck(self, share: float) -> None:
        """Send the channel volume at this share of it."""
        self._share = share
        self._send_volume()

    def _send_volume(self) -> None:
        percent = self._percent * self._share
        for channel in CHANNELS:
            value = round(percent * 1.27)
            self.send(mido.Message("control_change", control=VOLUME, value=value, channel=channel))

    def close(self) -> None:
        """Release the port when it has sent what it was given; idempotent."""
        if self._closing.is_set():
            return
        self._closing.set()
        time.sleep(DRAIN_S)
        if self._watch.is_alive():
            self._watch.join(4 * LOOK_S)
        with self._lock:
            self._is_there = False
            with suppress(OSError, SystemError, RuntimeError):
                self._rt.close_port()
            self._rt.delete()

    def _open_own(self) -> str:
        self._rt.open_virtual_port("out")
        return OWN_NAME

    def _open_chosen(self, wanted: str) -> str:
        names = self._rt.get_ports()
        name = choose(names, wanted)
        if name is None:
            self._rt.delete()
            there = f" There is: {', '.join(names)}." if names else ""
            raise DeviceError(f"There is no MIDI output called {wanted!r}.{there}")
        self._rt.open_port(names.index(name))
        return str(name)

    def _look(self) -> None:
        while not self._closing.wait(LOOK_S):
            with suppress(OSError, SystemError, RuntimeError, ValueError):
                names = self._rt.get_ports()
                with self._lock:
                    self._follow(names)

    def _follow(self, names: list[str]) -> None:
        """Take note of a port that went or came back; the lock is held."""
        name = self._found(names)
        if self._is_there and name != self.name:
            log.warning("The MIDI output %s is gone.", self.name)
            self._is_there = False
        if name is not None and not self._is_there:
            self._rt.close_port()
            self._rt.open_port(names.index(name))
            for channel in range(16):
                off = mido.Message("control_change", control=ALL_NOTES_OFF, channel=channel)
                self._rt.send_message(off.bytes())
            log.info("The MIDI output %s is back.", name)
            self.name, self._is_there = name, True

    def _found(self, names: list[str]) -> str | None:
        """Return the port as it is called now: one that comes back may get another number."""
        if self.name in names or not self._wanted:
            return self.name if self.name in names else None
        return choose(names, self._wanted)
