"""Lists of speech that is no command, WORK/negatives/<set>/list.tsv.

`python -m speech.negatives --packs DIR --work DIR`: books read by unheard speakers, other products'
wake words, and what people say to other assistants and to each other (`foreign.txt`, spoken by two
voices that nobody trains on).
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from speech.align import SAMPLE_RATE_HZ
from speech.judge_sounds import VOICES
from speech.packs import (
    FITTING_WAKE_WORDS,
    MEASURED_ONLY,
    NEGATIVE_SET,
    Clip,
    librispeech,
    read_set,
)
from speech.voices import dress

FOREIGN = Path(__file__).with_name("foreign.txt")
FOREIGN_VOICES = ("slt", "scottish")
MYCROFT_EVERY = 3
"""Every third clip of a few people who say two names again and again."""


def write_list(folder: Path, clips: list[Clip]) -> None:
    """Writes a list that evaluate reads; the clips stay where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{clip.path.resolve()}\t{clip.text}\t{clip.source}\n" for clip in clips]
    (folder / "list.tsv").write_text("".join(rows), encoding="utf-8")


def speak_foreign(folder: Path) -> int:
    """Lets the judging voices say what is not for Encore; returns how many sentences."""
    import soundfile

    if (folder / "list.tsv").exists():
        return len((folder / "list.tsv").read_text(encoding="utf-8").splitlines())
    folder.mkdir(parents=True, exist_ok=True)
    lines, rng, rows = FOREIGN.read_text(encoding="utf-8").splitlines(), random.Random(5), []
    for name in FOREIGN_VOICES:
        speak = VOICES[name](folder)
        for number, text in enumerate(lines):
            file = f"{name}_{number:03d}.wav"
            soundfile.write(folder / file, dress(speak(text), rng), SAMPLE_RATE_HZ)
            rows.append(f"{file}\t{text}\t{name}\n")
    (folder / "list.tsv").write_text("".join(rows), encoding="utf-8")
    return len(rows)


def main() -> None:
    """Writes all lists."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--packs", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    choice = parser.parse_args()
    books = librispeech(choice.packs, choice.work, held_out=True)
    wake = [clip for clip, _ in read_set(choice.packs, choice.work, NEGATIVE_SET)]
    wake = [clip for clip in wake if clip.text not in FITTING_WAKE_WORDS]
    mycroft, vctk = ([c for c, _ in read_set(choice.packs, choice.work, n)] for n in MEASURED_ONLY)
    target = choice.work / "negatives"
    write_list(target / "librispeech", books)
    write_list(target / "keywords", wake)
    write_list(target / "mycroft", mycroft[::MYCROFT_EVERY])
    write_list(target / "vctk", vctk)
    said = speak_foreign(target / "talk")
    print(f"{len(books)} sentences of books, {len(wake)} wake words, {said} of talk")


if __name__ == "__main__":
    main()
