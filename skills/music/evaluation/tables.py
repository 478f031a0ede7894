"""The report as tables in Markdown, for reading and for the model's card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

Values = Mapping[str, Any]

CONTINUATION: Final = (
    "key_fit_own",
    "key_fit_win",
    "rate_ratio",
    "novelty",
    "overlap",
    "realness_auc",
    "degenerate",
    "length_error_p95_s",
)
JUDGED: Final = ("arousal", "valence", "quadrant", "quadrant_shuffled")
WINS: Final = ("pair_wins_valence", "pair_wins_arousal")


def write(report: Values, out: Path) -> None:
    """Write report.md into a folder."""
    (out / "report.md").write_text("\n".join(lines(report)) + "\n", encoding="utf-8")


def lines(report: Values) -> Iterator[str]:
    """Yield the report line by line; parts that were not measured are left out."""
    yield "# Encore's music, measured"
    yield from _speed(report.get("speed", {}))
    yield from _foresight("Likelihood, nats an event", report.get("likelihood", {}))
    yield from _foresight("Top lines, next of 24 pitches", report.get("top_lines", {}))
    yield from _continuations(report.get("continuations", {}))
    for corpus, figures in report.get("moods", {}).items():
        yield from _moods(corpus, figures)
    yield from _distinct(report.get("distinct", {}))


def shown(value: Any, places: int = 3) -> str:
    """Return a figure as text, with its interval where it has one; a dash for none."""
    if isinstance(value, Mapping) and "value" in value:
        if value["value"] is None:
            return "-"
        low, high = value["low"], value["high"]
        return f"{value['value']:.{places}f} [{low:.{places}f}, {high:.{places}f}]"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    return f"{value:.{places}f}" if isinstance(value, float) else str(value)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table with an empty line before it."""
    yield ""
    for row in (header, ["---"] * len(header), *rows):
        yield f"| {' | '.join(row)} |"


def _speed(figures: Values) -> Iterator[str]:
    if figures:
        yield from table(("speed", ""), [(name, f"{value:.4g}") for name, value in figures.items()])


def _foresight(title: str, rows: Values) -> Iterator[str]:
    models = {name: row for name, row in rows.items() if "pitch_accuracy" in row}
    if not models:
        return
    fields = list(dict.fromkeys(field for row in models.values() for field in row["nats"]))
    yield from table(
        (title, *fields, "next pitch right"),
        [
            (
                name,
                *(shown(row["nats"].get(field)) for field in fields),
                shown(row["pitch_accuracy"]),
            )
            for name, row in models.items()
        ],
    )
    lesson = rows.get("lesson")
    if lesson:
        yield ""
        yield (
            f"The seed project's network: {lesson['steps']} steps in {lesson['seconds']:.0f} s of "
            f"processor time, best at {lesson['best_step']}, ended by: {lesson['ended']}."
        )


def _continuations(corpora: Values) -> Iterator[str]:
    rows = [
        (corpus, name, str(row["cases"]), *(shown(row.get(figure)) for figure in CONTINUATION))
        for corpus, kinds in corpora.items()
        for name, row in kinds.items()
    ]
    if rows:
        yield from table(("no mood, after", "", "n", *CONTINUATION), rows)


def _moods(corpus: str, figures: Values) -> Iterator[str]:
    rows = [
        (judge, name, *(shown(row.get(figure)) for figure in (*JUDGED, *WINS)))
        for judge, heard in figures["judges"].items()
        for name, row in (
            {"four": heard["four"], "all nine": heard["all nine"]} | heard["nine"]
        ).items()
    ]
    yield from table((f"moods after {corpus}", "", *JUDGED, *WINS), rows)
    yield from table(
        ("judge", "strength", *JUDGED[:3], "leaning valence", "leaning arousal"),
        [
            (
                judge,
                strength,
                *(shown(row[figure]) for figure in JUDGED[:3]),
                shown(row["leaning"]["valence"]),
                shown(row["leaning"]["arousal"]),
            )
            for judge, heard in figures["judges"].items()
            for strength, row in heard["strengths"].items()
        ],
    )
    yield from table(
        ("judge", *next(iter(figures["judges"].values()))["order"]),
        [
            (judge, *(shown(value) for value in heard["order"].values()))
            for judge, heard in figures["judges"].items()
        ],
    )
    names = ("key_fit_own", "key_fit_win", "rate_ratio", "rate_change", "novelty", "degenerate")
    yield from table(
        (f"coherence after {corpus}", *names),
        [
            (mood, *(shown(row[name]) for name in names))
            for mood, row in figures["coherence"].items()
        ],
    )


def _distinct(found: Values) -> Iterator[str]:
    told = found.get("told_apart")
    if not told:
        return
    yield ""
    yield (
        f"Nine moods told apart: {shown(told['accuracy'])}; shuffled {shown(told['shuffled'])}; "
        f"chance {told['chance']:.3f}."
    )
    yield from table(
        ("asked, taken for", *told["moods"]),
        [
            (mood, *(f"{share:.2f}" for share in row))
            for mood, row in zip(told["moods"], told["taken_for"], strict=True)
        ],
    )
    yield from table(
        ("mood", "promised", "phrases moved so", "by, standard deviations", "beyond chance"),
        [
            (mood, feature, shown(row["share"]), shown(row["moved"], 2), shown(row["sure"]))
            for mood, features in found["promises"].items()
            for feature, row in features.items()
        ],
    )
    yield from table(
        ("pair", "told apart (.5 = not)", "promised features that differ", "which"),
        [
            (
                pair,
                shown(row["told_apart"]),
                f"{row['kept']} of {row['promised']}",
                ", ".join(n for n, feature in row["features"].items() if feature["sure"]),
            )
            for pair, row in found["pairs"].items()
        ],
    )
