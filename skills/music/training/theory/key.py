"""Fit skills/music/theory/key.json: the network that guesses the key of a phrase.

``python -m skills.music.training.theory.key --data DIR``. Cuts of 5 to 12 s of training songs and
the keys of their place (``annotated``); where only a signature is known, the probabilities of its
two keys are added. One network scores every tonic from the features turned to it, so it knows no
absolute pitch. With OMP_NUM_THREADS=1 it takes three minutes on one core.
"""

from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np
import torch

from skills.music.notes import Note, Phrase
from skills.music.theory.harmony import CHORD_S, WIDTH, features, turns
from skills.music.theory.key import MODEL
from skills.music.training.corpora import CORPORA
from skills.music.training.theory.annotated import cut, key_at, labelled

CUTS = {
    "pop909": 14,
    "openscore_lieder": 6,
    "folk_pd": 6,
    "openhymnal": 12,
    "chopin_first_editions": 14,
}
TOPS_SHARE = 0.2
"""Share of the cuts of POP909 of which only the highest notes are heard: people play tunes."""
LENGTHS_S, FEWEST = (5.0, 6.0, 8.0, 8.0, 8.0, 8.0, 10.0, 12.0), 8
HIDDEN, EPOCHS, BATCH, RATE, DECAY, DROPPED = 24, 5, 256, 5e-3, 2e-2, 0.3
LIEDER_WEIGHT = 0.6
"""Lieder modulate within one signature: their keys are wrong more often."""


def gather(data: Path, chance: np.random.Generator) -> dict[str, np.ndarray]:
    """Return features (cuts, WIDTH), keys (cuts, 2), the same twice where one is right, weights."""
    rows, keys, weights = [], [], []
    for song, notes, labels in labelled(data, "train"):
        corpus = CORPORA[song.corpus].name
        for _ in range(CUTS[corpus]):
            length_s = float(chance.choice(LENGTHS_S))
            start_s = chance.uniform(notes[0, 0], max(notes[-1, 0] - length_s, notes[0, 0] + 0.1))
            right = key_at(labels, start_s, start_s + length_s)
            phrase = cut(notes, start_s, length_s)
            if corpus == "pop909" and chance.random() < TOPS_SHARE:
                phrase = tops(phrase)
            if right is not None and len(phrase) >= FEWEST:
                rows.append(features(phrase).astype(np.float16))
                keys.append((right[0], right[-1]))
                weights.append(LIEDER_WEIGHT if corpus == "openscore_lieder" else 1.0)
    return {"rows": np.array(rows), "keys": np.array(keys), "weights": np.array(weights)}


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


def fit(gathered: dict[str, np.ndarray], seed: int = 0) -> Network:
    """Return the network."""
    torch.manual_seed(seed)
    rows, keys = torch.tensor(gathered["rows"]), torch.tensor(gathered["keys"])
    weights = torch.tensor(gathered["weights"], dtype=torch.float32)
    network, steps = Network(), EPOCHS * (len(rows) // BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    falling = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1)
    for epoch in range(EPOCHS):
        order = torch.randperm(len(rows))
        for start in range(0, len(rows) - BATCH + 1, BATCH):
            picked = order[start : start + BATCH]
            fits = network(rows[picked].float()).gather(1, keys[picked])  # (phrases, 2)
            one = keys[picked, 0] == keys[picked, 1]
            fits = torch.where(one, fits[:, 0], torch.logaddexp(fits[:, 0], fits[:, 1]))
            loss = -(weights[picked] * fits).sum() / weights[picked].sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            falling.step()
        click.echo(f"epoch {epoch}: {loss.item():.3f}")
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
    click.echo(f"{len(gathered['rows'])} cuts")
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
