"""The doctor's checks of devices and native libraries: ``python -m assistant.doctor_probes NAME``.

Each runs in a process of its own and prints one JSON object, {"ok", "detail"}, as its last line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from assistant.contract import DeviceError, EncoreError, SettingsError
from assistant.settings import Settings, load_settings

NOTE, NOTE_S = 69, 0.5
"""What is played for the loop-back: concert pitch, half a second."""


def speech_model() -> str:
    """Load the speech model."""
    from assistant.ears.models import find_model
    from assistant.ears.vosk_recogniser import Recogniser

    folder = find_model(_settings().speech.model or None)
    return f"{Recogniser.load(folder).name} loads"


def microphone() -> str:
    """Take a moment of sound."""
    from assistant.ears.microphone import SystemMicrophone

    device = SystemMicrophone(_settings().speech.microphone)
    next(device.chunks())
    device.close()
    return f"{_device_name('input', _settings().speech.microphone)} sends sound"


def speakers() -> str:
    """Play a moment of silence."""
    import numpy as np

    from assistant.mouth.speaker import Speaker

    speaker = Speaker(_settings().sound.output_device)
    speaker.play(np.zeros(2205, dtype=np.float32), 22_050)
    if not speaker.wait(5.0):
        raise DeviceError("The speakers take no sound.")
    return f"{_device_name('output', _settings().sound.output_device)} plays"


def midi() -> str:
    """List the ports; a keyboard must be among the inputs."""
    from skills.music.keyboard.ports import choose, input_names, output_names

    inputs, outputs = input_names(), output_names()
    chosen = choose(inputs, _settings().midi.input_port)
    if chosen is None:
        raise DeviceError(f"No keyboard is connected (inputs: {', '.join(inputs) or 'none'}).")
    return f"plays in from {chosen} (outputs: {', '.join(outputs) or 'none'})"


def synth() -> str:
    """Render a note."""
    from skills.music.notes import Note, Phrase
    from skills.music.player.engines import open_engine
    from skills.music.player.synth import render

    soundfont = _settings().sound.soundfont or None
    engine = open_engine(soundfont)
    if not render(Phrase((Note(0.0, 60, 0.2, 80),)), soundfont=soundfont).any():
        raise DeviceError(f"{engine.soundfont} makes no sound.")
    return f"{engine.name} with {engine.soundfont.name}{_heard_note()}"


def _heard_note() -> str:
    """Play a note on the speakers and listen for it; "" where there is no way to hear it."""
    from skills.music.player.live import open_player
    from skills.music.player.loopback import loopback

    sound = _settings().sound
    try:
        with loopback() as heard:
            player = open_player("synth", "", sound.soundfont or None, sound.output_device or None)
            try:
                began_s = time.perf_counter()
                player.strike(NOTE, 100)
                time.sleep(NOTE_S)
                player.release(NOTE)
                first_s = heard.first_loud_s(began_s)
            finally:
                player.close()
    except DeviceError:
        return ""
    if first_s is None:
        return "; a note was played, and the loop-back heard nothing"
    return f"; a note came back from the speakers after {(first_s - began_s) * 1000:.0f} ms"


def voice() -> str:
    """Render a word."""
    from assistant.mouth.voice import open_renderer

    samples, rate_hz = open_renderer(_settings().speech).render("ready")
    return f"speaks ({len(samples) / rate_hz:.1f} s for one word)"


PROBES: dict[str, Callable[[], str]] = {
    probe.__name__: probe for probe in (speech_model, microphone, speakers, midi, synth, voice)
}


def main(name: str) -> None:
    """Run one probe and print what it found."""
    try:
        answer = {"ok": True, "detail": PROBES[name]()}
    except EncoreError as error:
        answer = {"ok": False, "detail": str(error)}
    print(json.dumps(answer), flush=True)


def _settings() -> Settings:
    """Return the user's settings; the defaults when they are wrong, which is a check of its own."""
    try:
        return load_settings()
    except SettingsError:
        return Settings()


def _device_name(kind: str, wanted: str) -> str:
    import sounddevice

    return str(sounddevice.query_devices(wanted or None, kind)["name"])


if __name__ == "__main__":
    main(sys.argv[1])
