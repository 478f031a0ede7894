"""Teach the critic: what really came next in training songs against what the model drew there.

``python -m skills.music.training.critic --data DIR`` draws candidates after cuts of the training
songs with the shipped model and writes ``critic.npz`` beside the weights. Boosted trees first learn
to tell people from what the model draws by itself; each further round learns to tell people from
what the rounds before would choose of it. It is to be run again whenever the model changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from assistant.contract import EncoreError
from skills.music.generator.checkpoint import DEFAULT_FOLDER, verify
from skills.music.generator.codec import nearest
from skills.music.generator.critic import FILE, Critic
from skills.music.generator.traits import NAMES
from skills.music.training import textures
from skills.music.training.pairs import MILDER, FloatArray, Pairs, gather, places
from skills.music.training.prepare import load

IntArray = npt.NDArray[np.int64]

TREES, LEAVES, RATE, FEWEST = 140, 12, 0.06, 30
BINS = 255
"""Values of a trait that a tree may tell apart."""
ROUNDS = 3
"""The first learns from what is drawn, each next from what the gate and the ones before choose."""
IGNORED = ("known_steps",)
"""People repeat themselves; how much an answer may is for the gate to say, not for the critic."""


def chances(log_odds: FloatArray, case: IntArray) -> FloatArray:
    """Return how likely each drawn answer (m,) is chosen among those of its case."""
    highest = np.full(case.max() + 1, -np.inf)
    np.maximum.at(highest, case, log_odds)
    odds = np.exp(log_odds - highest[case])
    chosen: FloatArray = odds / np.bincount(case, odds)[case]
    return chosen


def fit(pairs: Pairs, seed: int = 0, rounds: int = ROUNDS, trees: int = TREES) -> Critic:
    """Fit the critic in rounds; the last one's odds are the sum of all."""
    log_odds = np.zeros(len(pairs.drawn))
    critics: list[Critic] = []
    for number in range(rounds):
        odds = (log_odds + pairs.merit) / MILDER.chance if number else log_odds
        weights = chances(odds, pairs.case)
        critics.append(fit_round(pairs, weights, seed + number, trees))
        if number + 1 < rounds:
            log_odds += _unseen(pairs, weights, seed + number, trees)
    return together(critics)


def _unseen(pairs: Pairs, weights: FloatArray, seed: int, trees: int) -> FloatArray:
    """Return log-odds (m,) of a round by critics that have not seen the case."""
    log_odds = np.zeros(len(pairs.drawn))
    cases = np.arange(len(pairs.human)) // 2  # the two parts of a cut stay together
    for fold in (0, 1):
        taught = cases % 2 != fold
        mine = taught[pairs.case]
        critic = fit_round(pairs.of(taught), weights[mine], seed, trees)
        log_odds[~mine] = critic.log_odds(pairs.drawn[~mine])
    return log_odds


