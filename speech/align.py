"""Forced alignment: which phone sounds when, by pocketsphinx's acoustic model.

`python -m speech.align real --packs DIR --work DIR` aligns the real speech,
`python -m speech.align synthetic --work DIR` the synthetic commands.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from speech.dictionary import EXTRA_WORDS, guess_pronunciation, parse_dictionary
from speech.packs import Clip, training_clips
from speech.phones import CLASS_INDEX

SAMPLE_RATE_HZ = 16000
FRAME_SHIFT = 160
"""Samples from one frame to the next: 10 ms."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """One utterance with a phone class for every 10 ms."""

    audio: npt.NDArray[np.int16]
    classes: npt.NDArray[np.uint8]  # (frames,)
    text: str
    source: str


def read_audio(path: Path) -> npt.NDArray[np.int16]:
    """Mono samples at 16 kHz."""
    import soundfile
    import soxr

    samples, rate_hz = soundfile.read(path, dtype="float32")
    if samples.ndim > 1:
        samples = samples.mean(axis=1)
    if rate_hz != SAMPLE_RATE_HZ:
        samples = soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ)
    return np.asarray(np.clip(samples * 32767, -32768, 32767), np.int16)


class Aligner:
    """pocketsphinx in forced-alignment mode, taught the words that its dictionary lacks."""

    def __init__(self) -> None:
        import pocketsphinx

        model = Path(pocketsphinx.get_model_path()) / "en-us"
        # With bestpath=True (the default) two thirds of the alignments are lost.
        self._decoder: Any = pocketsphinx.Decoder(
            lm=None,
            hmm=str(model / "en-us"),
            dict=str(model / "cmudict-en-us.dict"),
            loglevel="FATAL",
            samprate=SAMPLE_RATE_HZ,
            bestpath=False,
        )
        for word, ways in parse_dictionary(EXTRA_WORDS.read_text().splitlines()).items():
            if self._decoder.lookup_word(word) is None:
                self._decoder.add_word(word, " ".join(ways[0]), True)

    def align(self, audio: npt.NDArray[np.int16], text: str) -> npt.NDArray[np.uint8] | None:
        """Phone class of every 10 ms frame, or None where the words do not fit the sound."""
        for word in text.split():
            if self._decoder.lookup_word(word) is None:
                self._decoder.add_word(word, " ".join(guess_pronunciation(word)), True)
        sound = audio.tobytes()
        self._decoder.set_align_text(text)
        self._decode(sound)
        if self._decoder.hyp() is None:
            return None
        self._decoder.set_alignment()
        self._decode(sound)
        classes = np.zeros(len(audio) // FRAME_SHIFT + 1, np.uint8)
        for word in self._decoder.get_alignment():
            for phone in word:
                end = phone.start + phone.duration
                classes[phone.start : end] = CLASS_INDEX.get(phone.name, 0)
        return classes

    def _decode(self, sound: bytes) -> None:
        self._decoder.start_utt()
        self._decoder.process_raw(sound, full_utt=True)
        self._decoder.end_utt()


def align_clips(clips: Iterable[Clip]) -> tuple[list[Aligned], int]:
    """Aligns what can be aligned; also returns how many clips were dropped."""
    aligner, done, dropped = Aligner(), [], 0
    for clip in clips:
        audio = read_audio(clip.path)
        try:
            classes = aligner.align(audio, clip.text)
        except (RuntimeError, ValueError):
            classes = None
        if classes is None or not classes.any():
            dropped += 1
            continue
        done.append(Aligned(audio, classes, clip.text, clip.source))
    return done, dropped


def save_aligned(path: Path, utterances: list[Aligned]) -> None:
    """Writes one set as a plain npz (no pickle)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = [{"text": u.text, "source": u.source} for u in utterances]
    np.savez(
        path,
        audio=np.concatenate([u.audio for u in utterances]),
        samples=np.array([len(u.audio) for u in utterances]),
        classes=np.concatenate([u.classes for u in utterances]),
        frames=np.array([len(u.classes) for u in utterances]),
        facts=np.array(json.dumps(facts)),
    )


def load_aligned(path: Path) -> list[Aligned]:
    """Reads a set written by save_aligned."""
    with np.load(path, allow_pickle=False) as stored:
        facts = json.loads(str(stored["facts"]))
        sounds = np.split(stored["audio"], np.cumsum(stored["samples"])[:-1])
        classes = np.split(stored["classes"], np.cumsum(stored["frames"])[:-1])
    return [
        Aligned(sound, labels, fact["text"], fact["source"])
        for sound, labels, fact in zip(sounds, classes, facts, strict=True)
    ]


def read_list(path: Path) -> list[Clip]:
    """Clips from a table "file<TAB>text<TAB>voice"; files lie beside the table."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [Clip(path.parent / file, text, voice, voice) for file, text, voice in rows]


def main() -> None:
    """Aligns the real or the synthetic part."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("part", choices=["real", "synthetic"])
    parser.add_argument("--packs", type=Path, help="folder of the real speech packs")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="so many clips of every set, for a trial run")
    choice = parser.parse_args()
    if choice.part == "real":
        sets = training_clips(choice.packs, choice.work)
    else:
        lists = sorted((choice.work / "synthetic").glob("*/list.tsv"))
        sets = {f"synthetic_{table.parent.name}": read_list(table) for table in lists}
    for name, clips in sets.items():
        target = choice.work / "aligned" / f"{name}.npz"
        if target.exists():
            continue
        began = time.perf_counter()
        done, dropped = align_clips(clips[: choice.limit])
        save_aligned(target, done)
        hours = sum(len(u.audio) for u in done) / SAMPLE_RATE_HZ / 3600
        took = time.perf_counter() - began
        print(f"{name}: {len(done)} aligned, {dropped} dropped, {hours:.2f} h in {took:.0f} s")


if __name__ == "__main__":
    main()
