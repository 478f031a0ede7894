"""MFCC features, equal to those that Vosk computes, of clean and varied copies of the speech.

`python -m speech.features --work DIR` reads WORK/aligned and writes WORK/features; with `--piano`
it writes WORK/features_piano instead: copies that all have a loud piano under the voice.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from speech.align import SAMPLE_RATE_HZ, Aligned, load_aligned
from speech.noises import Surroundings, piano_bed

COEFFICIENTS = 40
LOWEST_HZ, HIGHEST_HZ = 20, 7600
PIANO_BED_S = 400.0
LOUD_PIANO_DB = (0.0, 15.0)
"""How far the voice stands above the piano in the copies for tuning, dB (least, most)."""

Frames = npt.NDArray[np.float32]  # (frames, COEFFICIENTS)

MFCC_CONF = f"""--use-energy=false
--num-mel-bins={COEFFICIENTS}
--num-ceps={COEFFICIENTS}
--low-freq={LOWEST_HZ}
--high-freq={HIGHEST_HZ}
--allow-upsample=true
--allow-downsample=true
"""
"""conf/mfcc.conf of the model: the same options in Kaldi's words."""


def mfcc_options() -> Any:
    """The options of MFCC_CONF for kaldi-native-fbank."""
    import kaldi_native_fbank

    options = kaldi_native_fbank.MfccOptions()
    options.frame_opts.dither = 0
    options.frame_opts.samp_freq = SAMPLE_RATE_HZ
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = COEFFICIENTS
    options.num_ceps = COEFFICIENTS
    options.mel_opts.low_freq = LOWEST_HZ
    options.mel_opts.high_freq = HIGHEST_HZ
    options.use_energy = False
    return options


def mfcc(samples: npt.NDArray[np.float32], options: Any) -> Frames:
    """One row per 10 ms; samples are in the range of int16."""
    import kaldi_native_fbank

    computer = kaldi_native_fbank.OnlineMfcc(options)
    computer.accept_waveform(SAMPLE_RATE_HZ, samples.tolist())
    computer.input_finished()
    rows = [computer.get_frame(index) for index in range(computer.num_frames_ready)]
    return np.stack(rows).astype(np.float32)


def stretch_labels(labels: npt.NDArray[np.uint8], stretch: float, frames: int) -> Any:
    """Frame labels of a copy whose speed was changed."""
    source = np.minimum((np.arange(frames) / stretch).astype(int), len(labels) - 1)
    return labels[source]


def featurise(
    utterances: list[Aligned], surroundings: Surroundings, copies: int, clean: bool = True
) -> Iterator[tuple[Frames, npt.NDArray[np.uint8]]]:
    """For every utterance varied copies, and before them the clean one if it is wanted."""
    options = mfcc_options()
    for utterance in utterances:
        if clean:
            plain = mfcc(utterance.audio.astype(np.float32), options)
            yield plain, stretch_labels(utterance.classes, 1.0, len(plain))
        for _ in range(copies):
            samples, stretch = surroundings.vary(utterance.audio)
            varied = mfcc(samples, options)
            yield varied, stretch_labels(utterance.classes, stretch, len(varied))


def save_features(path: Path, pairs: list[tuple[Frames, npt.NDArray[np.uint8]]]) -> float:
    """Writes features as float16; returns hours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        frames=np.concatenate([frames.astype(np.float16) for frames, _ in pairs]),
        classes=np.concatenate([classes for _, classes in pairs]),
        lengths=np.array([len(classes) for _, classes in pairs]),
    )
    return sum(len(classes) for _, classes in pairs) / 360000


def main() -> None:
    """Computes the training features of all aligned sets."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--copies", type=int, default=2, help="varied copies beside the clean one")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--piano", action="store_true", help="one copy each, over a loud piano")
    parser.add_argument("--only", help="this set alone")
    choice = parser.parse_args()
    piano = piano_bed(PIANO_BED_S, choice.seed)
    folder = "features_piano" if choice.piano else "features"
    level_db = LOUD_PIANO_DB if choice.piano else None
    copies = 1 if choice.piano else choice.copies
    for source in sorted((choice.work / "aligned").glob("*.npz")):
        target = choice.work / folder / source.name
        if target.exists() or (choice.only and source.stem != choice.only):
            continue
        began = time.perf_counter()
        utterances = load_aligned(source)
        talk = [utterance.audio for utterance in utterances[:200]]
        surroundings = Surroundings(choice.seed, piano, talk, level_db)
        pairs = featurise(utterances, surroundings, copies, clean=not choice.piano)
        hours = save_features(target, list(pairs))
        print(f"{source.stem}: {hours:.2f} h in {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
