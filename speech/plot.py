"""The trade-off between true commands that pass and foreign speech that passes, as a picture.

`python -m speech.plot --model DIR --out FILE.png`, in Encore's own environment.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

KINDS = {
    "talk": "talk and other assistants' commands (synthetic)",
    "librispeech": "books, real speakers",
    "keywords": "other products' wake words, real speakers",
}


def main() -> None:
    """Draws metrics.json's curve."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    choice = parser.parse_args()
    facts = json.loads((choice.model / "metrics.json").read_text(encoding="utf-8"))["refusal"]
    curve, used = facts["curve"], facts["at_the_thresholds"]
    figure, axes = pyplot.subplots(1, 2, figsize=(9.5, 4.2), sharey=True)
    for panel, length, title in zip(
        axes, ("several_words", "one_word"), ("several words", "one word"), strict=True
    ):
        passed = "commands_pass" if length == "several_words" else "one_word_commands_pass"
        across = [100 * row[passed] for row in curve]
        for kind, label in KINDS.items():
            up = [100 * row.get(f"{kind}_{length}_pass", 0.0) for row in curve]
            panel.plot(across, up, marker="o", markersize=3, label=label)
        for row in curve:
            if row["threshold"] in (0.5, 0.7, 0.8, 0.9):
                at = (100 * row[passed], 100 * row[f"keywords_{length}_pass"])
                panel.annotate(f"{row['threshold']:g}", at, fontsize=7, va="bottom")
        panel.set_title(f"{title} (Encore uses {used[length]:g})", fontsize=9)
        panel.set_xlabel("true commands that pass, %")
        panel.axhline(3, color="grey", linewidth=0.7, linestyle=":")
        panel.grid(alpha=0.25)
    axes[0].set_ylabel("foreign clips that come out as a command, %")
    axes[0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(choice.out, dpi=110)


if __name__ == "__main__":
    main()
