"""Everything that can be measured of the generator, in one run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.contract import InputError
from skills.music.evaluation import likelihood, moods, plots, speed
from skills.music.evaluation.answers import Cuts, answered, held_out, with_baselines
from skills.music.evaluation.judge import QUADRANTS, Judge, own_measure, read_judges
from skills.music.evaluation.metrics import continuation
from skills.music.evaluation.realness import giveaways
from skills.music.generator.engine import Generator
from skills.music.training.corpora import CORPORA
from skills.music.training.prepare import MusicSet, load

Say = Callable[[str], None]
FOUR = ("happy", "sad", "calm", "tense")
STRENGTHS = (0.5, 1.5)
ALL_CORPORA = tuple(corpus.name for corpus in CORPORA)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Measured:
    """What to measure."""

    data: Path | None = None
    """Folder of archives; None measures the speed alone."""
    cache: Path = Path(".cache/music")
    count: int = 40
    """Cuts of each corpus."""
    seed: int = 0
    split: str = "test"
    judge: Path | None = None
    out: Path | None = None
    """Folder for report.json and the pictures."""
    corpora: tuple[str, ...] = ALL_CORPORA
    seed_network_s: float = 60.0
    """Training time of the seed project's network."""


def run(plan: Measured, model_dir: Path | None = None, say: Say = _say) -> dict[str, Any]:
    """Measure and return the report; raises EncoreError in a sentence.

    Without a data folder only the speed is measured.
    """
    judges = [own_measure(), *(read_judges(plan.judge) if plan.judge else [])]
    music = None if plan.data is None else _music(plan.data, plan.cache)
    say("Speed …")
    report: dict[str, Any] = {"speed": speed.measure(model_dir)}
    if music is None:
        return report
    generator = Generator.load(model_dir)
    say("Likelihood on held-out songs …")
    report["likelihood"] = likelihood.compare(
        generator.checkpoint, music, plan.count, plan.seed, plan.split
    )
    report["top_lines"], steps = likelihood.compare_on_tunes(
        generator.checkpoint, music, plan.count, plan.seed, plan.seed_network_s
    )
    report["seed_network_training"] = {"seconds": plan.seed_network_s, "steps": steps}
    report |= _continuations(plan, generator, music, say)
    report |= _moods(plan, generator, music, judges, say)
    if plan.out is not None:
        write(report, plan.out)
    return report


def _music(data: Path, cache: Path) -> MusicSet:
    needed = ["splits.tsv", *(f"{corpus.name}.tar.gz" for corpus in CORPORA)]
    missing = [name for name in needed if not (data / name).exists()]
    if missing:
        raise InputError(f"The data folder {data} lacks {', '.join(missing)}.")
    return load(data, cache)


def _continuations(
    plan: Measured, generator: Generator, music: MusicSet, say: Say
) -> dict[str, Any]:
    """Return every corpus by itself and all together, beside the baselines."""
    by_corpus, every = {}, []
    for corpus in plan.corpora:
        say(f"Continuing {corpus} …")
        found = held_out(music, (corpus,), plan.count, plan.seed, plan.split)
        cases = answered(generator, found)
        every += cases
        by_corpus[corpus] = _rows(cases, plan.seed)
    together = _rows(every, plan.seed)
    return {
        "continuations": {"all": together, **by_corpus},
        "giveaways": dict(giveaways(every)) if len(every) >= 20 else {},
    }


def _rows(cases: Sequence[Any], seed: int) -> dict[str, Any]:
    return {row: continuation(kind, seed) for row, kind in with_baselines(cases, seed).items()}


def _moods(
    plan: Measured, generator: Generator, music: MusicSet, judges: Sequence[Judge], say: Say
) -> dict[str, Any]:
    """Return what moods move and how they are heard, by corpus."""
    report = {}
    for corpus in plan.corpora:
        found: Cuts = held_out(music, (corpus,), plan.count, plan.seed + 1, plan.split)
        say(f"Moods after {corpus} …")
        plain = {mood: answered(generator, found, mood) for mood in QUADRANTS}
        nine = [case for cases in plain.values() for case in cases]
        four = [case for mood in FOUR for case in plain[mood]]
        little, much = (
            [c for mood in FOUR for c in answered(generator, found, mood, strength)]
            for strength in STRENGTHS
        )
        by_judge = {}
        for judge in judges:
            heard = moods.verdicts(four, judge)
            by_judge[judge.name] = {
                "four": moods.accuracy(heard, plan.seed),
                "nine": {
                    mood: moods.accuracy(moods.verdicts(cases, judge), plan.seed)
                    for mood, cases in plain.items()
                },
                "order": moods.ordered(
                    moods.verdicts(little, judge), heard, moods.verdicts(much, judge)
                ),
                "plane": _plane(plain, judge),
            }
        report[corpus] = {
            "judges": by_judge,
            "coherence": continuation(four, plan.seed),
            "moved": moods.moved(nine, generator.checkpoint.deviation),
            "distinct_pairs": moods.distinct(nine),
        }
    return {"moods": report}


def _plane(plain: Mapping[str, Sequence[Any]], judge: Judge) -> dict[str, tuple[float, float]]:
    places = {}
    for mood, cases in plain.items():
        heard = [verdict for _, verdict in moods.verdicts(cases, judge)]
        if heard:
            valence = float(np.mean([v.valence for v in heard]))
            places[mood] = (valence, float(np.mean([v.arousal for v in heard])))
    return places


def write(report: Mapping[str, Any], out: Path) -> None:
    """Write report.json and pictures into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    for corpus, rows in report["continuations"].items():
        plots.draw_continuations(rows, out / f"continuations-{corpus}.png", f"After {corpus}")
    for corpus, figures in report["moods"].items():
        plots.draw_moods(figures["moved"], out / f"moods-{corpus}.png")
        for judge, heard in figures["judges"].items():
            name = f"plane-{corpus}-{judge.replace(' ', '-')}.png"
            plots.draw_plane(heard["plane"], out / name)
    (out / "report.json").write_text(to_json(report) + "\n", encoding="utf-8")


def to_json(report: Mapping[str, Any]) -> str:
    """Return a report as JSON; figures become value, low and high."""

    def plain(value: object) -> object:
        if is_dataclass(value) and not isinstance(value, type):
            return asdict(value)
        raise TypeError(f"{value!r} is no figure")

    return json.dumps(report, default=plain, indent=1)
