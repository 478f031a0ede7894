"""Sounds to measure on: calls in synthetic voices, and piano from MIDI files."""

from __future__ import annotations

import random
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, FloatSamples, resampled, write_speech
from assistant.contract import EncoreError
from assistant.ears.models import CHECKSUMS

EVERY = 3
"""Every third of the judging sentences is spoken."""
CALLS = ("maestro, stop", "maestro stop", "maestro")
SYNTH_HZ = 44_100
OWN_WORDS = (
    "Here is your phrase, continued for eight bars in a happy mood. It is in the key of d major, a"
    " bit faster than before, and the left hand plays fewer notes. Say again to hear it once more."
)
"""A reply that is longer than any."""


def speak_calls(voice: str, folder: Path, every: int = EVERY) -> int:
    """Speak calls with one voice into ``folder/voice`` and return how many.

    Judging voices (slt, scottish, kumo) need flite, espeak-ng, or hibari-tts and the Kokoro wheels
    (speech/README.md); the others are the training voices of ``speech.voices``, for choosing.
    """
    from speech.judge_sounds import VOICES, sentences
    from speech.voices import speaker

    target, rng = folder / voice, random.Random(5)
    target.mkdir(parents=True, exist_ok=True)
    speak: Callable[[str], FloatSamples]
    if voice in VOICES:
        speak = VOICES[voice](target)
    else:
        trained = speaker(voice, target)

        def speak(text: str) -> FloatSamples:
            return trained(text, rng)[0]

    texts = [f"maestro, {text.removeprefix('maestro ')}" for text in sentences()[::every]]
    rows = []
    for number, text in enumerate([*texts, *CALLS]):
        sound = np.asarray(speak(text), np.float32)
        write_speech(sound / max(np.abs(sound).max(), 1e-6) * 0.5, SPEECH_RATE_HZ,
                     target / f"{number:03d}.wav")  # fmt: skip
        rows.append(f"{number:03d}.wav\t{text.replace(',', '')}\t{voice}\n")
    (target / "list.tsv").write_text("".join(rows), encoding="utf-8")
    return len(rows)


def play_piano(
    midi: Path, folder: Path, hours: float, program: int = 0
) -> Iterator[tuple[str, float]]:
    """Render the MIDI files below a folder on Encore's synthesiser; yield name and hours so far."""
    from skills.music.midi_file import read_phrase
    from skills.music.player.synth import render

    folder.mkdir(parents=True, exist_ok=True)
    seconds = 0.0
    for path in sorted(midi.rglob("*.mid")):
        try:
            sound = render(read_phrase(path), program, sample_rate_hz=SYNTH_HZ).mean(axis=1)
        except EncoreError:
            continue
        target = folder / f"{path.stem}.wav"
        write_speech(resampled(sound, SYNTH_HZ, SPEECH_RATE_HZ), SPEECH_RATE_HZ, target)
        seconds += len(sound) / SYNTH_HZ
        yield target.name, seconds / 3600
        if seconds >= hours * 3600:
            return


@contextmanager
def quicker_model(folder: Path, frames: int) -> Iterator[Path]:
    """Lend a copy of a speech model that decodes so many frames at a time; itself for 0.

    It hears the same, later by the frames' time, for half of the processor time (9 instead of 3).
    """
    if not frames:
        yield folder
        return
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(shutil.copytree(folder, Path(scratch) / folder.name))
        (copy / CHECKSUMS).unlink(missing_ok=True)
        conf = copy / "conf" / "model.conf"
        rest = re.sub(r"--frames-per-chunk=.*\n?", "", conf.read_text("utf-8"))
        conf.write_text(f"{rest}\n--frames-per-chunk={frames}\n", "utf-8")
        yield copy


def own_voice() -> FloatSamples:
    """Return Encore's own voice, saying ``OWN_WORDS``."""
    from assistant.mouth.pyttsx3_mouth import Pyttsx3Mouth

    sound, rate_hz = Pyttsx3Mouth().render(OWN_WORDS)
    return resampled(sound, rate_hz, SPEECH_RATE_HZ)
