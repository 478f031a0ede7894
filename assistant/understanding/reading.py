"""From an engine's answer to the intent of the contract: thresholds and typed parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.contract import Intent
from assistant.understanding.embedded import EngineAnswer
from assistant.understanding.parameters import read_parameters
from assistant.understanding.repair import repair_spans
from assistant.understanding.vocabulary import Vocabulary

OUT_OF_SCOPE = "out_of_scope"
RECORD = "record"
LENGTHS = frozenset(["duration_bars", "duration_seconds"])
THRESHOLDS: Mapping[str, float] = {"embedded": 0.2, "rasa": 0.2}
"""Below this probability a sentence counts as talk (chosen on the held-out templates)."""


def read_answer(
    text: str,
    words: Sequence[str],
    answer: EngineAnswer,
    engine: str,
    vocabulary: Vocabulary,
    accepts: Mapping[str, frozenset[str]],
) -> Intent:
    """Return the intent with the parameters it accepts; out_of_scope when the engine is unsure."""
    name, confidence = answer.ranking[0]
    if name != OUT_OF_SCOPE and confidence < THRESHOLDS.get(engine, 0.0):
        name, confidence = OUT_OF_SCOPE, 1.0 - confidence
    accepted = accepts.get(name, frozenset())
    spans = repair_spans(words, answer.spans, vocabulary, accepted)
    parameters = read_parameters(text.split(), spans, vocabulary, accepted)
    if name != RECORD and not LENGTHS & parameters.keys():
        parameters.pop("span", None)  # "what i played" is what the other intents are about anyway
    return Intent(text, name, min(max(confidence, 0.0), 1.0), engine, parameters)
