"""Measure find_key and find_tempo on POP909's annotations.

Usage: python scripts/measure_theory.py POP909_FOLDER SPLITS.tsv [SPLIT]

POP909_FOLDER holds one folder a song (NNN/NNN.mid, key_audio.txt, beat_midi.txt); SPLITS.tsv has
the columns dataset, item, split. Four cuts of 8 s a song; songs that change key are left out.
"""

from __future__ import annotations

import csv
import random
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from skills.music.midi_file import read_phrase
from skills.music.notes import Phrase
from skills.music.theory.key import Key, find_key, parse_key
from skills.music.theory.tempo import find_tempo

CUT_S, CUTS, MIN_NOTES = 8.0, 4, 8


def main(songs: Path, splits: Path, split: str = "test") -> None:
    """Print how often key and tempo are right."""
    chance = random.Random(7)
    counts: Counter[str] = Counter()
    with splits.open(encoding="utf-8") as table:
        rows = [r for r in csv.DictReader(table, delimiter="\t") if r["dataset"] == "pop909"]
    for row in rows:
        keys = (songs / row["item"] / "key_audio.txt").read_text().splitlines()
        if row["split"] == split and len(keys) == 1:
            song = read_phrase(songs / row["item"] / f"{row['item']}.mid")
            key = parse_key(keys[0].split()[2].replace(":", " "))
            beats = np.loadtxt(songs / row["item"] / "beat_midi.txt")[:, 0]
            for _ in range(CUTS):
                start = chance.uniform(0, song.length_s - CUT_S)
                measure(cut(song, start), key, beats - start, counts)
    for kind in ("key", "tempo"):
        total = sum(n for name, n in counts.items() if name.startswith(kind))
        shares = {name: round(n / total, 3) for name, n in counts.items() if name.startswith(kind)}
        print(total, "cuts", shares)


def cut(song: Phrase, start: float) -> Phrase:
    """Return the notes that start within the cut, time 0 at its start."""
    rows = song.to_array()
    inside = rows[(rows[:, 0] >= start) & (rows[:, 0] < start + CUT_S)] - [start, start, 0, 0]
    return Phrase.from_array(inside)


def measure(phrase: Phrase, key: Key, beats: np.ndarray, counts: Counter[str]) -> None:
    """Count one cut."""
    if len(phrase) < MIN_NOTES:
        return
    counts["key " + relation(find_key(phrase), key)] += 1
    gaps = np.diff(beats[(beats > -1) & (beats < CUT_S + 1)])
    if len(gaps) < 4 or gaps.std() / gaps.mean() > 0.05:
        return
    tempo = find_tempo(phrase)
    ratio = tempo.bpm * float(np.median(gaps)) / 60 if tempo else 0.0
    near = [
        name
        for name, k in (("right", 1), ("half", 0.5), ("double", 2))
        if abs(ratio / k - 1) < 0.04
    ]
    counts["tempo " + (near[0] if near else "wrong")] += 1


def relation(found: Key, true: Key) -> str:
    """Return how two keys relate."""
    up = (found.tonic - true.tonic) % 12
    if found.mode == true.mode:
        return {0: "right", 5: "fifth", 7: "fifth"}.get(up, "wrong")
    if up == 0:
        return "parallel"
    return "relative" if up == (9 if found.mode == "minor" else 3) else "wrong"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
