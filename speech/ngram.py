"""An n-gram language model with a fixed share for the lower order."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

START, END = "<s>", "</s>"
BACK_OFF_SHARE = 0.2
"""Probability kept for words not seen in a context.

Estimated discounts trust sentences sampled from templates too much: people say other things.
"""
_FLOOR = 1e-7

History = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NGram:
    """Probabilities by history, interpolated, and the weight of the way down to the lower order."""

    order: int
    words: dict[History, dict[str, float]] = field(default_factory=dict)
    back_off: dict[History, float] = field(default_factory=dict)

    def probability(self, history: History, word: str) -> float:
        """P(word | history), backing off as a recogniser's graph does."""
        here = self.words.get(history, {})
        if word in here:
            return here[word]
        if not history:
            return _FLOOR
        return self.back_off.get(history, 1.0) * self.probability(history[1:], word)

    def known_history(self, history: History) -> History:
        """The longest ending of a history that the model keeps."""
        history = history[-(self.order - 1) :] if self.order > 1 else ()
        while history and history not in self.words:
            history = history[1:]
        return history

    def perplexity(self, sentences: Iterable[str]) -> float:
        """Per word, the end of a sentence included; unknown words are left out."""
        log_sum, count = 0.0, 0
        for sentence in sentences:
            said = [START, *sentence.split(), END]
            for at in range(1, len(said)):
                if said[at] not in self.words[()]:
                    continue
                history = self.known_history(tuple(said[:at]))
                log_sum += math.log(self.probability(history, said[at]))
                count += 1
        return math.exp(-log_sum / max(1, count))


def estimate(
    sentences: Iterable[str],
    order: int = 3,
    back_off_share: float = BACK_OFF_SHARE,
    fewest: Sequence[int] = (1, 1, 2, 3),
) -> NGram:
    """Counts n-grams and interpolates them.

    Args:
        sentences: words separated by blanks.
        order: longest n-gram.
        back_off_share: given to the lower order in every history.
        fewest: n-grams of length 1, 2, 3 … said less often than this are left out.
    """
    counts: list[dict[History, Counter[str]]] = [defaultdict(Counter) for _ in range(order)]
    for sentence in sentences:
        said = [START, *sentence.split(), END]
        for at in range(1, len(said)):
            for length in range(min(order, at + 1)):
                counts[length][tuple(said[at - length : at])][said[at]] += 1
    model = NGram(order)
    model.words[()] = _unigram(counts[0][()], back_off_share)
    for length in range(1, order):
        for history, following in counts[length].items():
            _interpolate(model, history, following, back_off_share, fewest[length])
    return model


def prune(model: NGram, sentences: Iterable[str], least_gain: float) -> NGram:
    """Drops n-grams that hardly change what a sentence costs (after Stolcke, 1998).

    An n-gram of the highest order stays when count * |log P - log P without it| reaches
    least_gain; the same then holds for the order below, unless a history needs the n-gram.
    """
    counts: Counter[History] = Counter()
    for sentence in sentences:
        said = (START, *sentence.split(), END)
        for length in range(2, model.order + 1):
            counts.update(said[at : at + length] for at in range(len(said) - length + 1))
    pruned = NGram(model.order, dict(model.words), dict(model.back_off))
    for length in range(model.order - 1, 0, -1):
        for history in [key for key in pruned.words if len(key) == length]:
            _prune_history(pruned, history, counts, least_gain)
    return pruned


def _prune_history(
    model: NGram, history: History, counts: Counter[History], least_gain: float
) -> None:
    following = model.words[history]
    kept = {}
    for word, probability in following.items():
        lower = model.back_off[history] * model.probability(history[1:], word)
        gain = counts[(*history, word)] * abs(math.log(probability / lower))
        if gain >= least_gain or (*history, word) in model.words:
            kept[word] = probability
    if not kept and history != (START,):
        del model.words[history], model.back_off[history]
        return
    model.words[history] = kept
    left = max(1 - sum(kept.values()), 1e-6)
    below = sum(model.probability(history[1:], word) for word in kept)
    model.back_off[history] = left / max(1 - below, 1e-6)


def _unigram(counts: Counter[str], share: float) -> dict[str, float]:
    total, kinds = sum(counts.values()), len(counts)
    return {word: (1 - share) * n / total + share / kinds for word, n in counts.items()}


def _interpolate(
    model: NGram, history: History, counts: Counter[str], share: float, fewest: int
) -> None:
    kept = {word: n for word, n in counts.items() if n >= fewest}
    if not kept or (history[1:] not in model.words):
        return
    total = sum(counts.values())
    share = max(share, len(counts) / (total + len(counts)))
    lower = {word: model.probability(history[1:], word) for word in kept}
    here = {word: (1 - share) * n / total + share * lower[word] for word, n in kept.items()}
    model.words[history] = here
    left = max(1 - sum(here.values()), 1e-6)
    model.back_off[history] = left / max(1 - sum(lower.values()), 1e-6)
