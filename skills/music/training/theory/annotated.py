"""Songs whose keys and beats are known, and cuts of them."""

from __future__ import annotations

import json
import re
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
STEADY = 0.05
"""Beats that vary more (standard deviation by mean) have no tempo to find."""
Keys = tuple[int, ...]
"""Keys, 0..23, that are right: one, or two relatives where only a signature is known."""
Labels = list[tuple[float, Keys]]
"""(from seconds, keys) in order."""
MODES = {"": 0, "maj": 0, "ion": 0, "mix": 0, "lyd": 0, "min": 1, "dor": 1, "phr": 1, "aeo": 1}
"""Church modes by their third: the nearest of major (0) and minor (1) on the same tonic."""
LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
LAST_S = 0.05
"""What sounds so shortly before the end is the last chord."""


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
                found[item] = [(a, (k.tonic + 12 * (k.mode == "minor"),)) for a, k in keys]
    return found


def folk_keys(data: Path) -> dict[str, Labels]:
    """Return the keys that the tunes' abc texts name; their MIDI files lose the church modes."""
    found: dict[str, Labels] = {}
    with tarfile.open(data / "folk_pd.tar.gz") as files:
        for member in files:
            handle = files.extractfile(member) if member.name.endswith(".abc") else None
            if handle is None:
                continue
            path = Path(member.name)
            for tune in re.split(r"\n(?=X:)", handle.read().decode("latin-1")):
                number = re.match(r"\s*X:\s*(\d+)", tune)
                named = re.findall(r"^K:([^%\n]*)", tune, re.MULTILINE)
                keys = {abc_key(n) for n in [*named, *re.findall(r"\[K:([^\]]*)\]", tune)]}
                if number and len(keys) == 1 and (key := keys.pop()) is not None:
                    for digits in {number[1], str(int(number[1]))}:
                        item = f"{path.parent.name}/src_{path.stem}{digits}.mid"
                        found[item] = [(0.0, (key,))]
    return found


def abc_key(text: str) -> int | None:
    """Return the key of an abc field: "G", "F#m", "A Dorian", "Dmix"; None for any other."""
    match = re.match(r"\s*([A-G])([#b]?)\s*([A-Za-z]*)", text)
    if match is None:
        return None
    letter, sign, word = match.groups()
    mode = {"m": "min", "M": "maj"}.get(word, word.lower()[:3])
    if mode not in MODES:
        return None
    return (LETTERS[letter] + {"#": 1, "b": -1, "": 0}[sign]) % 12 + 12 * MODES[mode]


def signatures(data: Path) -> dict[str, int]:
    """Return the major keys of the signatures of OpenScore Lieder, songs with one signature."""
    found: dict[str, int] = {}
    with tarfile.open(data / "openscore_lieder.tar.gz") as files:
        handle = files.extractfile("openscore_lieder/index.tsv")
        for line in handle.read().decode().splitlines() if handle else []:
            item, _, _, _, fifths, *_ = line.split("\t")
            signs = json.loads(fifths)
            if len(signs) == 1:
                found[item] = signs[0] * FIFTH % 12
    return found


def signed_key(song: Song) -> int | None:
    """Return the key of a MIDI file's only signature; None when it has none or several."""
    import symusic

    score: Any = symusic.Score.from_midi(song.midi)
    found = {(sign.key, sign.tonality) for sign in score.key_signatures}
    if len(found) != 1:
        return None
    fifths, minor = found.pop()
    return int((fifths * FIFTH + 9 * minor) % 12 + 12 * minor)


def by_final(major: int | None, notes: np.ndarray) -> Labels | None:
    """Return the key of a signature whose mode the last bass tells; both relatives if it does not.

    major: the signature's major key; notes: (n, 5) as ``read_notes`` returns them.
    """
    if major is None:
        return None
    last = notes[notes[:, 1] >= notes[:, 1].max() - LAST_S]
    bass, minor = int(last[:, 2].min()) % 12, (major + 9) % 12
    keys = {major: (major,), minor: (minor + 12,)}.get(bass, (major, minor + 12))
    return [(0.0, keys)]


def labelled(data: Path, split: str) -> Iterator[tuple[Song, np.ndarray, Labels]]:
    """Yield (song, notes (n, 5), keys) of the songs of a split whose keys are known.

    POP909 tells the key by place, folk tunes name it; hymns and Lieder have a signature, and their
    last bass tells the mode; Chopin's first editions are signed with the mode.
    """
    places = {"pop909": pop_keys(data), "folk_pd": folk_keys(data)}
    signs = signatures(data)
    for song in songs(data):
        corpus = CORPORA[song.corpus].name
        if song.split != split or corpus == "openewld":
            continue
        notes = read_notes(song.midi)
        if notes is None:
            continue
        if corpus in places:
            labels = places[corpus].get(song.item)
        elif corpus == "chopin_first_editions":
            key = signed_key(song)
            labels = None if key is None else [(0.0, (key,))]
        else:
            lied = corpus == "openscore_lieder"
            labels = by_final(signs.get(song.item) if lied else signed_key(song), notes)
        if labels:
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


def key_at(labels: Labels, start_s: float, end_s: float) -> Keys | None:
    """Return the keys that are right from start to end; None when they change there."""
    found = {keys for at_s, keys in labels if start_s < at_s < end_s}
    before = [keys for at_s, keys in labels if at_s <= start_s] or [labels[0][1]]
    return before[-1] if found <= {before[-1]} else None
