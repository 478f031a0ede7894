"""Pictures of what was measured, drawn from the report's plain values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

Rows = Mapping[str, Mapping[str, Any]]
"""Row: figure: value, low, high."""

SHOWN = ("key_fit_own", "key_fit_win", "rate_ratio", "novelty", "overlap", "realness_auc")


def draw_all(report: Mapping[str, Any], out: Path) -> None:
    """Draw every picture of a report into a folder."""
    for corpus, rows in report["continuations"].items():
        draw_continuations(rows, out / f"continuations-{corpus}.png", f"After {corpus}")
    for corpus, figures in report["moods"].items():
        draw_moods(figures["moved"], out / f"moods-{corpus}.png")
        for judge, heard in figures["judges"].items():
            name = f"plane-{corpus}-{judge.replace(' ', '-')}.png"
            draw_plane(heard["plane"], out / name)
    if report["distinct"]["told_apart"]:
        draw_table(report["distinct"]["told_apart"], out / "told-apart.png")
    if "top_lines" in report:
        draw_lesson(report["top_lines"]["lesson"], out / "seed-network.png")


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


def draw_table(told: Mapping[str, Any], path: Path) -> None:
    """Draw which mood was taken for which, shares of the rows."""
    figure, axes = _canvas(1)
    moods = told["moods"]
    picture = axes[0].imshow(told["taken_for"], cmap="Blues", vmin=0, vmax=1)
    axes[0].set_xticks(range(len(moods)), moods, rotation=60, ha="right", fontsize=8)
    axes[0].set_yticks(range(len(moods)), moods, fontsize=8)
    for row, shares in enumerate(told["taken_for"]):
        for column, share in enumerate(shares):
            colour = "white" if share > 0.5 else "black"
            axes[0].text(
                column, row, f"{share:.2f}", ha="center", va="center", color=colour, fontsize=7
            )
    figure.colorbar(picture, ax=axes[0], label="share of the answers")
    _save(figure, path, "Asked for (rows), taken for (columns)")


def draw_lesson(lesson: Mapping[str, Any], path: Path) -> None:
    """Draw how the seed project's network learned."""
    figure, axes = _canvas(1)
    axes[0].plot(*zip(*lesson["validation"], strict=True), "o-", ms=3)
    axes[0].axvline(lesson["best_step"], lw=0.5)
    axes[0].set(xlabel="steps", ylabel="validation, nats of the next pitch")
    _save(figure, path, "The seed project's network, taught the same songs")


def _canvas(count: int) -> tuple[Any, Any]:
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(2.4 * count if count > 1 else 6.5, 3.4), layout="constrained")
    return figure, figure.subplots(1, count, squeeze=False)[0]


def _bars(axis: Any, shown: Mapping[str, Mapping[str, float]]) -> None:
    values = [figure["value"] for figure in shown.values()]
    errors = [
        [max(figure["value"] - figure["low"], 0.0) for figure in shown.values()],
        [max(figure["high"] - figure["value"], 0.0) for figure in shown.values()],
    ]
    colours = ["tab:blue", "tab:gray", "tab:olive", "tab:green"][: len(shown)]
    axis.bar(range(len(shown)), values, yerr=errors, color=colours, capsize=2)
    axis.set_xticks(range(len(shown)), list(shown), rotation=60, ha="right", fontsize=8)


def _save(figure: Any, path: Path, title: str) -> None:
    figure.suptitle(title, fontsize=10)
    figure.savefig(path, dpi=110)
