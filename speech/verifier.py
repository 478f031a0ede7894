"""Fits the verifier: which recognised sentences were said to Encore (MODEL/verifier.json).

Commands over a piano are left out: fitted with them it let half as much foreign speech again pass.

`python -m speech.verifier --model DIR --work DIR`, in Encore's own environment (uses vosk). Learns
from WORK/fitting alone, whose voices, wake words and sentences no figure is measured on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.ears.verifier import FILE, MISFIT, OUT_OF_SCOPE, features
from speech.evaluate import Heard
from speech.refusal import Read, heard_words

RIDGE = 3.0
"""Strength of the pull towards zero, on features of unit spread."""
COMMANDS_PASS = 0.97
"""Share of the commands of several words that pass in cross-validation, a third of them by voices
that the network does not know: choice of the threshold."""
ONE_WORD_PASS = 0.98
FEWEST = 20
"""Commands, and foreign sentences that read as commands, without which nothing is fitted."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Examples:
    """Recognised sentences of known nature."""

    names: tuple[str, ...]
    rows: Numbers  # (sentences, features)
    is_command: npt.NDArray[np.bool_]
    is_one_word: npt.NDArray[np.bool_]
    source: tuple[str, ...]
    """The voice or the set: cross-validation leaves one out at a time."""


def examples(sets: Mapping[str, Sequence[Heard]], read: Read) -> Examples | None:
    """Features of all sentences that understanding takes for commands; None: too few of a kind."""
    rows, truth, single, source = [], [], [], []
    for name, clips in sets.items():
        for clip in clips:
            intent = read(clip.words)
            if not clip.words or intent.name == OUT_OF_SCOPE:
                continue  # refused without the verifier
            misfit = 0.0 if clip.misfit is None else clip.misfit
            rows.append(features(heard_words(clip), intent, misfit))
            truth.append(name.startswith("command"))
            single.append(len(clip.words.split()) == 1)
            source.append(name.partition("_")[2])
    if not FEWEST <= sum(truth) <= len(truth) - FEWEST:
        return None
    names = tuple(rows[0])
    table = np.array([[row[name] for name in names] for row in rows])
    return Examples(names, table, np.array(truth), np.array(single), tuple(source))


def fit(rows: Numbers, truth: npt.NDArray[np.bool_]) -> tuple[Numbers, float]:
    """Weights of the raw features and the bias; both classes count the same."""
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-3)
    x = np.column_stack([(rows - mean) / spread, np.ones(len(rows))])
    share = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum()) * len(rows)
    pull = np.diag([RIDGE] * rows.shape[1] + [1e-6])
    w = np.zeros(x.shape[1])
    for _ in range(30):  # Newton's method
        chance = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        slope = x.T @ (share * (chance - truth)) + pull @ w
        curve = (x * (share * chance * (1 - chance))[:, None]).T @ x + pull
        w = w - np.linalg.solve(curve, slope)
    weights = w[:-1] / spread
    return weights, float(w[-1] - weights @ mean)


def cross_validated(data: Examples) -> Numbers:
    """The chance of every sentence by weights fitted without its voice or set."""
    chances = np.zeros(len(data.rows))
    sources = np.array(data.source)
    for source in sorted(set(data.source)):
        out = sources == source
        weights, bias = fit(data.rows[~out], data.is_command[~out])
        chances[out] = 1 / (1 + np.exp(-np.clip(data.rows[out] @ weights + bias, -30, 30)))
    return chances


def threshold(chances: Numbers, share: float) -> float:
    """The chance that this share of them reaches."""
    return float(np.quantile(chances, 1 - share)) if len(chances) else 0.5


def usual(data: Examples) -> float:
    """The misfit half-way between commands and what is none."""
    misfit = data.rows[:, data.names.index(MISFIT)]
    return float(misfit[data.is_command].mean() + misfit[~data.is_command].mean()) / 2


def main() -> None:
    """Decodes WORK/fitting, fits and writes MODEL/verifier.json."""
    from speech.evaluate import Listener
    from speech.measure import Decoder, reader

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="so many clips of every list, for a trial run")
    choice = parser.parse_args()
    read = reader()
    decoder = Decoder(Listener(choice.model), choice.model, choice.work, read, choice.limit)
    tables = sorted((choice.work / "fitting").glob("*/list.tsv"))
    tables = [table for table in tables if not table.parent.name.endswith("_piano")]
    data = examples({table.parent.name: decoder.hear(table) for table in tables}, read)
    if data is None:
        print(f"Fewer than {FEWEST} sentences of a kind read as commands: no verifier is written.")
        return
    chances = cross_validated(data)
    several = data.is_command & ~data.is_one_word
    single = data.is_command & data.is_one_word
    limits = {
        "several_words": round(threshold(chances[several], COMMANDS_PASS), 4),
        "one_word": round(threshold(chances[single], ONE_WORD_PASS), 4),
    }
    weights, bias = fit(data.rows, data.is_command)
    named = {name: round(float(w), 5) for name, w in zip(data.names, weights, strict=True)}
    facts = {
        "weights": named,
        "bias": round(bias, 5),
        "thresholds": limits,
        "usual_misfit": round(usual(data), 2),
    }
    (choice.model / FILE).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    passed = chances >= np.where(data.is_one_word, limits["one_word"], limits["several_words"])
    foreign = ~data.is_command
    print(json.dumps(facts, indent=1))
    print(
        f"{data.is_command.sum()} commands, {foreign.sum()} foreign sentences read as commands; "
        f"{passed[data.is_command].mean():.3f} and {passed[foreign].mean():.3f} of them pass"
    )


if __name__ == "__main__":
    main()
