"""Synthesisers that turn key strokes into samples: FluidSynth, or TinySoundFont where it is not."""

from __future__ import annotations

import ctypes
import importlib.util
import threading
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from assistant.contract import DeviceError
from skills.music.player.soundfont import find_soundfont

Samples = npt.NDArray[np.float32]
"""Shape (frames, 2), left and right; about -1..1."""
CHANNELS = 16
DRUM_CHANNEL = 9
BLOCK_FRAMES = 64
"""FluidSynth acts at the start of its blocks only: every phrase must begin with a whole one."""
ENGINE_GAIN = 1.0
"""FluidSynth's scale of one voice: eight loud piano notes of TimGM6mb reach 0.43 of full scale."""
MEND = "Install it (on Debian: apt install libfluidsynth3) or pip install tinysoundfont"


class SynthEngine(Protocol):
    """A synthesiser that is fed and read by one caller at a time."""

    name: str
    soundfont: Path
    lock: threading.RLock
    """Held by whoever needs several calls undisturbed."""

    def program(self, program: int, channel: int = 0) -> None:
        """Choose the General MIDI sound of a channel, 0..127."""
        ...

    def note_on(self, pitch: int, velocity: int, channel: int = 0) -> None:
        """Strike a key."""
        ...

    def note_off(self, pitch: int, channel: int = 0) -> None:
        """Release a key."""
        ...

    def control(self, number: int, value: int, channel: int = 0) -> None:
        """Move a controller: the sustain pedal, the modulation wheel …"""
        ...

    def bend(self, value: int, channel: int = 0) -> None:
        """Turn the pitch wheel, -8192..8191."""
        ...

    def silence(self, channel: int | None = None) -> None:
        """End the sound of a channel (None: of all) at once, without releases."""
        ...

    def reset(self) -> None:
        """Return to the state of the beginning, effects included."""
        ...

    def samples(self, frames: int) -> Samples:
        """Return the next frames, shape (frames, 2)."""
        ...


class FluidEngine:
    """FluidSynth; raises DeviceError when its library is missing or the SoundFont is none."""

    name = "FluidSynth"

    def __init__(self, soundfont: Path, sample_rate_hz: int) -> None:
        fluidsynth = fluid_library()
        self.soundfont = soundfont
        self.lock = threading.RLock()
        self._write = _float_writer()
        self._frames = 0
        self._synth = fluidsynth.Synth(
            gain=ENGINE_GAIN,
            samplerate=float(sample_rate_hz),
            channels=CHANNELS,
            # The chorus costs about a third of the time and does a piano no good.
            **{"synth.chorus.active": 0},
        )
        self._font = self._synth.sfload(str(soundfont))
        if self._font < 0:
            self._synth.delete()
            raise DeviceError(f"{soundfont} is not a SoundFont that FluidSynth can read.")
        self.reset()

    def program(self, program: int, channel: int = 0) -> None:
        """Choose the General MIDI sound of a channel, 0..127."""
        with self.lock:
            if channel == DRUM_CHANNEL:
                self._synth.program_change(channel, program)
            else:
                self._synth.program_select(channel, self._font, 0, program)

    def note_on(self, pitch: int, velocity: int, channel: int = 0) -> None:
        """Strike a key."""
        with self.lock:
            self._synth.noteon(channel, pitch, velocity)

    def note_off(self, pitch: int, channel: int = 0) -> None:
        """Release a key."""
        with self.lock:
            self._synth.noteoff(channel, pitch)

    def control(self, number: int, value: int, channel: int = 0) -> None:
        """Move a controller: the sustain pedal, the modulation wheel …"""
        with self.lock:
            self._synth.cc(channel, number, value)

    def bend(self, value: int, channel: int = 0) -> None:
        """Turn the pitch wheel, -8192..8191."""
        with self.lock:
            self._synth.pitch_bend(channel, value)

    def silence(self, channel: int | None = None) -> None:
        """End the sound of a channel (None: of all) at once, without releases."""
        with self.lock:
            self._synth.all_sounds_off(-1 if channel is None else channel)

    def reset(self) -> None:
        """Return to the state of the beginning, effects included."""
        with self.lock:
            self._synth.system_reset()
            self.samples(-self._frames % BLOCK_FRAMES + BLOCK_FRAMES)  # what was still waiting

    def samples(self, frames: int) -> Samples:
        """Return the next frames, shape (frames, 2)."""
        stereo = np.zeros((frames, 2), dtype=np.float32)
        where = stereo.ctypes.data  # data_as would leave a cycle that keeps every block for a while
        with self.lock:
            self._frames += frames
            self._write(self._synth.synth, frames, where, 0, 2, where, 1, 2)
        return stereo


