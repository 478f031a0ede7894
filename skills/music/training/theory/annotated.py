"""Songs whose keys and beats are known, and cuts of them."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from skills.music.notes import Phrase
from skills.music.theory.key import parse_key
from skills.music.training.beats import from_score, from_table
from skills.music.training.corpora import CORPORA, Song, songs
from skills.music.training.prepare import read_notes

FIFTH = 7
SIGNED = frozenset({"folk_pd", "openhymnal", "chopin_first_editions"})
"""Corpora whose MIDI files name key and mode."""
STEADY = 0.05
"""Beats that vary more (standard deviation by mean) have no tempo to find."""
Labels = list[tuple[float, int]]
"""(from seconds, key 0..23) in order; or one key, major, of a signature."""


def pop_keys(data: Path) -> dict[str, Labels]:
    """Return the annotated keys of POP909 by song."""
    found: dict[str, Labels] = {}
    with tarfile.open(data / "pop909.tar.gz") as files:
        for member in files:
            if member.name.endswith("key_audio.txt"):
                handle = files.extractfile(member)
                lines = handle.read().decode().splitlines() if handle else []
                keys = [
                    (float(a), parse_key(k.replace(":", " "))) for a, _, k in map(str.split, lines)
                ]
                item = Path(member.name).parent.name
                found[item] = [(a, k.tonic + 12 * (k.mode == "minor")) for a, k in keys]
    return found


def lieder_keys(data: Path) -> dict[str, Labels]:
    """Return the major keys of the signatures of OpenScore Lieder, songs with one signature."""
    found: dict[str, Labels] = {}
    with tarfile.open(data / "openscore_lieder.tar.gz") as files:
        handle = files.extractfile("openscore_lieder/index.tsv")
        for line in handle.read().decode().splitlines() if handle else []:
            item, _, _, _, fifths, *_ = line.split("\t")
            signatures = json.loads(fifths)
            if len(signatures) == 1:
                found[item] = [(0.0, signatures[0] * FIFTH % 12)]
    return found


def signed_key(song: Song) -> Labels | None:
    """Return the key that a MIDI file names with its mode; None when it names none or several."""
    import symusic

    score: Any = symusic.Score.from_midi(song.midi)
    found = {(sign.key, sign.tonality) for sign in score.key_signatures}
    if len(found) != 1:
        return None
    fifths, minor = found.pop()
    return [(0.0, (fifths * FIFTH + 9 * minor) % 12 + 12 * minor)]


def labelled(data: Path, split: str) -> Iterator[tuple[Song, np.ndarray, Labels]]:
    """Yield (song, notes (n, 5), keys) of the songs of a split whose keys are known."""
    keys = {"pop909": pop_keys(data), "openscore_lieder": lieder_keys(data)}
    for song in songs(data):
        if song.split != split:
            continue
        corpus = CORPORA[song.corpus].name
        labels = signed_key(song) if corpus in SIGNED else keys.get(corpus, {}).get(song.item)
        notes = read_notes(song.midi) if labels else None
        if labels and notes is not None:
            yield song, notes, labels


def beats_of(song: Song) -> np.ndarray:
    """Return (beats, 2): seconds, place in bars; a beat of a compound metre is its dotted one."""
    import symusic

    if song.beats is not None:
        return from_table(song.beats)
    return from_score(symusic.Score.from_midi(song.midi))


def steady_beat_s(beats: np.ndarray, start_s: float, length_s: float) -> float | None:
    """Return the beat of a cut; None where it varies by more than STEADY or hardly is one."""
    times = beats[:, 0] - start_s if len(beats) else np.zeros(0)
    gaps = np.diff(times[(times > -1) & (times < length_s + 1)])
    if len(gaps) < 4 or gaps.std() / gaps.mean() > STEADY:
        return None
    return float(np.median(gaps))


def cut(notes: np.ndarray, start_s: float, length_s: float) -> Phrase:
    """Return the notes that start within the cut, time 0 at its start; the pedal counts."""
    inside = notes[(notes[:, 0] >= start_s) & (notes[:, 0] < start_s + length_s)]
    rows = inside[:, [0, 4, 2, 3]] - [start_s, start_s, 0, 0]
    return Phrase.from_array(rows)


def key_at(labels: Labels, start_s: float, end_s: float) -> int | None:
    """Return the key from start to end; None when it changes there."""
    found = {key for at_s, key in labels if start_s < at_s < end_s}
    before = [key for at_s, key in labels if at_s <= start_s] or [labels[0][1]]
    return before[-1] if found <= {before[-1]} else None
