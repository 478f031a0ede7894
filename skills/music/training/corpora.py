"""The music that may be learned from: archives, their licences, and what is known of each."""

from __future__ import annotations

import csv
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from assistant.contract import InputError

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Corpus:
    """One archive of songs."""

    name: str
    """Name in splits.tsv, and of ``<name>.tar.gz``."""
    path: str
    """Where a song lies in the archive; ``{item}`` is its name in splits.tsv."""
    style: str
    """One of model.STYLES."""
    share: float
    """Share of the validation windows, and weight in the scale of the conditions."""
    taught: float
    """Share of the training windows."""
    licence: str
    velocity_known: bool = False
    """False: loudness was made by a converter: it says nothing about how people play."""
    beats: str | None = None
    """Where a song's beats lie in the archive, if not in its MIDI file's tempo map."""
    chords: str | None = None
    """Where a song's chord symbols lie in the archive; ``{stem}`` is the item without ``.mid``."""
    swung: float = 0.0
    """Share of its training windows whose off-beats are delayed, as players of its style do."""
    allowed_only: str | None = None
    """A table beside the archives; only items whose column ``use`` says yes may be learned."""


CORPORA = (
    Corpus(
        "pop909",
        "pop909/POP909/{item}/{item}.mid",
        "pop",
        0.46,
        0.40,
        "MIT",
        velocity_known=True,
        beats="pop909/POP909/{item}/beat_midi.txt",
        chords="pop909/POP909/{item}/chord_midi.txt",
        swung=0.06,
    ),
    Corpus("openscore_lieder", "openscore_lieder/midi/{item}", "classical", 0.24, 0.24, "CC0 1.0"),
    Corpus("folk_pd", "folk_pd/midi/{item}", "folk", 0.12, 0.12, "tunes public domain"),
    Corpus(
        "chopin_first_editions",
        "chopin_first_editions/midi/{item}",
        "classical",
        0.08,
        0.07,
        "CC BY 4.0",
    ),
    Corpus(
        "openewld",
        "openewld/midi/{item}",
        "jazz",
        0.05,
        0.07,
        "MIT; rows dated as free only",
        allowed_only="openewld_years.tsv",
        chords="openewld/midi/{stem}.chords.tsv",
        swung=0.35,
    ),
    Corpus("openhymnal", "openhymnal/midi/{item}", "hymn", 0.05, 0.10, "public domain"),
)


@dataclass(frozen=True, slots=True)
class Song:
    """One song of a corpus, as bytes of a MIDI file."""

    corpus: int
    """Index into CORPORA."""
    item: str
    split: str
    """train, val or test: by song, as splits.tsv says."""
    midi: bytes
    beats: bytes | None = None
    """Table of beats (seconds, strong, first of a bar); None: the MIDI file's tempo map tells."""
    chords: bytes | None = None
    """Table of chord symbols; None: there is none."""


def _allowed(data: Path, corpus: Corpus) -> set[str] | None:
    if corpus.allowed_only is None:
        return None
    with (data / corpus.allowed_only).open(encoding="utf-8") as table:
        rows = csv.DictReader(table, delimiter="\t")
        return {row["midi"] for row in rows if row["use"] == "yes"}


def songs(data: Path) -> Iterator[Song]:
    """Yield every song that may be used, corpus by corpus.

    data: folder with ``splits.tsv`` and the archives; raises InputError when one is missing.
    """
    needed = [data / "splits.tsv", *(data / f"{c.name}.tar.gz" for c in CORPORA)]
    missing = [p.name for p in needed if not p.exists()]
    if missing:
        raise InputError(f"The data folder {data} lacks {', '.join(missing)}.")
    with (data / "splits.tsv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    for index, corpus in enumerate(CORPORA):
        allowed = _allowed(data, corpus)
        wanted = {
            corpus.path.format(item=row["item"]): (row["item"], row["split"])
            for row in rows
            if row["dataset"] == corpus.name and (allowed is None or row["item"] in allowed)
        }
        archive = data / f"{corpus.name}.tar.gz"
        items = [item for item, _ in wanted.values()]
        beats, chords = (_beside(archive, path, items) for path in (corpus.beats, corpus.chords))
        for (item, split), midi in _members(archive, wanted):
            yield Song(index, item, split, midi, beats.get(item), chords.get(item))


def _beside(archive: Path, path: str | None, items: Sequence[str]) -> dict[str, bytes]:
    """Return the tables that lie beside the songs of an archive, by item."""
    if path is None:
        return {}
    paths = {path.format(item=item, stem=item.removesuffix(".mid")): item for item in items}
    return dict(_members(archive, paths))


def _members(archive: Path, wanted: Mapping[str, Item]) -> Iterator[tuple[Item, bytes]]:
    """Yield the wanted files of an archive: what they are wanted as, and their bytes."""
    with tarfile.open(archive) as files:
        for member in files:
            found = wanted.get(member.name.removeprefix("./"))
            handle = files.extractfile(member) if found is not None else None
            if found is not None and handle is not None:
                yield found, handle.read()
