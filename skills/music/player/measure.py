"""Measures key to sound: ``python -m skills.music.player.measure``.

A key is struck where the keyboard's callback would strike it; the loop-back of the speakers tells
when it sounds. Encore's synthesiser (in a sound callback) stands beside FluidSynth's own driver.
Needs PulseAudio or PipeWire; without speakers, run it in ``tests/studio/virtual-studio``.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

import mido

from assistant.contract import DeviceError
from skills.music.handover.measure import line
from skills.music.player.engines import fluid_library
from skills.music.player.live import open_player
from skills.music.player.loopback import Loopback, loopback
from skills.music.player.soundfont import find_soundfont

NOTES = 40
HELD_S, SILENT_S = 0.15, 0.6
DRIVERS = {"darwin": "coreaudio", "win32": "wasapi"}
Act = Callable[[int], None]


def delays_ms(
    heard: Loopback, strike: Act, release: Act, silence: Callable[[], None]
) -> list[float]:
    """Return the milliseconds from each stroke to its sound."""
    chance, delays = random.Random(7), []
    for _ in range(NOTES):
        pitch = chance.randrange(55, 80)
        struck_s = time.perf_counter()
        strike(pitch)
        time.sleep(HELD_S)
        release(pitch)
        silence()
        if (first_s := heard.first_loud_s(struck_s)) is not None:
            delays.append((first_s - struck_s) * 1000)
        time.sleep(SILENT_S + chance.uniform(0.0, 0.05))
    return delays


def through_encore(heard: Loopback) -> list[float]:
    """Strike keys through Encore's player."""
    player = open_player("synth")
    try:
        time.sleep(1.0)
        return delays_ms(
            heard,
            lambda pitch: player.thru(mido.Message("note_on", note=pitch, velocity=110)),
            lambda pitch: player.thru(mido.Message("note_off", note=pitch)),
            lambda: player.output.send(mido.Message("control_change", control=120, channel=1)),
        )
    finally:
        player.close()


def through_fluidsynth(heard: Loopback) -> list[float]:
    """Strike keys through FluidSynth's own driver; raises DeviceError when it has none here."""
    fluidsynth = fluid_library()
    synth = fluidsynth.Synth(gain=1.0, samplerate=48_000.0)
    synth.setting("audio.period-size", 256)
    synth.setting("audio.periods", 2)
    try:
        synth.start(driver=DRIVERS.get(sys.platform, "pulseaudio"))
        font = synth.sfload(str(find_soundfont()))
        synth.program_select(0, font, 0, 0)
        time.sleep(1.0)
        return delays_ms(
            heard,
            lambda pitch: synth.noteon(0, pitch, 110),
            lambda pitch: synth.noteoff(0, pitch),
            lambda: synth.all_sounds_off(-1),
        )
    finally:
        synth.delete()


def main() -> None:
    """Measure and print the table."""
    try:
        with loopback() as heard:
            print(f"{'milliseconds':<48} {'p50':>7} {'p95':>7} {'most':>7} count", flush=True)
            print(line("key to sound, Encore's synthesiser", through_encore(heard)), flush=True)
            print(line("key to sound, FluidSynth's own driver", through_fluidsynth(heard)))
    except DeviceError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
