"""Sounds to tune and to fit the verifier on: commands and foreign speech, none of it for judging.

`python -m speech.fitting_sounds --packs DIR --work DIR` writes WORK/fitting/<set>/list.tsv. The
sentences are those of `fitting.tsv`, by voices that the network was trained on; the real foreign
speech is of speakers and wake words that no figure is measured on.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speech.align import FRAME_SHIFT, SAMPLE_RATE_HZ, Aligned, load_aligned
from speech.evaluate import read_list
from speech.judge_sounds import with_piano
from speech.negatives import write_list
from speech.noises import piano_bed
from speech.packs import FITTING_WAKE_WORDS, NEGATIVE_SET, librispeech, read_set
from speech.phones import CLASS_INDEX, SILENCE
from speech.voices import Samples, dress, speaker

SENTENCES = Path(__file__).with_name("fitting.tsv")
VOICES = ("rms", "awb", "kal16", "espeak", "hibari")
UNHEARD_VOICE = "west_midlands"
"""An accent that the network was not trained on: reads every second command."""
UNHEARD_COPIES = {"command_rms": ("rms_high", 0.87), "command_awb": ("awb_low", 1.16)}
"""Every third command once more, as by a smaller or a larger person: (name, stretch of time)."""
BOOKS_EVERY = 3
"""Every third clip of the trained LibriSpeech speakers is decoded; more costs time."""
PHRASES = 700
PHRASE_FRAMES = (60, 300)
"""Length of a phrase cut out of read speech, frames of 10 ms."""
PAUSE_FRAMES = 16
SEED = 17
PIANO_S = 300.0


def sentences(kind: str) -> list[str]:
    """The sentences of one kind: "command" or "foreign"."""
    rows = [line.split("\t") for line in SENTENCES.read_text(encoding="utf-8").splitlines()]
    return [text for found, text in rows if found == kind]


def speak(voice: str, texts: list[str], folder: Path) -> None:
    """Lets one voice read sentences into FOLDER/list.tsv."""
    import soundfile

    if (folder / "list.tsv").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    say, rng, rows = speaker(voice, folder), random.Random(SEED), []
    for number, text in enumerate(texts):
        samples, name = say(text, rng)
        soundfile.write(folder / f"{number:03d}.flac", dress(samples, rng), SAMPLE_RATE_HZ)
        rows.append(f"{number:03d}.flac\t{text}\t{name}\n")
    (folder / "list.tsv").write_text("".join(rows), encoding="utf-8")


def add_piano(folder: Path, piano: Samples) -> None:
    """Copies a list to FOLDER_piano, every clip with a piano 10 dB below the voice."""
    import soundfile

    target, rng = folder.with_name(f"{folder.name}_piano"), random.Random(SEED)
    if (target / "list.tsv").exists():
        return
    target.mkdir(parents=True, exist_ok=True)
    for path, _ in read_list(folder / "list.tsv"):
        samples, _ = soundfile.read(path, dtype="float32")
        soundfile.write(target / path.name, with_piano(samples, piano, rng), SAMPLE_RATE_HZ)
    (target / "list.tsv").write_bytes((folder / "list.tsv").read_bytes())


def stretch(folder: Path, name: str, ratio: float) -> None:
    """Copies every third clip of a list to command_<name>, played slower (above 1) or faster."""
    import soundfile
    import soxr

    target = folder.with_name(f"command_{name}")
    if (target / "list.tsv").exists():
        return
    target.mkdir(parents=True, exist_ok=True)
    rows = []
    for path, text in read_list(folder / "list.tsv")[::3]:
        samples, _ = soundfile.read(path, dtype="float32")
        other = soxr.resample(samples, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * ratio)
        soundfile.write(target / path.name, other, SAMPLE_RATE_HZ)
        rows.append(f"{path.name}\t{text}\t{name}\n")
    (target / "list.tsv").write_text("".join(rows), encoding="utf-8")


def phrases(utterances: Iterable[Aligned]) -> Iterator[npt.NDArray[np.int16]]:
    """What is read between two pauses, 0.6 to 3 s: as short as commands are."""
    for utterance in utterances:
        silent = np.append(utterance.classes == CLASS_INDEX[SILENCE], True)
        begin, pause = 0, 0
        for at, is_silent in enumerate(silent):
            pause = pause + 1 if is_silent else 0
            if pause == PAUSE_FRAMES or at == len(silent) - 1:
                if PHRASE_FRAMES[0] <= at - begin <= PHRASE_FRAMES[1]:
                    yield utterance.audio[begin * FRAME_SHIFT : at * FRAME_SHIFT]
                begin = at - PAUSE_FRAMES // 2


def write_phrases(aligned: Path, folder: Path) -> int:
    """Writes phrases of the trained LibriSpeech speakers into FOLDER/list.tsv."""
    import soundfile

    found = list(phrases(load_aligned(aligned)))
    random.Random(SEED).shuffle(found)
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, audio in enumerate(found[:PHRASES]):
        padded = np.pad(audio, SAMPLE_RATE_HZ // 5)
        soundfile.write(folder / f"{number:03d}.flac", padded, SAMPLE_RATE_HZ)
        rows.append(f"{number:03d}.flac\t\tlibrispeech\n")
    (folder / "list.tsv").write_text("".join(rows), encoding="utf-8")
    return len(rows)


def main() -> None:
    """Writes all lists."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--packs", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--voices", nargs="+", default=list(VOICES))
    parser.add_argument("--every", type=int, default=1, help="take every n-th sentence only")
    choice = parser.parse_args()
    target, piano = choice.work / "fitting", piano_bed(PIANO_S, SEED)
    for voice in choice.voices:
        for kind in ("command", "foreign"):
            speak(voice, sentences(kind)[:: choice.every], target / f"{kind}_{voice}")
        add_piano(target / f"command_{voice}", piano)
    unheard = sentences("command")[:: 2 * choice.every]
    speak(UNHEARD_VOICE, unheard, target / f"command_{UNHEARD_VOICE}")
    for folder, (name, ratio) in UNHEARD_COPIES.items():
        stretch(target / folder, name, ratio)
    wake = [clip for clip, _ in read_set(choice.packs, choice.work, NEGATIVE_SET)]
    fitted = [clip for clip in wake if clip.text in FITTING_WAKE_WORDS]
    write_list(target / "foreign_keywords", fitted)
    books = librispeech(choice.packs, choice.work, held_out=False)[::BOOKS_EVERY]
    write_list(target / "foreign_books", books)
    coffee = [clip for clip, _ in read_set(choice.packs, choice.work, "picovoice_coffee")]
    write_list(target / "foreign_coffee", coffee[::BOOKS_EVERY])
    cut = write_phrases(choice.work / "aligned" / "librispeech.npz", target / "foreign_phrases")
    print(f"{cut} phrases, {len(fitted)} wake words, {len(books)} sentences of books")


if __name__ == "__main__":
    main()
