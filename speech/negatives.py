"""Lists of speech that is no command: read books by unheard speakers, other products' wake words.

`python -m speech.negatives --packs DIR --work DIR` writes WORK/negatives/<set>/list.tsv.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from speech.packs import NEGATIVE_SET, Clip, librispeech, read_set


def write_list(folder: Path, clips: list[Clip]) -> None:
    """Writes a list that evaluate reads; the clips stay where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{clip.path.resolve()}\t{clip.text}\t{clip.source}\n" for clip in clips]
    (folder / "list.tsv").write_text("".join(rows), encoding="utf-8")


def main() -> None:
    """Writes both lists."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--packs", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    choice = parser.parse_args()
    books = librispeech(choice.packs, choice.work, held_out=True)
    wake = [clip for clip, _ in read_set(choice.packs, choice.work, NEGATIVE_SET)]
    write_list(choice.work / "negatives" / "librispeech", books)
    write_list(choice.work / "negatives" / "keywords", wake)
    print(f"{len(books)} sentences of books, {len(wake)} wake words")


if __name__ == "__main__":
    main()
