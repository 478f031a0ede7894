"""What else a sentence may mean: the engine's next best commands, each read with its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.contract import Intent
from assistant.understanding.embedded import EngineAnswer
from assistant.understanding.parameters import read_parameters
from assistant.understanding.reading import OUT_OF_SCOPE
from assistant.understanding.repair import repair_spans
from assistant.understanding.vocabulary import Vocabulary

LEAST = 0.1
"""A reading less likely than this is never offered."""
MOST = 2


def rivals(
    text: str,
    words: Sequence[str],
    answer: EngineAnswer,
    chosen: Intent,
    vocabulary: Vocabulary,
    accepts: Mapping[str, frozenset[str]],
) -> tuple[Intent, ...]:
    """Return up to two commands that were not chosen, the likeliest first."""
    likely = [
        (name, chance)
        for name, chance in answer.ranking
        if chance >= LEAST and name not in (chosen.name, OUT_OF_SCOPE)
    ]
    return tuple(
        read_as(name, chance, text, words, answer, chosen.engine, vocabulary, accepts)
        for name, chance in likely[:MOST]
    )


def read_as(
    name: str,
    chance: float,
    text: str,
    words: Sequence[str],
    answer: EngineAnswer,
    engine: str,
    vocabulary: Vocabulary,
    accepts: Mapping[str, frozenset[str]],
) -> Intent:
    """Return a sentence read as the given intent, with the parameters that it accepts."""
    accepted = accepts.get(name, frozenset())
    spans = repair_spans(words, answer.spans, vocabulary, accepted)
    parameters = read_parameters(text.split(), spans, vocabulary, accepted)
    return Intent(text, name, min(max(chance, 0.0), 1.0), engine, parameters)
