"""Measure how long a stroke takes to the speaker, beside FluidSynth's own sound driver.

Usage: python -m scripts.measure_key_to_sound [STROKES]

Runs in the virtual studio (jackd, pulseaudio; tests/studio), so it needs no hardware: strokes are
sent to Encore's synthesiser output and to FluidSynth playing by itself, and found in a recording of
the speaker. The recorder's own delay is in both figures alike.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from skills.music.player.calibrate import from_recording
from tests.studio.studio import RATE_HZ, SPEAKER_MONITOR, VirtualStudio

EVERY_S, HELD_S, PITCH, VELOCITY = 0.7, 0.08, 84, 120
Strike = Callable[[int], None]
"""Strikes with a velocity; 0 releases."""


class Speaker:
    """What comes out of the speaker, with the time at which it was read."""

    def __init__(self) -> None:
        command = ["parec", f"--device={SPEAKER_MONITOR}", f"--rate={RATE_HZ}", "--channels=1"]
        self._process = subprocess.Popen(
            [*command, "--format=s16le", "--latency-msec=1", "--raw"], stdout=subprocess.PIPE
        )
        self._blocks: list[tuple[float, bytes]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while data := os.read(self._process.stdout.fileno(), 1 << 16):
            self._blocks.append((time.perf_counter(), data))

    def sound(self) -> tuple[Any, float]:
        """End the recording; return its samples (n,) and when the first one came."""
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        count, starts_s = 0, []
        for came_s, data in self._blocks:
            count += len(data) // 2
            starts_s.append(came_s - count / RATE_HZ)
        raw = b"".join(data for _, data in self._blocks)
        samples = np.frombuffer(raw[: len(raw) // 2 * 2], dtype=np.int16) / 32768
        return samples.astype(np.float32), float(np.quantile(starts_s, 0.05))


def delays_s(strike: Strike, strokes: int) -> list[float]:
    """Return the delays of strokes in seconds."""
    speaker = Speaker()
    time.sleep(1.5)
    sent = []
    for _ in range(strokes):
        sent.append(time.perf_counter())
        strike(VELOCITY)
        time.sleep(HELD_S)
        strike(0)
        time.sleep(EVERY_S - HELD_S)
    return from_recording(*_sound(speaker), sent, 0.0)


def _sound(speaker: Speaker) -> tuple[Any, int, float]:
    samples, starts_s = speaker.sound()
    return samples, RATE_HZ, starts_s


def encores(strokes: int) -> list[float]:
    """Return the delays of Encore's own output."""
    import mido

    from skills.music.player.outputs import SynthOutput

    output = SynthOutput()
    output.send(mido.Message("program_change", program=PROGRAM))
    try:
        return delays_s(
            lambda v: output.send(mido.Message("note_on", note=PITCH, velocity=v)), strokes
        )
    finally:
        output.close()
        import sounddevice

        sounddevice._terminate()  # it must not outlive the studio's servers


def fluidsynths(strokes: int) -> list[float]:
    """Return the delays of FluidSynth with its PulseAudio driver."""
    import fluidsynth

    from skills.music.player.soundfont import find_soundfont

    synth = fluidsynth.Synth(samplerate=float(RATE_HZ), gain=0.6)
    try:
        synth.setting("audio.period-size", 256)
        synth.setting("audio.periods", 2)
        synth.setting("audio.pulseaudio.adjust-latency", 0)
        synth.start(driver="pulseaudio")
        synth.program_select(0, synth.sfload(str(find_soundfont())), 0, PROGRAM)
        return delays_s(
            lambda v: synth.noteon(0, PITCH, v) if v else synth.noteoff(0, PITCH), strokes
        )
    finally:
        with suppress(Exception):
            synth.delete()


PROGRAM = 115
"""Wood block: it begins at once."""


def main(strokes: str = "40") -> None:
    """Print a line a driver."""
    with VirtualStudio() as studio:
        os.environ.update(studio.environment)
        for name, measured in (("Encore", encores), ("FluidSynth alone", fluidsynths)):
            found = np.array(measured(int(strokes))) * 1000
            if not len(found):
                print(f"{name:18} nothing was heard")
                continue
            p50, p95 = np.quantile(found, [0.5, 0.95])
            print(f"{name:18} {len(found):3} strokes  p50 {p50:5.1f} ms  p95 {p95:5.1f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