class TinyEngine:
    """TinySoundFont: no reverb, but a wheel that needs no system library."""

    name = "TinySoundFont"

    def __init__(self, soundfont: Path, sample_rate_hz: int) -> None:
        import tinysoundfont  # type: ignore[import-untyped, import-not-found, unused-ignore]

        self.soundfont = soundfont
        self.lock = threading.RLock()
        self._synth = tinysoundfont.Synth(gain=-6, samplerate=sample_rate_hz)
        try:
            self._font = self._synth.sfload(str(soundfont))
        except Exception as error:  # the binding raises plain Exception
            raise DeviceError(f"{soundfont} is not a SoundFont that can be read.") from error
        self.reset()

    def program(self, program: int, channel: int = 0) -> None:
        """Choose the General MIDI sound of a channel, 0..127."""
        with self.lock:
            drums = channel == DRUM_CHANNEL
            self._synth.program_change(channel, program, drums)

    def note_on(self, pitch: int, velocity: int, channel: int = 0) -> None:
        """Strike a key."""
        with self.lock:
            self._synth.noteon(channel, pitch, velocity)

    def note_off(self, pitch: int, channel: int = 0) -> None:
        """Release a key."""
        with self.lock:
            self._synth.noteoff(channel, pitch)

    def control(self, number: int, value: int, channel: int = 0) -> None:
        """Move a controller: the sustain pedal, the modulation wheel …"""
        with self.lock:
            self._synth.control_change(channel, number, value)

    def bend(self, value: int, channel: int = 0) -> None:
        """Turn the pitch wheel, -8192..8191."""
        with self.lock:
            self._synth.pitchbend(channel, value + 8192)

    def silence(self, channel: int | None = None) -> None:
        """End the sound of a channel (None: of all) at once, without releases."""
        with self.lock:
            self._synth.sounds_off(channel)

    def reset(self) -> None:
        """Return to the state of the beginning."""
        with self.lock:
            self._synth.sounds_off()
            for channel in range(CHANNELS):
                drums = channel == DRUM_CHANNEL
                self._synth.program_select(channel, self._font, 128 if drums else 0, 0, drums)

    def samples(self, frames: int) -> Samples:
        """Return the next frames, shape (frames, 2)."""
        with self.lock:
            data = bytes(self._synth.generate(frames))
        return np.frombuffer(data, dtype=np.float32).reshape(frames, 2).copy()


def open_engine(soundfont: Path | str | None = None, sample_rate_hz: int = 44100) -> SynthEngine:
    """Return the best synthesiser of this machine; raises DeviceError with the mend when none."""
    path = find_soundfont(soundfont)
    try:
        return FluidEngine(path, sample_rate_hz)
    except DeviceError:
        if importlib.util.find_spec("tinysoundfont") is None:
            raise
    return TinyEngine(path, sample_rate_hz)


@cache
def fluid_library() -> Any:
    """Return the module ``fluidsynth``, silent on stderr; raises DeviceError when missing."""
    try:
        with redirect_stdout(StringIO()):  # with CI set it prints where it found the library
            import fluidsynth
    except (ImportError, OSError, AttributeError) as error:
        raise DeviceError(f"The synthesiser library FluidSynth is missing. {MEND}.") from error
    number, pointer = ctypes.c_int, ctypes.c_void_p
    set_log = fluidsynth.cfunc(
        "fluid_set_log_function",
        pointer,
        ("level", number, 1),
        ("f", pointer, 1),
        ("d", pointer, 1),
    )
    for level in range(5):  # FLUID_PANIC .. FLUID_DBG; no function = not printed
        set_log(level, None, None)
    return fluidsynth


@cache
def _float_writer() -> Any:
    """Return fluid_synth_write_float: pyfluidsynth has the 16-bit twin only, which clips."""
    number, pointer = ctypes.c_int, ctypes.c_void_p
    return fluid_library().cfunc(
        "fluid_synth_write_float",
        number,
        ("synth", pointer, 1),
        ("len", number, 1),
        ("lbuf", pointer, 1),
        ("loff", number, 1),
        ("lincr", number, 1),
        ("rbuf", pointer, 1),
        ("roff", number, 1),
        ("rincr", number, 1),
    )
