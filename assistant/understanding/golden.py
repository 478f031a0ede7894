"""Accuracy on sentences with known meaning: intent and exact match, with confidence intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from typing import Any

import yaml

from assistant.contract import Intent
from assistant.understanding.vocabulary import fast_loader

Z_95 = 1.96
NOISY_FILE = "recogniser_errors"


@dataclass(frozen=True, slots=True)
class Golden:
    """One sentence and its meaning."""

    text: str
    intent: str
    parameters: dict[str, Any]
    tags: tuple[str, ...] = ()
    file: str = ""


def read_golden(folder: Path) -> list[Golden]:
    """Return all sentences of a folder that are scored: those tagged ambiguous are not."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        for entry in yaml.load(path.read_text(encoding="utf-8"), Loader=fast_loader()):
            tags = tuple(entry.get("tags") or ())
            if "ambiguous" not in tags:
                values = dict(entry.get("parameters") or {})
                found.append(Golden(entry["text"], entry["intent"], values, tags, path.stem))
    return found


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    right: int
    total: int

    @property
    def value(self) -> float:
        """The share, 0..1."""
        return self.right / self.total if self.total else 0.0

    def interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval."""
        if not self.total:
            return 0.0, 1.0
        n, p = self.total, self.value
        middle = (p + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
        half = Z_95 / (1 + Z_95**2 / n) * sqrt(p * (1 - p) / n + Z_95**2 / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{100 * self.value:.1f} % ({100 * low:.1f}–{100 * high:.1f}, n = {self.total})"  # noqa: RUF001


@dataclass(slots=True)
class Score:
    """Counts of one run."""

    intents: Counter[str] = field(default_factory=Counter)
    exact: Counter[str] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_intent: dict[str, list[int]] = field(default_factory=dict)
    misses: list[tuple[Golden, Intent]] = field(default_factory=list)

    def add(self, golden: Golden, answer: Intent) -> None:
        """Count one answer."""
        part = group_of(golden)
        named = answer.name == golden.intent
        matched = named and dict(answer.parameters) == golden.parameters
        self.totals[part] += 1
        self.intents[part] += named
        self.exact[part] += matched
        row = self.by_intent.setdefault(golden.intent, [0, 0, 0])
        for at, hit in enumerate((1, named, matched)):
            row[at] += hit
        if not named:
            self.confusions[golden.intent, answer.name] += 1
        if not matched:
            self.misses.append((golden, answer))

    def share(self, part: str, exact: bool = False) -> Share:
        """Return the share of right intents, or of exact matches, of a part."""
        counts = self.exact if exact else self.intents
        return Share(counts[part], self.totals[part])

    @property
    def ghosts(self) -> Share:
        """Share of out-of-scope talk that became a command."""
        total = self.totals["out_of_scope"]
        return Share(total - self.intents["out_of_scope"], total)


def group_of(golden: Golden) -> str:
    """Return the part of the report a sentence belongs to."""
    if golden.file == NOISY_FILE:
        return NOISY_FILE
    return "out_of_scope" if golden.intent == "out_of_scope" else "in_scope"


def score(sentences: Iterable[Golden], parse: Callable[[str], Intent]) -> Score:
    """Parse all sentences and count."""
    result = Score()
    for golden in sentences:
        result.add(golden, parse(golden.text))
    return result


def report(engine: str, result: Score) -> str:
    """Return the figures as plain text, weakest intents first."""
    lines = [
        f"{engine}: in scope, intent      {result.share('in_scope')}",
        f"{engine}: in scope, exact match {result.share('in_scope', exact=True)}",
        f"{engine}: recogniser errors     {result.share(NOISY_FILE)}",
        f"{engine}: ghosts out of scope   {result.ghosts}",
    ]
    rows: Sequence[tuple[str, list[int]]] = sorted(
        result.by_intent.items(), key=lambda r: r[1][2] / r[1][0]
    )
    lines += [
        f"  {name:15} n {n:4}  intent {i / n:.3f}  exact {e / n:.3f}" for name, (n, i, e) in rows
    ]
    return "\n".join(lines)
