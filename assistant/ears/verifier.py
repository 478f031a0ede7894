"""Was a recognised sentence a command for Encore? Pure, but for loading.

A logistic regression over how sure the recogniser was of each word, what understanding makes of
the text, and the second opinion on its sound. Its weights lie beside the speech model that
they were fitted for (`verifier.json`, made by `speech.verifier`); other models have none, and the
mean confidence alone decides there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from typing import Any

from assistant.contract import Intent, ModelError
from assistant.ears.second_opinion import LEAST_MISFIT, MOST_MISFIT
from assistant.ears.vosk_recogniser import HeardWord

FILE = "verifier.json"
OUT_OF_SCOPE = "out_of_scope"
DOUBTFUL, WILD = 0.7, 0.4
"""Words less sure than this are counted apart."""
_EDGE = 0.001


MISFIT = "misfit"


def features(words: Sequence[HeardWord], intent: Intent, misfit: float = 0.0) -> dict[str, float]:
    """Return what the verifier looks at, by name.

    ``words``: of one sentence, unknown ones included, the wake word left out, at least one known.
    ``intent``: what understanding makes of the known ones. ``misfit``: see SecondOpinion.
    """
    sure = [word.confidence if word.is_known else 0.0 for word in words]
    known = [word for word in words if word.is_known]
    lowest = sorted(sure)[:2]
    is_command = intent.name != OUT_OF_SCOPE
    rival = max((other.confidence for other in intent.alternatives), default=0.0)
    chance = intent.confidence if is_command else rival
    mean = sum(sure) / len(sure)
    return {
        "mean_confidence": mean,
        "mean_confidence_logit": _logit(mean),
        "least_confidence": lowest[0],
        "least_confidence_logit": _logit(lowest[0]),
        "doubtful_share": sum(value < DOUBTFUL for value in sure) / len(sure),
        "wild_share": sum(value < WILD for value in sure) / len(sure),
        "two_least": _logit(sum(lowest) / len(lowest)),
        "last_word": _logit(sure[-1]),
        "first_word": _logit(sure[0]),
        "unknown_share": 1 - len(known) / len(words),
        "words": log(len(known)),
        "one_word": float(len(known) == 1),
        "chance": chance,
        "chance_logit": _logit(chance),
        "margin": chance - (rival if is_command else intent.confidence),
        "ruled": float(intent.engine == "rules"),
        "parameters": float(len(intent.parameters)),
        MISFIT: misfit,
    }


def _logit(chance: float) -> float:
    kept = min(max(chance, _EDGE), 1 - _EDGE)
    return log(kept / (1 - kept))


@dataclass(frozen=True, slots=True)
class Verifier:
    """Weights by feature, and the least chances that pass."""

    weights: Mapping[str, float]
    """Of the raw features: readable, one number each."""
    bias: float
    several_words: float
    """Least chance of a sentence of several words that was not called for by the wake word."""
    one_word: float
    usual_misfit: float = 0.0
    """Between that of commands and of other speech: taken where nobody gives an opinion."""

    @staticmethod
    def beside(model: Path) -> Verifier | None:
        """Return the verifier of a speech model; None when it has none.

        Raises ModelError with a sentence when the file is damaged.
        """
        path = model / FILE
        if not path.is_file():
            return None
        try:
            facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            weights = {str(name): float(value) for name, value in facts["weights"].items()}
            limits = facts["thresholds"]
            return Verifier(
                weights,
                float(facts["bias"]),
                float(limits["several_words"]),
                float(limits["one_word"]),
                float(facts.get("usual_misfit", 0.0)),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"The speech model {model} is damaged: {FILE} is wrong.") from error

    def chance(
        self, words: Sequence[HeardWord], intent: Intent, misfit: float | None = None
    ) -> float:
        """Return how likely it is, 0..1, that a sentence was said to Encore."""
        if not any(word.is_known for word in words):
            return 0.0
        found = features(words, intent, self.usual_misfit if misfit is None else misfit)
        score = self.bias + sum(w * found.get(name, 0.0) for name, w in self.weights.items())
        return 1 / (1 + exp(-max(min(score, 30.0), -30.0)))

    def accepts(
        self,
        words: Sequence[HeardWord],
        intent: Intent,
        opinion: Callable[[], float] | None = None,
    ) -> bool:
        """Tell whether a sentence may be acted on without the wake word.

        ``opinion`` returns the misfit of its sound; it takes time, and is asked for only where
        it decides.
        """
        known = sum(word.is_known for word in words)
        if not known:
            return False
        least = self.one_word if known == 1 else self.several_words
        if opinion is None or not self._could_differ(words, intent, least):
            return self.chance(words, intent) >= least
        return self.chance(words, intent, opinion()) >= least

    def _could_differ(self, words: Sequence[HeardWord], intent: Intent, least: float) -> bool:
        extremes = (LEAST_MISFIT, MOST_MISFIT)
        return len({self.chance(words, intent, misfit) >= least for misfit in extremes}) > 1
