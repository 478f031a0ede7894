"""The trade-off between true commands that pass and foreign speech that passes, as a picture.

`python -m speech.plot --model DIR --out FILE.png`, in Encore's own environment.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

KINDS = {
    "talk": "talk and other assistants' commands (synthetic)",
    "librispeech": "books, real speakers",
    "vctk": "read sentences, British speakers",
    "keywords": "other products' wake words, real speakers",
    "mycroft": "names called, real speakers",
}
MEASURES = {
    "mean_confidence": "mean confidence (models without a verifier)",
    "verifier": "verifier",
}
AIM_SHARE = 3.0
"""At most so many per cent of foreign clips may come out as commands."""
AIM_PASS = 95.0
SHOWN_PASS, SHOWN_SHARE = 60.0, 12.0
"""Where the axes begin and end."""


def draw_in_all(panel: Any, facts: dict[str, Any]) -> None:
    """All foreign speech against the commands of several words, by both measures."""
    for (measure, label), colour in zip(MEASURES.items(), ("tab:grey", "tab:blue"), strict=True):
        if measure not in facts:
            continue
        curve, used = facts[measure]["curve"], facts[measure]["at_the_thresholds"]
        across = [100 * row["commands_acted_on"] for row in curve]
        up = [100 * row["all_foreign_pass"] for row in curve]
        panel.plot(across, up, marker="o", markersize=3, label=label, color=colour)
        at = (100 * used["commands_acted_on"], 100 * used["all_foreign"]["share"])
        panel.plot(*at, marker="*", markersize=13, color=colour, linestyle="none")
        note = f"{used['several_words']:.2g}"
        panel.annotate(note, at, fontsize=8, xytext=(-8, 4), ha="right", textcoords="offset points")
    panel.set_title("all foreign speech (stars: thresholds in use)", fontsize=9)
    panel.set_xlabel("true commands that are acted on, %")


def draw_kinds(panel: Any, facts: dict[str, Any], length: str) -> None:
    """Every kind of foreign speech, by the measure that Encore uses."""
    best = facts.get("verifier") or facts["mean_confidence"]
    passed = "commands_pass" if length == "several_words" else "one_word_commands_pass"
    across = [100 * row[passed] for row in best["curve"]]
    for kind, label in KINDS.items():
        up = [100 * row.get(f"{kind}_{length}_pass", 0.0) for row in best["curve"]]
        panel.plot(across, up, marker="o", markersize=3, label=label)
    panel.axvline(
        100 * best["at_the_thresholds"][passed], color="tab:blue", linewidth=0.8, linestyle="--"
    )
    words = "several words" if length == "several_words" else "one word"
    panel.set_title(f"by kind, heard as {words} (dashed: Encore uses)", fontsize=9)


def main() -> None:
    """Draws the curves of metrics.json."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    choice = parser.parse_args()
    facts = json.loads((choice.model / "metrics.json").read_text(encoding="utf-8"))["refusal"]
    figure, axes = pyplot.subplots(1, 3, figsize=(13, 4.2), sharey=True)
    draw_in_all(axes[0], facts)
    draw_kinds(axes[1], facts, "several_words")
    draw_kinds(axes[2], facts, "one_word")
    for panel in axes:
        panel.set_xlim(SHOWN_PASS, 100.5)
        panel.set_ylim(0, SHOWN_SHARE)
        panel.axhline(AIM_SHARE, color="grey", linewidth=0.7, linestyle=":")
        panel.grid(alpha=0.25)
    for panel in axes[1:]:
        panel.set_xlabel("true commands that pass, %")
    axes[0].axvline(AIM_PASS, color="grey", linewidth=0.7, linestyle=":")
    axes[0].set_ylabel("foreign clips that come out as a command, %")
    axes[0].legend(fontsize=7)
    axes[1].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(choice.out, dpi=110)


if __name__ == "__main__":
    main()
