"""Fit skills/music/theory/phrase_end.json to training songs of POP909, and to scores.

``python -m skills.music.training.theory.phrase_end --data DIR``. At moments of every pause
boosted trees learn whether the player had stopped there. With OMP_NUM_THREADS=1 it takes some
minutes on one core.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from skills.music.keyboard.events import KeyEvent, Stroke
from skills.music.theory.ending import NAMES, WAITING_NAMES, evidence, habits
from skills.music.theory.forest import stored_forest
from skills.music.theory.phrase_end import FEWEST_STROKES, MODEL, SOONEST_S
from skills.music.theory.playing import Playing
from skills.music.training.theory.performances import (
    HANDS,
    REST_S,
    Cut,
    cuts,
    performances,
    score_performances,
)

PROBES_S = (0.32, 0.38, 0.45, 0.55, 0.65, 0.8, 0.95, 1.15, 1.4, 1.7, 2.1, 2.6)
"""Times after a stroke at which a pause is learnt."""
USUAL_SHARE = 0.12
"""Share of the pauses no longer than usual that is kept, with more weight."""
STRETCH = 0.3
"""Songs are played faster and slower by up to this factor (natural logarithm)."""
CUTS_A_SONG = 6
TREES, LEAVES, RATE, FEWEST_ROWS = 120, 12, 0.1, 60
ODDS = 4.25
"""Logarithm; chosen on validation songs, where 1 % of the phrases are cut short at it."""
SCORES_WEIGHT = 5.0
"""Scores are few beside the played songs."""

Rows = list[tuple[list[float], float, float]]
"""Features, label (1 = the player had stopped), weight."""


def rows_of(cut: Cut, stretch: float, chance: np.random.Generator) -> Rows:
    """Return what a phrase teaches: its pauses, and its end when the player stops."""
    rows = list(probed(_scaled(cut.gone_on(0.0), stretch), False, chance))
    stopped = _scaled(cut.stopped(), stretch)
    return rows + [r for r in probed(stopped, True, chance) if r[1] == 1.0]


def _scaled(events: list[KeyEvent], factor: float) -> list[KeyEvent]:
    return [e._replace(time_s=e.time_s * factor) for e in events]


def probed(
    events: list[KeyEvent], stops: bool, chance: np.random.Generator
) -> Iterator[tuple[list[float], float, float]]:
    """Yield rows at the PROBES_S of the pauses of a phrase; the last one only if it stops."""
    strikes = [n for n, e in enumerate(events) if isinstance(e, Stroke) and e.velocity]
    playing = Playing()
    nexts = [events[n].time_s for n in strikes[1:]] + [np.inf]
    for place, next_s, until in zip(strikes, nexts, [*strikes[1:], len(events)], strict=True):
        playing.feed(events[place])
        pause = events[place + 1 : until]
        gap_s = next_s - playing.last_s
        is_end = next_s == np.inf
        if playing.strokes >= FEWEST_STROKES and gap_s > SOONEST_S and is_end <= stops:
            yield from _pause(playing, pause, gap_s, chance)
        else:
            for event in pause:
                playing.feed(event)


def _pause(
    playing: Playing, pause: list[KeyEvent], gap_s: float, chance: np.random.Generator
) -> Iterator[tuple[list[float], float, float]]:
    before = habits(playing)
    usual = gap_s <= 1.1 * before.long_s
    taken = not usual or chance.random() < USUAL_SHARE
    label = float(gap_s >= REST_S)
    waiting = list(pause)
    for probe_s in PROBES_S:
        now_s = playing.last_s + probe_s * chance.uniform(0.93, 1.07)
        if probe_s >= gap_s:
            break
        while waiting and waiting[0].time_s <= now_s:
            playing.feed(waiting.pop(0))
        if taken:
            yield evidence(playing, before, now_s), label, 1 / USUAL_SHARE if usual else 1.0
    for event in waiting:
        playing.feed(event)


def gather(data: Path, most: int, chance: np.random.Generator) -> tuple[Any, Any, Any]:
    """Return features (n, features), labels (n,) and weights (n,) of that many training songs."""
    rows: Rows = []
    played = islice(performances(data, "train"), len(HANDS) * most)
    for performance in chain(played, score_performances(data, "train", most // 3, chance)):
        found = list(cuts(performance, chance))
        chance.shuffle(found)
        for cut in found[:CUTS_A_SONG]:
            found_rows = rows_of(cut, float(np.exp(chance.uniform(-STRETCH, STRETCH))), chance)
            factor = SCORES_WEIGHT if performance.hands == "score" else 1.0
            rows += [(row, label, factor * weight) for row, label, weight in found_rows]
    features, labels, weights = zip(*rows, strict=True)
    return np.array(features), np.array(labels), np.array(weights)


def fit(features: Any, labels: Any, weights: Any) -> dict[str, Any]:
    """Return the trees; more time without a key never speaks against an end."""
    model = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_leaf_nodes=LEAVES,
        learning_rate=RATE,
        monotonic_cst=[int(name in WAITING_NAMES) for name in NAMES],
        min_samples_leaf=FEWEST_ROWS,
        l2_regularization=1.0,
        early_stopping=False,
    )
    return numbers_of(model.fit(features, labels, sample_weight=weights))


def numbers_of(model: HistGradientBoostingClassifier) -> dict[str, Any]:
    """Return fitted trees as JSON can hold them."""
    trees = [_nodes(tree[0].nodes) for tree in model._predictors]
    return stored_forest(round(float(model._baseline_prediction[0, 0]), 4), trees)


def _nodes(rows: Any) -> list[tuple[int, float, int, int, float]]:
    return [
        (-1, 0.0, 0, 0, round(float(row["value"]), 4))
        if row["is_leaf"]
        else (
            int(row["feature_idx"]),
            round(float(row["num_threshold"]), 4),
            int(row["left"]),
            int(row["right"]),
            0.0,
        )
        for row in rows
    ]


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of archives.")
@click.option("--songs", default=200, show_default=True, help="So many of POP909.")
@click.option("--rows", type=click.Path(path_type=Path), help="Keep what was gathered here.")
@click.option("--odds", default=ODDS, show_default=True, help="From here on it is an end.")
@click.option("--out", type=click.Path(path_type=Path), default=MODEL)
def main(data: Path, songs: int, rows: Path | None, odds: float, out: Path) -> None:
    """Fit the network and write its numbers."""
    chance = np.random.default_rng(5)
    if rows is not None and rows.exists():
        with np.load(rows) as kept:
            gathered = (kept["features"], kept["labels"], kept["weights"])
    else:
        gathered = gather(data, songs, chance)
        if rows is not None:
            np.savez(rows, **dict(zip(("features", "labels", "weights"), gathered, strict=True)))
    click.echo(f"{len(gathered[0])} moments, {gathered[1].mean():.1%} of them after an end")
    stored = {"names": list(NAMES), "odds": odds} | fit(*gathered)
    out.write_text(json.dumps(stored, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
