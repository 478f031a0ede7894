"""Fit skills/music/theory/metre.json: whether beats hold three quavers.

``python -m skills.music.training.theory.metre --data DIR``. Cuts of training songs whose pulse was
found as beats of two, right, or wrong because the beats are of three, teach boosted trees. Songs
are played faster and slower, so that no tempo is learnt. With OMP_NUM_THREADS=1 it takes a minute
on one core.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from skills.music.notes import Note, Phrase
from skills.music.theory.metre import MODEL, evidence
from skills.music.theory.tempo import pulse_in_two
from skills.music.training.corpora import CORPORA, songs
from skills.music.training.prepare import read_notes
from skills.music.training.theory.annotated import beats_of, cut, steady_beat_s
from skills.music.training.theory.phrase_end import numbers_of

CUTS = {
    "pop909": 1,
    "openscore_lieder": 2,
    "folk_pd": 1,
    "openhymnal": 4,
    "chopin_first_editions": 6,
}
LENGTHS_S, FEWEST = (6.0, 8.0, 8.0, 10.0, 12.0), 8
STRETCH = 0.3
"""Songs are played faster and slower by up to this factor (natural logarithm)."""
NEAR = 0.04
TREES, LEAVES, RATE, FEWEST_ROWS, ASKED = 120, 12, 0.08, 20, 0.3


def gather(data: Path, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return evidence (cuts, features) and whether the beats hold three."""
    rows, labels = [], []
    for song in songs(data):
        corpus = CORPORA[song.corpus].name
        notes = read_notes(song.midi) if song.split == "train" and corpus in CUTS else None
        if notes is None:
            continue
        beats = beats_of(song)
        for _ in range(CUTS[corpus]):
            length_s = float(chance.choice(LENGTHS_S))
            start_s = chance.uniform(notes[0, 0], max(notes[-1, 0] - length_s, notes[0, 0] + 0.1))
            phrase = cut(notes, start_s, length_s)
            beat_s = steady_beat_s(beats, start_s, length_s)
            if beat_s is None or len(phrase) < FEWEST:
                continue
            factor = float(np.exp(chance.uniform(-STRETCH, STRETCH)))
            found = pulse_in_two(slower(phrase, factor))
            label = None if found is None else is_three(found.beat_s / (beat_s * factor))
            if found is not None and label is not None:
                rows.append(evidence(slower(phrase, factor), found.beat_s))
                labels.append(label)
    return np.array(rows), np.array(labels)


def slower(phrase: Phrase, factor: float) -> Phrase:
    """Return the phrase played slower by a factor."""
    notes = phrase.notes
    return Phrase(
        tuple(Note(n.onset_s * factor, n.pitch, n.duration_s * factor, n.velocity) for n in notes)
    )


def is_three(ratio: float) -> bool | None:
    """Tell from found by true beat whether 3/2 of the found one is right; None for neither."""
    for label, factor in ((False, 1.0), (True, 1.5)):
        if any(abs(ratio * factor / level - 1) < NEAR for level in (0.5, 1.0, 2.0)):
            return label
    return None


def fit(rows: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Return the trees."""
    model = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_leaf_nodes=LEAVES,
        learning_rate=RATE,
        min_samples_leaf=FEWEST_ROWS,
        max_features=ASKED,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=0,
    )
    return numbers_of(model.fit(rows, labels))


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of archives.")
@click.option("--out", type=click.Path(path_type=Path), default=MODEL)
def main(data: Path, out: Path) -> None:
    """Fit the trees and write their numbers."""
    rows, labels = gather(data, np.random.default_rng(4))
    click.echo(f"{len(rows)} cuts, {labels.mean():.1%} of them in three")
    out.write_text(json.dumps(fit(rows, labels), separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
