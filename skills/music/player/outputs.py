"""Where messages go without a MIDI port: Encore's own synth on the speakers, or nowhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from assistant.contract import DeviceError
from skills.music.player.alsa import quiet_alsa
from skills.music.player.clock import Clock, SystemClock
from skills.music.player.engines import Samples, SynthEngine, open_engine

BLOCK_FRAMES = 256
"""Frames a callback fills: 6 ms, with which a stroke is heard 20-27 ms after it is sent."""
KEPT_MESSAGES = 100_000
ALL_SOUND_OFF, ALL_NOTES_OFF = 120, 123
"""MIDI controllers."""

Tap = Callable[[Samples, int], None]
"""Takes samples, shape (frames, 2), and their rate in hertz."""


class Output(Protocol):
    """Takes channel messages and does at once what they say."""

    name: str

    def send(self, message: Any) -> None:
        """Sound a ``mido.Message``; raises DeviceError when the device is gone."""
        ...

    def set_volume(self, percent: int) -> None:
        """Set the playback volume, 0..100."""
        ...

    def duck(self, share: float) -> None:
        """Sound at this share of the volume, 0..1."""
        ...

    def close(self) -> None:
        """Release the device; idempotent."""
        ...


class SilentOutput:
    """Sounds nothing and keeps what it got: the twin of the others where there is no device."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.name = "silence"
        self.volume_percent = 100
        self.share = 1.0
        self.sent: deque[tuple[float, Any]] = deque(maxlen=KEPT_MESSAGES)
        """(time in seconds, message), in the order they came."""
        self._clock = clock or SystemClock()

    def send(self, message: Any) -> None:
        """Keep the message with the time."""
        self.sent.append((self._clock.now(), message))

    def set_volume(self, percent: int) -> None:
        """Keep the volume."""
        self.volume_percent = percent

    def duck(self, share: float) -> None:
        """Keep the share."""
        self.share = share

    def close(self) -> None:
        """Nothing to release."""


class SynthOutput:
    """Encore's synthesiser on the speakers; raises DeviceError when either is missing.

    ``latency_ms`` None asks the system for its lowest; one that refuses is given its own choice.
    """

    def __init__(
        self,
        soundfont: Path | str | None = None,
        device: str | None = None,
        engine: SynthEngine | None = None,
        latency_ms: float | None = None,
    ) -> None:
        self.tap: Tap | None = None
        """Gets each block that goes to the speakers, and its rate: in the thread of the sound."""
        self._volume = self._share = 1.0
        self._stream, self.rate_hz = _speaker_stream(self._fill, device, latency_ms)
        try:
            self._engine = engine or open_engine(soundfont, self.rate_hz)
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
                self._engine.silence(message.channel)
            case "control_change":
                self._engine.control(message.control, message.value, message.channel)
            case "pitchwheel":
                self._engine.bend(message.pitch, message.channel)

    def set_volume(self, percent: int) -> None:
        """Set the loudness of the next block."""
        self._volume = percent / 100

    def duck(self, share: float) -> None:
        """Set the share of the loudness from the next block on."""
        self._share = share

    def close(self) -> None:
        """Release the speakers; idempotent."""
        self._stream.close(ignore_errors=True)

    def _fill(self, out: Any, frames: int, _time: Any, _status: Any) -> None:
        np.clip(self._engine.samples(frames) * (self._volume * self._share), -1.0, 1.0, out=out)
        if self.tap is not None:
            self.tap(out.copy(), self.rate_hz)


def _speaker_stream(callback: Any, device: str | None, latency_ms: float | None) -> tuple[Any, int]:
    """Return a stereo float32 stream that is not started yet, and its rate in hertz."""
    try:
        import sounddevice

        quiet_alsa()
        rate_hz = int(sounddevice.query_devices(device or None, "output")["default_samplerate"])
    except Exception as error:  # PortAudioError is an Exception, and only there after the import
        raise DeviceError(_no_speakers(device)) from error
    wishes: tuple[tuple[int, str | float], ...] = (
        (BLOCK_FRAMES, latency_ms / 1000 if latency_ms else "low"),
        (0, "high"),
    )
    for block_frames, latency in wishes:
        try:
            stream = sounddevice.OutputStream(
                samplerate=rate_hz,
                blocksize=block_frames,
                device=device or None,
                channels=2,
                dtype="float32",
                latency=latency,
                callback=callback,
            )
        except Exception as error:  # as above
            refused = error
        else:
            return stream, rate_hz
    raise DeviceError(_no_speakers(device)) from refused


def _no_speakers(device: str | None) -> str:
    return f"There is no speaker called {device!r}." if device else "No speakers were found."
