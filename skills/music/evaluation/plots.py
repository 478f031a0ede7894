"""Pictures of what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skills.music.evaluation.cases import Figure

Rows = Mapping[str, Mapping[str, Figure]]

SHOWN = ("key_fit_own", "key_fit_win", "rate_ratio", "novelty", "overlap", "realness_auc")


def draw_continuations(rows: Rows, path: Path, title: str) -> None:
    """Draw a bar with its interval for each figure and row."""
    figure, axes = _canvas(len(SHOWN))
    for name, axis in zip(SHOWN, axes, strict=True):
        shown = {row: figures[name] for row, figures in rows.items() if name in figures}
        _bars(axis, shown)
        axis.set_title(name.replace("_", " "), fontsize=9)
    _save(figure, path, title)


def draw_moods(moods: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Draw how far each mood moves each feature from the phrase, in standard deviations."""
    import numpy as np

    names = list(next(iter(moods.values()))) if moods else []
    table = np.array([[moods[mood][name] for name in names] for mood in moods])
    figure, axes = _canvas(1)
    picture = axes[0].imshow(table, cmap="RdBu_r", vmin=-2, vmax=2, aspect="auto")
    axes[0].set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
    axes[0].set_yticks(range(len(moods)), list(moods), fontsize=8)
    figure.colorbar(picture, ax=axes[0], label="standard deviations from the phrase")
    _save(figure, path, "What each mood moves")


def draw_plane(places: Mapping[str, tuple[float, float]], path: Path) -> None:
    """Draw where each mood is heard in the plane of valence and arousal (means, 0..1)."""
    figure, axes = _canvas(1)
    axis = axes[0]
    for mood, (valence, arousal) in places.items():
        axis.plot(valence, arousal, "o")
        axis.annotate(
            mood, (valence, arousal), fontsize=8, xytext=(4, 4), textcoords="offset points"
        )
    axis.axhline(0.5, lw=0.5)
    axis.axvline(0.5, lw=0.5)
    axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="valence", ylabel="arousal")
    _save(figure, path, "Where the moods are heard")


def _canvas(count: int) -> tuple[Any, Any]:
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(2.4 * count if count > 1 else 6.5, 3.4), layout="constrained")
    return figure, figure.subplots(1, count, squeeze=False)[0]


def _bars(axis: Any, shown: Mapping[str, Figure]) -> None:
    values = [figure.value for figure in shown.values()]
    errors = [
        [max(figure.value - figure.low, 0.0) for figure in shown.values()],
        [max(figure.high - figure.value, 0.0) for figure in shown.values()],
    ]
    colours = ["tab:blue", "tab:gray", "tab:olive", "tab:green"][: len(shown)]
    axis.bar(range(len(shown)), values, yerr=errors, color=colours, capsize=2)
    axis.set_xticks(range(len(shown)), list(shown), rotation=60, ha="right", fontsize=8)


def _save(figure: Any, path: Path, title: str) -> None:
    figure.suptitle(title, fontsize=10)
    figure.savefig(path, dpi=110)