def fit_round(pairs: Pairs, weights: FloatArray, seed: int = 0, trees: int = TREES) -> Critic:
    """Fit one round: people against drawn answers of these weights (m,), which add to 1 a case."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=trees,
        learning_rate=RATE,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=FEWEST,
        l2_regularization=5.0,
        max_features=0.3,
        early_stopping=False,  # else on from 10,000 pairs on, and a tenth of them not learned
        random_state=seed,
    )
    traits = coarse(np.concatenate([pairs.human, pairs.drawn]))
    traits[:, [NAMES.index(name) for name in IGNORED]] = 0.0
    answers = np.concatenate([np.ones(len(pairs.human)), np.zeros(len(pairs.drawn))])
    model.fit(traits, answers, sample_weight=np.concatenate([np.ones(len(pairs.human)), weights]))
    return as_arrays(model)


def coarse(traits: FloatArray) -> FloatArray:
    """Return traits (n, names) of at most BINS values each, at even shares of the rows.

    Trees would be grown on such bins anyway; weighed ones of many rows took most of the time.
    """
    shares = np.linspace(0.0, 1.0, BINS)
    rough = traits.copy()
    for column in rough.T:
        values = np.unique(np.quantile(column, shares, method="nearest"))
        if len(values) > 1:
            column[:] = values[nearest(column, values)]
    return rough


def together(critics: Sequence[Critic]) -> Critic:
    """Return one critic whose log-odds are the sum of all."""
    size = max(critic.feature.shape[1] for critic in critics)

    def stacked(name: str) -> npt.NDArray[Any]:
        arrays = [getattr(critic, name) for critic in critics]
        return np.concatenate([np.pad(a, ((0, 0), (0, size - a.shape[1]))) for a in arrays])

    return Critic(
        feature=stacked("feature"),
        threshold=stacked("threshold"),
        left=stacked("left"),
        right=stacked("right"),
        value=stacked("value"),
        base=sum(critic.base for critic in critics),
        depth=max(critic.depth for critic in critics),
    )


def as_arrays(model: Any) -> Critic:
    """Turn scikit-learn's boosted trees into plain arrays; a leaf is its own child."""
    trees = [predictors[0].nodes for predictors in model._predictors]
    size = max(len(nodes) for nodes in trees)
    arrays: dict[str, Any] = {
        "feature": np.zeros((len(trees), size), np.int16),
        "threshold": np.zeros((len(trees), size), np.float32),
        "left": np.zeros((len(trees), size), np.int16),
        "right": np.zeros((len(trees), size), np.int16),
        "value": np.zeros((len(trees), size), np.float32),
    }
    for t, nodes in enumerate(trees):
        count, leaf = len(nodes), nodes["is_leaf"].astype(bool)
        own = np.arange(count)
        arrays["feature"][t, :count] = np.where(leaf, 0, nodes["feature_idx"])
        arrays["threshold"][t, :count] = np.where(leaf, 0.0, nodes["num_threshold"])
        arrays["left"][t, :count] = np.where(leaf, own, nodes["left"])
        arrays["right"][t, :count] = np.where(leaf, own, nodes["right"])
        arrays["value"][t, :count] = np.where(leaf, nodes["value"], 0.0)
    depth = max(int(nodes["depth"].max()) for nodes in trees)
    return Critic(**arrays, base=float(np.ravel(model._baseline_prediction)[0]), depth=depth)


def separation(critic: Critic, pairs: Pairs) -> float:
    """Return the area under the curve of human against drawn; 0.5 = the critic cannot tell."""
    from sklearn.metrics import roc_auc_score

    scores = critic.log_odds(np.concatenate([pairs.human, pairs.drawn]))
    answers = np.concatenate([np.ones(len(pairs.human)), np.zeros(len(pairs.drawn))])
    return float(roc_auc_score(answers, scores))


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of archives.")
@click.option("--cache", type=click.Path(path_type=Path), default=Path(".cache/music"))
@click.option("--model", type=click.Path(path_type=Path), default=DEFAULT_FOLDER)
@click.option("--count", type=click.IntRange(min=10), default=400, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), default=1, help="Processes that draw.")
def main(data: Path, cache: Path, model: Path, count: int, seed: int, workers: int) -> None:
    """Draw, fit and write MODEL/critic.npz; COUNT cuts of each large corpus."""
    try:
        sha256, music, others = verify(model), load(data, cache), textures.load(data, cache)
    except EncoreError as error:
        raise click.ClickException(str(error)) from error
    taught = gather(model, places(music, others, count, seed, "train"), workers)
    critic = fit(taught, seed)
    critic.save(model, sha256)
    click.echo(f"Wrote {model / FILE}, taught on {len(taught.human)} pairs.")
    judged = gather(model, places(music, {}, max(count // 6, 10), seed, "val"), workers)
    click.echo(f"It tells {separation(critic, judged):.3f} on other songs.")


if __name__ == "__main__":
    main()
