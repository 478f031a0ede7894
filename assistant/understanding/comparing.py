"""An engine before and after training, on the golden sentences: better, as good, or worse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.contract import Intent, ModelError
from assistant.understanding import places
from assistant.understanding.corrections import Correction
from assistant.understanding.golden import NOISY_FILE, Golden, Share, read_golden, score

GOLDEN: Final = places.PROJECT / "tests" / "data" / "golden"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of a model."""

    name: str
    share: Share
    less_is_better: bool = False
    tolerance: float = 0.0
    """Points (of 1) by which a new model may be worse: chance moves a few sentences."""

    def worse_than(self, before: Figure) -> bool:
        """Tell whether this is worse than before, by more than the tolerance."""
        change = self.share.value - before.share.value
        return (change if self.less_is_better else -change) > self.tolerance + 1e-9


def golden_sentences(folder: Path = GOLDEN) -> list[Golden]:
    """Return the sentences to compare on; ModelError where Encore runs without its checkout."""
    sentences = read_golden(folder) if folder.is_dir() else []
    if not sentences:
        raise ModelError(
            f"The golden sentences are missing in {folder}: without them a new model cannot be"
            " compared with the old one."
        )
    return sentences


def figures(
    sentences: Iterable[Golden], corrections: Sequence[Correction], parse: Callable[[str], Intent]
) -> tuple[Figure, ...]:
    """Return what a model reaches on the golden sentences and on the corrections."""
    result = score(sentences, parse)
    learned = sum(parse(c.text).name == c.intent for c in corrections)
    return (
        Figure("intent right", result.share("in_scope"), tolerance=0.005),
        Figure("intent and parameters right", result.share("in_scope", exact=True), False, 0.005),
        Figure("intent right, recogniser errors", result.share(NOISY_FILE), False, 0.015),
        Figure("talk taken for a command", result.ghosts, True, 0.01),
        Figure("your corrections right", Share(learned, len(corrections)), tolerance=1.0),
    )


def what_got_worse(before: Sequence[Figure], after: Sequence[Figure]) -> Figure | None:
    """Return the first figure in which the new model is worse, None when it may be used."""
    pairs = zip(before, after, strict=True)
    return next((new for old, new in pairs if new.worse_than(old)), None)
