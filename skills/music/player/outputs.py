"""Where messages go: a MIDI port, Encore's own synth on the speakers, or nowhere."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import mido
import numpy as np

from assistant.contract import DeviceError
from skills.music.keyboard.ports import open_output
from skills.music.player.clock import Clock, SystemClock
from skills.music.player.engines import SynthEngine, open_engine

BLOCK_FRAMES = 256
"""Frames a callback fills: 6 ms, with which a stroke is heard 20-27 ms after it is sent."""
KEPT_MESSAGES = 100_000
DRAIN_S = 0.1
"""A port that is closed at once loses its last messages, and a note hangs."""
VOLUME, ALL_SOUND_OFF, ALL_NOTES_OFF = 7, 120, 123
"""MIDI controllers."""


class Output(Protocol):
    """Takes channel messages and does at once what they say."""

    name: str

    def send(self, message: Any) -> None:
        """Sound a ``mido.Message``; raises DeviceError when the device is gone."""
        ...

    def set_volume(self, percent: int) -> None:
        """Set the playback volume, 0..100."""
        ...

    def close(self) -> None:
        """Release the device; idempotent."""
        ...


class SilentOutput:
    """Sounds nothing and keeps what it got: the twin of the others where there is no device."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.name = "silence"
        self.volume_percent = 100
        self.sent: deque[tuple[float, Any]] = deque(maxlen=KEPT_MESSAGES)
        """(time in seconds, message), in the order they came."""
        self._clock = clock or SystemClock()

    def send(self, message: Any) -> None:
        """Keep the message with the time."""
        self.sent.append((self._clock.now(), message))

    def set_volume(self, percent: int) -> None:
        """Keep the volume."""
        self.volume_percent = percent

    def close(self) -> None:
        """Nothing to release."""


class MidiOutput:
    """A MIDI port; raises DeviceError when it is not there."""

    def __init__(self, wanted: str) -> None:
        self._port = open_output(wanted)
        self.name = str(self._port.name)
        self._closed = False

    def send(self, message: Any) -> None:
        """Send the message; raises DeviceError when the port is gone."""
        try:
            self._port.send(message)
        except (OSError, SystemError, ValueError) as error:
            raise DeviceError(f"The MIDI output {self.name} is gone.") from error

    def set_volume(self, percent: int) -> None:
        """Send the channel volume."""
        self.send(mido.Message("control_change", control=VOLUME, value=round(percent * 1.27)))

    def close(self) -> None:
        """Release the port when it has sent what it was given; idempotent."""
        if self._closed:
            return
        self._closed = True
        time.sleep(DRAIN_S)
        with suppress(OSError, SystemError):
            self._port.close()


class SynthOutput:
    """Encore's synthesiser on the speakers; raises DeviceError when either is missing."""

    def __init__(
        self,
        soundfont: Path | str | None = None,
        device: str | None = None,
        engine: SynthEngine | None = None,
    ) -> None:
        self._volume = 1.0
        self._stream, rate_hz = _speaker_stream(self._fill, device)
        try:
            self._engine = engine or open_engine(soundfont, rate_hz)
            self._stream.start()
        except BaseException:
            self.close()
            raise
        self.name = f"{self._engine.name} ({self._engine.soundfont.name})"

    def send(self, message: Any) -> None:
        """Give the message to the synthesiser; what it does not know is ignored."""
        match message.type:
            case "note_on" if message.velocity > 0:
                self._engine.note_on(message.note, message.velocity, message.channel)
            case "note_on" | "note_off":
                self._engine.note_off(message.note, message.channel)
            case "program_change":
                self._engine.program(message.program, message.channel)
            case "control_change" if message.control == ALL_SOUND_OFF:
                self._engine.silence()

    def set_volume(self, percent: int) -> None:
        """Set the loudness of the next block."""
        self._volume = percent / 100

    def close(self) -> None:
        """Release the speakers; idempotent."""
        self._stream.close(ignore_errors=True)

    def _fill(self, out: Any, frames: int, _time: Any, _status: Any) -> None:
        np.clip(self._engine.samples(frames) * self._volume, -1.0, 1.0, out=out)


def _speaker_stream(callback: Any, device: str | None) -> tuple[Any, int]:
    """Return a stereo float32 stream that is not started yet, and its rate in hertz."""
    try:
        import sounddevice

        rate_hz = int(sounddevice.query_devices(device or None, "output")["default_samplerate"])
        stream = sounddevice.OutputStream(
            samplerate=rate_hz,
            blocksize=BLOCK_FRAMES,
            device=device or None,
            channels=2,
            dtype="float32",
            latency="low",
            callback=callback,
        )
    except Exception as error:  # PortAudioError is an Exception, and only there after the import
        raise DeviceError(_no_speakers(device)) from error
    return stream, rate_hz


def _no_speakers(device: str | None) -> str:
    return f"There is no speaker called {device!r}." if device else "No speakers were found."
