"""The report's part on moods: four and nine, "a bit" and "much", judged, coherent and distinct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from skills.music.evaluation import distinct, moods
from skills.music.evaluation.asked import FOUR, STRENGTHS, Asked, strength_count
from skills.music.evaluation.cases import Case
from skills.music.evaluation.judge import QUADRANTS, Judge
from skills.music.evaluation.metrics import coherence

if TYPE_CHECKING:
    from skills.music.evaluation.run import Bench

Sets = dict[tuple[str, float], list[Case]]
"""Answers by mood and strength."""


def measure(bench: Bench) -> None:
    """Measure the moods after each corpus, and how distinct they are after all together."""
    plan, together = bench.plan, dict[str, list[Case]]()
    without: list[Case] = []
    deviation = bench.answers.generator.checkpoint.deviation
    for corpus in plan.moody:
        sets = _sets(bench, corpus)
        plain = {mood: sets[mood, 1.0] for mood in QUADRANTS}
        none = bench.cases(corpus)[: plan.mood_phrases]
        bench.say(f"Moods after {corpus}: {len(none)} phrases …")
        judges = [judge.name for judge in bench.judges]
        bench.book.section(
            f"moods/{corpus}",
            bench.key(corpus, plan.mood_phrases, plan.seed, judges),
            lambda sets=sets, plain=plain, none=none: {  # type: ignore[misc]
                "phrases": len(none),
                "judges": {judge.name: _judged(sets, judge, plan.seed) for judge in bench.judges},
                "coherence": _coherent(plain, none, plan.seed),
                "moved": moods.moved(
                    [case for cases in plain.values() for case in cases],
                    deviation,
                ),
                "told_apart": distinct.told_apart(plain, plan.seed),
            },
        )
        without += none
        for mood, cases in plain.items():
            together.setdefault(mood, []).extend(cases)
    bench.say("How distinct the nine moods are …")
    bench.book.section(
        "distinct",
        bench.key("distinct", plan.moody, plan.mood_phrases, plan.seed),
        lambda: {
            "told_apart": distinct.told_apart(together, plan.seed),
            "promises": distinct.kept(together, without, deviation),
            "pairs": distinct.pairs(together, deviation),
        },
    )


def _sets(bench: Bench, corpus: str) -> Sets:
    count = bench.plan.mood_phrases
    asked = [Asked(corpus, mood, 1.0, count) for mood in QUADRANTS]
    asked += [
        Asked(corpus, mood, strength, strength_count(count))
        for mood in FOUR
        for strength in STRENGTHS.values()
    ]
    return {(str(one.mood), one.strength): bench.answers.of(one) for one in asked}


def _judged(sets: Sets, judge: Judge, seed: int) -> dict[str, Any]:
    """Return what one judge hears."""
    by_mood = {mood: moods.verdicts(sets[mood, 1.0], judge) for mood in QUADRANTS}
    four = [heard for mood in FOUR for heard in by_mood[mood]]
    little, much = (
        moods.verdicts([case for mood in FOUR for case in sets[mood, strength]], judge)
        for strength in STRENGTHS.values()
    )
    both = {case.name for case, _ in little}
    asked = [(case, verdict) for case, verdict in four if case.name in both]
    strengths = {"a bit": little, "as asked": asked, "much": much}
    return {
        "four": moods.accuracy(four, seed),
        "all nine": moods.accuracy([h for heard in by_mood.values() for h in heard], seed),
        "nine": {mood: moods.accuracy(heard, seed) for mood, heard in by_mood.items()},
        "order": moods.ordered(little, four, much),
        "strengths": {
            name: moods.accuracy(heard, seed) | {"leaning": moods.leaning(heard)}
            for name, heard in strengths.items()
        },
        "plane": _plane(by_mood),
    }


def _plane(by_mood: Mapping[str, moods.Heard]) -> dict[str, tuple[float, float]]:
    return {
        mood: (
            float(np.mean([verdict.valence for _, verdict in heard])),
            float(np.mean([verdict.arousal for _, verdict in heard])),
        )
        for mood, heard in by_mood.items()
        if heard
    }


def _coherent(
    plain: Mapping[str, Sequence[Case]], none: Sequence[Case], seed: int
) -> dict[str, Any]:
    """Return how well answers in a mood still go on from the same phrases, beside no mood."""
    from dataclasses import replace

    people = [replace(case, answer=case.truth) for case in none]
    rows = {"no mood": none, "people": people}
    rows["four"] = [case for mood in FOUR for case in plain[mood]]
    return {name: coherence(cases, seed) for name, cases in (rows | dict(plain)).items()}
