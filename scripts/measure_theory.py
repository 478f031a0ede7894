"""Measure find_key and find_tempo on annotated songs, beside simpler ways.

Usage: python scripts/measure_theory.py DATA_FOLDER [SPLIT] [CUTS] [SECONDS]

DATA_FOLDER holds splits.tsv and the archives. CUTS (4) cuts of 8 s a song (one of a folk tune) at
random places, none where the key changes. POP909's annotations tell key and beats of that place,
folk tunes name their key; of hymns and Lieder the signature is known, and the last bass tells the
mode (either relative is right where it does not). Beats of scores are theirs. A beat's phase is
right within a tenth of a beat, a bar within a fifth of a beat of its bar lines, both counted where
the tempo is right. "all" counts every cut alike, "one a song" the first cut of every song. With
SECONDS the key of longer cuts is measured (1000: of whole songs) and no tempo.
"""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from skills.music.notes import Phrase
from skills.music.theory.key import Key, chances_of_counts, key_chances, key_of_chances
from skills.music.theory.tempo import Tempo, find_tempo
from skills.music.training.corpora import CORPORA
from skills.music.training.theory.annotated import (
    Keys,
    beats_of,
    cut,
    key_at,
    labelled,
    steady_beat_s,
)

CUT_S, MIN_NOTES = 8.0, 8
NEAR = 0.04
PHASE = 0.1
CLEAR = 0.3
Counts = dict[str, Counter[str]]


def main(data: Path, split: str = "test", cuts: str = "4", seconds: str = "8") -> None:
    """Print how often key and tempo are right, a line a corpus and way."""
    chance, cut_s = random.Random(7), float(seconds)
    counts: Counts = defaultdict(Counter)
    for song, notes, labels in labelled(data, split):
        corpus, beats = CORPORA[song.corpus].name, beats_of(song)
        for place in range(1 if corpus == "folk_pd" else int(cuts)):  # there are many tunes
            start_s = chance.uniform(notes[0, 0], max(notes[-1, 0] - cut_s, notes[0, 0] + 0.01))
            phrase, keys = cut(notes, start_s, cut_s), key_at(labels, start_s, start_s + cut_s)
            if len(phrase) < MIN_NOTES:
                continue
            groups = [corpus, "all", *(["one a song"] if place == 0 else [])]
            if keys is not None:
                count_keys(phrase, keys, groups, counts)
            if len(beats) and cut_s == CUT_S:
                count_tempo(phrase, beats - [start_s, 0], groups, counts)
    for name in sorted(counts):
        total = sum(counts[name].values())
        shares = {kind: round(n / total, 3) for kind, n in counts[name].most_common()}
        print(f"{name:40} {total:5} cuts {shares}")


def count_keys(phrase: Phrase, true: Keys, groups: list[str], counts: Counts) -> None:
    """Count one cut for what is shipped and for the profile alone."""
    classes = np.bincount([n.pitch % 12 for n in phrase.notes], minlength=12)
    for name, chances in (
        ("network", key_chances(phrase)),
        ("profile", chances_of_counts(classes)),
    ):
        found = key_of_chances(chances)
        kinds = [relation(found, key_of(key)) for key in true]
        kind = "right" if "right" in kinds else kinds[0]
        for group in groups:
            counts[f"key {group} {name}"][kind] += 1
            if name == "network":
                sure = "clear" if found.clarity >= CLEAR else "unclear"
                counts[f"key {group} {name} {sure}"][kind] += 1


def key_of(index: int) -> Key:
    """Return the key of a place among the 24."""
    return Key(index % 12, "major" if index < 12 else "minor")


def relation(found: Key, true: Key) -> str:
    """Return how two keys relate."""
    up = (found.tonic - true.tonic) % 12
    if found.mode == true.mode:
        return {0: "right", 5: "fifth", 7: "fifth"}.get(up, "wrong")
    if up == 0:
        return "parallel"
    return "relative" if up == (9 if found.mode == "minor" else 3) else "wrong"


def count_tempo(phrase: Phrase, beats: np.ndarray, groups: list[str], counts: Counts) -> None:
    """Count one cut's tempo, phase and bars."""
    inside = beats[(beats[:, 0] > -1) & (beats[:, 0] < CUT_S + 1)]
    true_s = steady_beat_s(beats, 0.0, CUT_S)
    if true_s is None:
        return
    tempo = find_tempo(phrase)
    level = level_of(tempo, true_s)
    usual = level_of(Tempo(120.0, 0.5, 0.0, 0.0), true_s)
    for group in groups:
        counts[f"tempo {group}"][level] += 1
        counts[f"tempo {group} always 120"][usual] += 1
        if tempo is not None and tempo.steady:
            counts[f"tempo {group} steady"][level] += 1
        if tempo is not None and level == "right":
            count_beats(tempo, inside, beats, group, counts)


def count_beats(
    tempo: Tempo, inside: np.ndarray, beats: np.ndarray, group: str, counts: Counts
) -> None:
    """Count the phase and the bars of one cut whose tempo is right."""
    on = nearest(tempo.first_beat_s, inside[:, 0], tempo.beat_s)
    counts[f"phase {group} (tempo right)"]["right" if on < PHASE else "wrong"] += 1
    if tempo.beats_a_bar:
        bars = beats[np.abs(beats[:, 1] - beats[:, 1].round()) < 0.01, 0]
        gap = float(np.median(np.diff(bars))) / tempo.beat_s if len(bars) > 1 else 0.0
        line_s = tempo.first_beat_s + tempo.downbeat * tempo.beat_s
        right = abs(gap - tempo.beats_a_bar) < 0.3 and (
            nearest(line_s, bars, tempo.beat_s * tempo.beats_a_bar, tempo.beat_s) < 2 * PHASE
        )
        counts[f"bar {group} (tempo right)"]["right" if right else "wrong"] += 1


def nearest(time_s: float, grid: np.ndarray, step_s: float, unit_s: float | None = None) -> float:
    """Return how far off the grid a train of pulses is, in units (beats)."""
    train = time_s + np.arange(-2, int(CUT_S / step_s) + 2) * step_s
    train = train[(train >= 0) & (train <= CUT_S)]
    if not len(train) or not len(grid):
        return 1.0
    off = np.abs(grid[None, :] - train[:, None]).min(axis=1)
    return float(np.median(off)) / (unit_s or step_s)


def level_of(tempo: Tempo | None, true_s: float) -> str:
    """Return whether a tempo is right, half, double or wrong."""
    ratio = tempo.bpm * true_s / 60 if tempo else 0.0
    for name, factor in (("right", 1.0), ("half", 0.5), ("double", 2.0)):
        if abs(ratio / factor - 1) < NEAR:
            return name
    return "wrong"


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
