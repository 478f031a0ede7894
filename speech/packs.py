"""Real speech: which clips of the packs are used, with their words.

The packs are a data folder of Ogg/Opus clips at 16 kHz, one tab-separated table per set; their
sources and licences are named in the model's card.
"""

from __future__ import annotations

import csv
import random
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MIN_WHISPER_LOGPROB = -0.35
"""Machine transcripts less sure than this are left out."""
MAX_HAPPY_CLIPS = 250
"""The Speech Commands pack is nearly all one word; more of it teaches nothing."""
NEGATIVE_SET = "picovoice_keywords"
FITTING_WAKE_WORDS = ("alexa", "computer", "smart mirror")
"""The verifier is fitted on these; figures are measured on the other three (jarvis, snowboy, view
glass). The set names no speakers, so the same people may have spoken both."""
MEASURED_ONLY = ("mycroft_precise_pd", "vctk_autovc")
"""Further sets that nothing is trained or fitted on; of the first every third clip is used."""
HELD_OUT_EVERY = 12
"""Every twelfth LibriSpeech speaker is kept out of training to measure false commands."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording with its words."""

    path: Path
    text: str
    """Lower case, no punctuation, numbers as words."""
    speaker: str
    source: str
    """The pack or the voice that spoke."""


def unpack(packs: Path, work: Path, name: str) -> Path:
    """Unpacks one set below the work folder once and returns its folder."""
    target = work / "packs" / name
    if not (target / "train").is_dir():
        target.mkdir(parents=True, exist_ok=True)
        with tarfile.open(packs / f"{name}_train.tar.gz") as archive:
            archive.extractall(target, filter="data")
    return target / "train"


def read_set(packs: Path, work: Path, name: str) -> Iterator[tuple[Clip, Mapping[str, str]]]:
    """All clips of one set with the columns of its table."""
    folder = unpack(packs, work, name)
    with (packs / f"{name}_train.tsv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield Clip(folder / row["file"], row["text"], row["speaker"], name), row


def _held_out(clips: list[Clip]) -> set[str]:
    return set(sorted({clip.speaker for clip in clips})[::HELD_OUT_EVERY])


def librispeech(packs: Path, work: Path, held_out: bool) -> list[Clip]:
    """LibriSpeech clips with trusted words: of the trained speakers or of the held-out ones."""
    trusted = [
        clip
        for clip, row in read_set(packs, work, "librispeech")
        if row["text_source"] == "librispeech"
        or float(row["whisper_logprob"] or "-9") > MIN_WHISPER_LOGPROB
    ]
    kept_out = _held_out(trusted)
    return [clip for clip in trusted if (clip.speaker in kept_out) == held_out]


def training_clips(packs: Path, work: Path) -> dict[str, list[Clip]]:
    """The real speech that the network learns from, by set."""
    coffee = [clip for clip, _ in read_set(packs, work, "picovoice_coffee")]
    words = [clip for clip, _ in read_set(packs, work, "speech_commands_v001_subset")]
    rest = [clip for clip in words if clip.text != "happy"]
    happy = [clip for clip in words if clip.text == "happy"]
    random.Random(7).shuffle(happy)
    return {
        "librispeech": librispeech(packs, work, held_out=False),
        "picovoice_coffee": coffee,
        "speech_commands_v001_subset": rest + happy[:MAX_HAPPY_CLIPS],
    }
