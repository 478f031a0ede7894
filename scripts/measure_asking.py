"""How often Encore would ask back, and what is still done wrong, by threshold: a table.

``python -m scripts.measure_asking`` reads the golden sentences with the embedded engine. Half of
them (by a hash of the text) chose the defaults of the settings; the other half is shown beside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.cli.street import thresholds
from assistant.contract import Intent
from assistant.dialogue.doubt import Thresholds, doubts
from assistant.house import CAREFUL
from assistant.settings import Settings
from assistant.understanding.comparing import golden_sentences
from assistant.understanding.golden import NOISY_FILE, Golden, group_of
from assistant.understanding.parse_command import PlainSettings
from assistant.understanding.service import UnderstandingService
from skills.music.skill import MusicSkill

Row = tuple[Golden, Intent]
CAREFULLY = CAREFUL | MusicSkill.careful
TRIED = {
    "ask_below": (0.0, 0.3, 0.4, 0.5, 0.6),
    "near": (0.0, 0.05, 0.15, 0.25),
    "suggest_above": (0.2, 0.3, 0.4, 0.5, 1.0),
    "confirm_below": (0.0, 0.5, 0.7, 0.8, 0.9),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Shares of sentences, 0..1."""

    asked: float
    right_offered: float
    """Of those asked back, the right reading was offered."""
    wrong: float
    """Carried out, and wrong."""
    ignored: float
    """A command taken for talk, with nothing offered."""


def cost(rows: Sequence[Row], limits: Thresholds) -> Cost:
    """Return what the thresholds cost on some sentences."""
    asked = offered = wrong = ignored = 0
    for golden, intent in rows:
        readings = doubts(intent, limits, CAREFULLY)
        asked += bool(readings)
        offered += any(reading.name == golden.intent for reading in readings)
        if not readings and intent.name != golden.intent:
            ignored += intent.name == "out_of_scope"
            wrong += intent.name != "out_of_scope"
    count = max(len(rows), 1)
    return Cost(asked / count, offered / max(asked, 1), wrong / count, ignored / count)


def is_chosen_on(golden: Golden) -> bool:
    """Tell whether a sentence belongs to the half on which thresholds are chosen."""
    return hashlib.sha256(golden.text.encode()).digest()[0] % 2 == 0


def table(rows: Sequence[Row], title: str) -> list[str]:
    """Return a table of all thresholds tried, the others at their defaults."""
    usual = thresholds(Settings())
    groups: dict[str, Callable[[Golden], bool]] = {
        "commands": lambda g: group_of(g) == "in_scope",
        "with errors": lambda g: g.file == NOISY_FILE,
        "talk": lambda g: group_of(g) == "out_of_scope",
    }
    parts = {name: [r for r in rows if fits(r[0])] for name, fits in groups.items()}
    lines = [title, f"  {'':22} " + " ".join(f"{n:>34}" for n in parts)]
    lines.append(f"  {'':22} " + f"{'asked  wrong ignored right-offered':>34} " * len(parts))
    for name, values in TRIED.items():
        for value in values:
            limits = replace(usual, **{name: value})
            shown = [_shown(cost(part, limits)) for part in parts.values()]
            star = "*" if value == getattr(usual, name) else " "
            lines.append(f"  {name:15} {value:4} {star} " + " ".join(shown))
    return lines


def _shown(figures: Cost) -> str:
    shares = (figures.asked, figures.wrong, figures.ignored, figures.right_offered)
    return "{:10.1%} {:6.1%} {:6.1%} {:8.0%}".format(*shares)


def main() -> None:
    """Print both halves."""
    service = UnderstandingService([MusicSkill.nlu_dir], PlainSettings("embedded"))
    service.start()
    rows = [(golden, service.parse(golden.text)) for golden in golden_sentences()]
    service.close()
    halves = {"chosen on": True, "not chosen on": False}
    for title, chosen in halves.items():
        half = [row for row in rows if is_chosen_on(row[0]) == chosen]
        print(*table(half, f"{title}: {len(half)} golden sentences"), sep="\n")


if __name__ == "__main__":
    main()
