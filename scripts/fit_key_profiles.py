"""Fit the key profiles of skills/music/theory/key.py to songs whose keys are known.

Usage: python scripts/fit_key_profiles.py DATA_FOLDER

DATA_FOLDER holds splits.tsv and the unpacked pop909 and openscore_lieder. A softmax over the 24
keys on the square roots of pitch-class shares; POP909 tells key and mode, OpenScore's key signature
tells either of two relative keys (their probabilities are added). Takes some minutes.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from assistant.contract import InputError
from skills.music.midi_file import read_phrase
from skills.music.theory.key import parse_key

CUTS, LENGTHS_S, MIN_NOTES = 6, (4, 6, 8, 12), 6
STEPS, RATE, DECAY = 400, 0.1, 1e-4
FIFTH = 7


def main(folder: Path) -> None:
    """Print the profiles and their biases."""
    chance = random.Random(3)
    with (folder / "splits.tsv").open(encoding="utf-8") as table:
        rows = [r for r in csv.DictReader(table, delimiter="\t") if r["split"] == "train"]
    pop = list(_pop909(folder / "pop909" / "POP909", rows, chance))
    lieder = list(_lieder(folder / "openscore_lieder", rows, chance))
    print(len(pop), "cuts of POP909,", len(lieder), "of OpenScore Lieder")
    weights, bias = fit(*_stack(pop), *_stack(lieder))
    for mode, profile, b in zip(("major", "minor"), weights.tolist(), bias.tolist(), strict=True):
        print(mode, [round(w, 1) for w in profile], "bias", round(b, 2))


def _shares(path: Path, chance: random.Random) -> Iterator[np.ndarray]:
    """Yield (12,) of each cut of a song; nothing for one that cannot be read."""
    try:
        rows = read_phrase(path).to_array()
    except InputError:
        return
    for _ in range(CUTS):
        length_s = chance.choice(LENGTHS_S)
        start_s = chance.uniform(rows[0, 0], max(rows[:, 1].max() - length_s, rows[0, 0] + 0.1))
        cut = rows[(rows[:, 0] >= start_s) & (rows[:, 0] < start_s + length_s)]
        if len(cut) >= MIN_NOTES:
            counts = np.bincount(cut[:, 2].astype(int) % 12, minlength=12)
            yield np.sqrt(counts / counts.sum())


def _pop909(
    folder: Path, rows: list[dict[str, str]], chance: random.Random
) -> Iterator[tuple[np.ndarray, int]]:
    """Yield (shares, key 0..23) of songs in one key."""
    for item in (r["item"] for r in rows if r["dataset"] == "pop909"):
        keys = (folder / item / "key_audio.txt").read_text().splitlines()
        if len(keys) == 1:
            key = parse_key(keys[0].split()[2].replace(":", " "))
            label = key.tonic + 12 * (key.mode == "minor")
            for shares in _shares(folder / item / f"{item}.mid", chance):
                yield shares, label


def _lieder(
    folder: Path, rows: list[dict[str, str]], chance: random.Random
) -> Iterator[tuple[np.ndarray, int]]:
    """Yield (shares, tonic of the major key of the signature) of songs with one signature."""
    train = {r["item"] for r in rows if r["dataset"] == "openscore_lieder"}
    for line in (folder / "index.tsv").read_text(encoding="utf-8").splitlines():
        item, _, _, _, fifths, *_ = line.split("\t")
        signatures = json.loads(fifths)
        if item in train and len(signatures) == 1 and chance.random() < 0.35:
            for shares in _shares(folder / "midi" / item, chance):
                yield shares, signatures[0] * FIFTH % 12


def _stack(cuts: list[tuple[np.ndarray, int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the cuts turned to every tonic, (cuts, 12, 12), and their labels (cuts,)."""
    turned = [np.stack([np.roll(shares, -tonic) for tonic in range(12)]) for shares, _ in cuts]
    labels = torch.tensor([label for _, label in cuts])
    return torch.tensor(np.stack(turned), dtype=torch.float32), labels


def fit(
    pop: torch.Tensor, keys: torch.Tensor, lieder: torch.Tensor, majors: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return profiles (2, 12) and biases (2,): the likelihoods of both sets weigh the same."""
    weights = torch.zeros(2, 12, requires_grad=True)
    bias = torch.zeros(2, requires_grad=True)
    optimiser = torch.optim.Adam([weights, bias], lr=RATE)

    def chances(turned: torch.Tensor) -> torch.Tensor:
        fits = torch.einsum("nts,ms->nmt", turned, weights) + bias[None, :, None]
        return torch.log_softmax(fits.flatten(1), 1)

    for _ in range(STEPS):
        certain = chances(pop).gather(1, keys[:, None])
        either = chances(lieder)
        minors = 12 + (majors + 9) % 12
        one = torch.logaddexp(either.gather(1, majors[:, None]), either.gather(1, minors[:, None]))
        loss = -certain.mean() - one.mean() + DECAY * (weights**2).sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return weights.detach(), bias.detach()


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
