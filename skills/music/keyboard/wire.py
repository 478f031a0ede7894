"""From the bytes of a MIDI cable to messages, whatever comes along it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import mido

SYSEX, REALTIME = 0xF0, 0xF8
CHANNEL_BYTES: Final = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
"""Data bytes after a channel message's status, by its upper half."""
REALTIME_WORDS: Final = frozenset({0xF8, 0xFA, 0xFB, 0xFC, 0xFF})


class Wire:
    """Reads one cable: running status, clocks amid a message, sysex and noise are all survived.

    Sysex and active sensing are left out, and so is whatever is no message.
    """

    def __init__(self) -> None:
        self._status = 0
        """The channel message that data bytes belong to; 0: they belong to nothing."""
        self._data: list[int] = []

    def feed(self, data: Iterable[int]) -> list[Any]:
        """Return the ``mido.Message``s that these bytes complete."""
        messages = []
        for byte in data:
            message = self._byte(byte & 0xFF)
            if message is not None:
                messages.append(message)
        return messages

    def _byte(self, byte: int) -> Any | None:
        if byte >= REALTIME:
            return mido.Message.from_bytes([byte]) if byte in REALTIME_WORDS else None
        if byte >= 0x80:
            self._begin(byte)
            return None
        return self._data_byte(byte)

    def _begin(self, byte: int) -> None:
        """Begin a message; system messages end the running status, and none is needed here."""
        self._data = []
        self._status = byte if byte < SYSEX else 0

    def _data_byte(self, byte: int) -> Any | None:
        if not self._status:
            return None
        self._data.append(byte)
        if len(self._data) < CHANNEL_BYTES[self._status >> 4]:
            return None
        data, self._data = self._data, []
        return mido.Message.from_bytes([self._status, *data])
