"""From an engine's answer to the intent of the contract: thresholds and typed parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.contract import Intent
from assistant.understanding.embedded import EngineAnswer
from assistant.understanding.parameters import read_parameters
from assistant.understanding.repair import repair_spans
from assistant.understanding.vocabulary import Vocabulary

OUT_OF_SCOPE = "out_of_scope"
RECORD, STOP = "record", "stop"
LENGTHS = frozenset(["duration_bars", "duration_seconds"])
TALK_WEIGHT: Mapping[str, float] = {"embedded": 4.5, "rasa": 4.5}
"""How many times talk's probability counts: a command out of talk is worse than one asked back."""
UNSURE: Mapping[str, float] = {"embedded": 0.15, "rasa": 0.15}
"""Below this probability a sentence counts as talk."""


def read_answer(
    text: str,
    words: Sequence[str],
    answer: EngineAnswer,
    engine: str,
    vocabulary: Vocabulary,
    accepts: Mapping[str, frozenset[str]],
) -> Intent:
    """Return the intent with the parameters it accepts; out_of_scope when the engine is unsure."""
    ranking = (
        _without_stop(answer.ranking) if _names_a_player(words, vocabulary) else answer.ranking
    )
    name, confidence = decide(ranking, TALK_WEIGHT[engine], UNSURE[engine])
    accepted = accepts.get(name, frozenset())
    spans = repair_spans(words, answer.spans, vocabulary, accepted)
    parameters = read_parameters(text.split(), spans, vocabulary, accepted)
    if name != RECORD and not LENGTHS & parameters.keys():
        parameters.pop("span", None)  # "what i played" is what the other intents are about anyway
    if "volume_percent" in parameters:
        parameters.pop("volume_change", None)  # "turn it down to fifty percent"
    return Intent(text, name, min(max(confidence, 0.0), 1.0), engine, parameters)


def _names_a_player(words: Sequence[str], vocabulary: Vocabulary) -> bool:
    """True when an instrument is named other than the piano that the user plays on."""
    return any(
        f.parameter == "instrument" and not {"piano", "keys"} & set(words[f.start : f.end])
        for f in vocabulary.find(words)
    )


def _without_stop(ranking: Sequence[tuple[str, float]]) -> Sequence[tuple[str, float]]:
    """Return the ranking without stop, which silences everything: "stop the drums" is not that."""
    return [r for r in ranking if r[0] != STOP] or ranking


def decide(
    ranking: Sequence[tuple[str, float]], talk_weight: float, unsure: float
) -> tuple[str, float]:
    """Return the intent and its probability, with talk weighted."""
    weights = {n: p * (talk_weight if n == OUT_OF_SCOPE else 1.0) for n, p in ranking}
    total = 1.0 + (talk_weight - 1.0) * dict(ranking).get(OUT_OF_SCOPE, 0.0)
    name = max(weights, key=lambda n: weights[n])
    confidence = weights[name] / total
    if name != OUT_OF_SCOPE and confidence < unsure:
        return OUT_OF_SCOPE, 1.0 - confidence
    return name, confidence
