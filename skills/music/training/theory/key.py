"""Fit skills/music/theory/key.json: the network that guesses the key of a phrase.

``python -m skills.music.training.theory.key --data DIR``. Cuts of 4 to 12 s of training songs:
POP909 tells key and mode of that place, OpenScore's key signature tells either of two relative keys
(their probabilities are added). One network scores every tonic from the features turned to it, so
it knows no absolute pitch. With OMP_NUM_THREADS=1 it takes two minutes on one core.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

from skills.music.notes import Note, Phrase
from skills.music.theory.harmony import CHORD_S, WIDTH, features, turns
from skills.music.theory.key import MODEL
from skills.music.training.corpora import CORPORA
from skills.music.training.theory.annotated import cut, key_at, labelled

CUTS = {
    "pop909": 10,
    "openscore_lieder": 3,
    "folk_pd": 1,
    "openhymnal": 5,
    "chopin_first_editions": 14,
}
TOPS_SHARE = 0.25
"""Share of the cuts of POP909 of which only the highest notes are heard: people play tunes."""
LENGTHS_S, FEWEST = (4.0, 6.0, 8.0, 8.0, 8.0, 12.0), 8
HIDDEN, STEPS, RATE, DECAY, DROPPED = 32, 2600, 2e-3, 2e-2, 0.3
BATCHES = (("pop", 176, 1.5), ("signed", 80, 0.6), ("lieder", 24, 0.3))
"""Rows a step and weight of each kind."""


def gather(data: Path, chance: np.random.Generator) -> dict[str, np.ndarray]:
    """Return features and keys of POP909, of the corpora that name the mode, and of Lieder."""
    rows: dict[str, list[Any]] = {name: [] for name in ("pop", "signed", "lieder")}
    for song, notes, labels in labelled(data, "train"):
        corpus = CORPORA[song.corpus].name
        kind = {"pop909": "pop", "openscore_lieder": "lieder"}.get(corpus, "signed")
        for _ in range(CUTS[corpus]):
            length_s = float(chance.choice(LENGTHS_S))
            start_s = chance.uniform(notes[0, 0], max(notes[-1, 0] - length_s, notes[0, 0] + 0.1))
            key, phrase = key_at(labels, start_s, start_s + length_s), cut(notes, start_s, length_s)
            if kind == "pop" and chance.random() < TOPS_SHARE:
                phrase = tops(phrase)
            if key is not None and len(phrase) >= FEWEST:
                rows[kind].append((features(phrase), key))
    stacked: dict[str, np.ndarray] = {}
    for kind, found in rows.items():
        stacked[kind] = np.array([row for row, _ in found], dtype=np.float32)
        stacked[kind + "_key"] = np.array([key for _, key in found])
    return stacked


def tops(phrase: Phrase) -> Phrase:
    """Return the highest note of each moment."""
    kept: list[Note] = []
    for note in phrase.notes:
        if kept and note.onset_s - kept[-1].onset_s < CHORD_S:
            if note.pitch > kept[-1].pitch:
                kept[-1] = note
        else:
            kept.append(note)
    return Phrase(tuple(kept))


class Network(torch.nn.Module):
    """Scores (phrases, 24) from features (phrases, WIDTH)."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = torch.nn.Linear(WIDTH, HIDDEN)
        self.drop = torch.nn.Dropout(DROPPED)
        self.straight = torch.nn.Linear(WIDTH, 2)
        self.out = torch.nn.Linear(HIDDEN, 2, bias=False)
        self.turns = torch.tensor(turns())

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return logarithms of the probabilities of the keys."""
        turned = self.drop(rows)[:, self.turns]  # (phrases, 12, WIDTH)
        scores = self.straight(turned) + self.out(self.drop(torch.relu(self.hidden(turned))))
        return torch.log_softmax(scores.transpose(1, 2).flatten(1), 1)


def fit(rows: dict[str, np.ndarray], seed: int = 0) -> Network:
    """Return the network."""
    torch.manual_seed(seed)
    sets = {name: torch.tensor(values) for name, values in rows.items()}
    network = Network()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    falling = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3 * RATE, total_steps=STEPS)

    def drawn(kind: str, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        picked = torch.randint(len(sets[kind]), (count,))
        return network(sets[kind][picked]), sets[kind + "_key"][picked][:, None]

    for step in range(STEPS):
        loss = torch.zeros(())
        for kind, count, weight in BATCHES:
            chances, keys = drawn(kind, count)
            fits = chances.gather(1, keys)
            if kind == "lieder":  # a signature tells the key or its relative minor
                fits = torch.logaddexp(fits, chances.gather(1, 12 + (keys + 9) % 12))
            loss = loss - weight * fits.mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        falling.step()
        if step % 500 == 0:
            click.echo(f"step {step}: {loss.item():.3f}")
    return network.eval()


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of archives.")
@click.option("--rows", type=click.Path(path_type=Path), help="Keep what was gathered here.")
@click.option("--out", type=click.Path(path_type=Path), default=MODEL)
def main(data: Path, rows: Path | None, out: Path) -> None:
    """Fit the network and write its numbers."""
    torch.set_num_threads(1)
    if rows is not None and rows.exists():
        with np.load(rows) as kept:
            gathered = dict(kept)
    else:
        gathered = gather(data, np.random.default_rng(3))
        if rows is not None:
            np.savez(rows, **gathered)  # type: ignore[arg-type]
    click.echo(str({name: len(values) for name, values in gathered.items()}))
    network = fit(gathered)
    numbers = {
        "hidden": network.hidden.weight,
        "hidden_bias": network.hidden.bias,
        "straight": network.straight.weight,
        "straight_bias": network.straight.bias,
        "out": network.out.weight,
    }
    stored = {
        name: n.detach().numpy().astype(float).round(3).tolist() for name, n in numbers.items()
    }
    out.write_text(json.dumps(stored, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
