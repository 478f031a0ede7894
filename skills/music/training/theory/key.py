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

from skills.music.theory.harmony import WIDTH, features, turns
from skills.music.theory.key import MODEL
from skills.music.training.corpora import CORPORA
from skills.music.training.theory.annotated import cut, key_at, labelled

CUTS = {"pop909": 14, "openscore_lieder": 5}
LENGTHS_S, FEWEST = (4.0, 6.0, 8.0, 8.0, 8.0, 12.0), 8
HIDDEN, STEPS, BATCH, RATE, DECAY, DROPPED = 24, 3000, 192, 2e-3, 2e-2, 0.3


def gather(data: Path, chance: np.random.Generator) -> dict[str, np.ndarray]:
    """Return features and labels of both corpora."""
    rows: dict[str, list[Any]] = {name: [] for corpus in CUTS for name in (corpus, corpus + "_key")}
    for song, notes, labels in labelled(data, "train"):
        corpus = CORPORA[song.corpus].name
        for _ in range(CUTS[corpus]):
            length_s = float(chance.choice(LENGTHS_S))
            start_s = chance.uniform(notes[0, 0], max(notes[-1, 0] - length_s, notes[0, 0] + 0.1))
            key, phrase = key_at(labels, start_s, start_s + length_s), cut(notes, start_s, length_s)
            if key is not None and len(phrase) >= FEWEST:
                rows[corpus].append(features(phrase))
                rows[corpus + "_key"].append(key)
    return {name: np.array(values) for name, values in rows.items()}


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
    """Return the network; POP909 weighs twice as much as the signatures."""
    torch.manual_seed(seed)
    sets = {name: torch.tensor(values) for name, values in rows.items()}
    network = Network()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    falling = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3 * RATE, total_steps=STEPS)
    for step in range(STEPS):
        pop = torch.randint(len(sets["pop909"]), (BATCH,))
        lied = torch.randint(len(sets["openscore_lieder"]), (BATCH // 3,))
        certain = network(sets["pop909"][pop].float())
        either = network(sets["openscore_lieder"][lied].float())
        majors = sets["openscore_lieder_key"][lied][:, None]
        minors = 12 + (majors + 9) % 12
        one = torch.logaddexp(either.gather(1, majors), either.gather(1, minors))
        loss = -certain.gather(1, sets["pop909_key"][pop][:, None]).mean() - 0.5 * one.mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        falling.step()
        if step % 500 == 0:
            print(step, round(loss.item(), 3), flush=True)
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
            np.savez(rows, **gathered)
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
