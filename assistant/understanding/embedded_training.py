"""Trains the embedded engine: a linear intent classifier and a linear-chain tagger.

Slow imports (scikit-learn, crfsuite's trainer) stay in here: answering needs numpy alone.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.understanding.features import (
    Sentence,
    scale_of,
    sentence_features,
    weight_of,
    word_features,
)
from assistant.understanding.training_data import OUT_OF_SCOPE, Example, LanguageData

MIN_COUNT = 4
"""Features seen in fewer training sentences are left out."""
KNOWN_COUNT = 3
"""Words in fewer sentences, stand-ins aside, count as unknown."""
CLASSIFIER_C = 0.2
PLAIN_EVERY = 6
"""The tagger sees every so many of the sentences that state no parameter."""
TAGGER_OPTIONS = {"c1": 0.05, "c2": 0.02, "max_iterations": 60, "feature.minfreq": 2}


def train(data: LanguageData, examples: Sequence[Example]) -> dict[str, Any]:
    """Return the model's parts: known words, feature names, weights, biases, intents, tagger."""
    known = known_words(data, examples)
    from_commands = known & known_words(data, (e for e in examples if e.intent != OUT_OF_SCOPE))
    sentences = [
        Sentence.look(e.words, from_commands if masked else known, data.vocabulary)
        for e, masked in zip(examples, _masks(examples), strict=True)
    ]
    features, matrix = _count(sentences)
    intents, weights, biases = _fit(matrix, [e.intent for e in examples])
    weights *= np.array([[weight_of(f)] for f in features], dtype=np.float16)
    return {
        "known": sorted(known),
        "features": features,
        "weights": weights,
        "biases": biases,
        "intents": intents,
        "tagger": train_tagger(sentences, examples),
    }


def _masks(examples: Sequence[Example]) -> list[bool]:
    """Return True for every other sentence of talk: its own words are masked as unknown.

    So the classifier learns that a command with strange words is talk, not only that certain words
    are.
    """
    return [e.intent == OUT_OF_SCOPE and at % 2 == 0 for at, e in enumerate(examples)]


def known_words(data: LanguageData, examples: Iterable[Example]) -> frozenset[str]:
    """Return the words that the engine may take at face value."""
    counts: Counter[str] = Counter()
    for example in examples:
        named = {i for s in example.spans if s.parameter == "name" for i in range(s.start, s.end)}
        counts.update({w for i, w in enumerate(example.words) if i not in named})
    stand_ins = data.rare_words - command_words(data)
    return frozenset(w for w, n in counts.items() if n >= KNOWN_COUNT and w not in stand_ins)


def command_words(data: LanguageData) -> set[str]:
    """Return words of templates and parameters: they are known, even when a name holds them."""
    words: set[str] = set()
    for intent, templates in data.intents.items():
        if intent != OUT_OF_SCOPE:
            for template in templates:
                words.update("".join(c if c.isalpha() else " " for c in template.source).split())
    for name in data.vocabulary.parameters:
        for phrase in data.vocabulary.phrases(name):
            words.update(phrase.split())
    return words


def _count(sentences: Sequence[Sentence]) -> tuple[list[str], Any]:
    from scipy.sparse import csr_matrix

    rows = [sentence_features(s) for s in sentences]
    counts = Counter(f for row in rows for f in row)
    features = sorted(f for f, n in counts.items() if n >= MIN_COUNT)
    index = {f: i for i, f in enumerate(features)}
    columns = [[index[f] for f in row if f in index] for row in rows]
    ends = np.cumsum([0, *(len(c) for c in columns)])
    flat = np.concatenate([np.array(c, dtype=np.int32) for c in columns])
    scale = np.repeat([scale_of(len(c)) for c in columns], np.diff(ends)).astype(np.float32)
    scale *= np.array([weight_of(f) for f in features], dtype=np.float32)[flat]
    return features, csr_matrix((scale, flat, ends), shape=(len(rows), len(features)))


def _fit(matrix: Any, labels: Sequence[str]) -> tuple[list[str], Any, Any]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=CLASSIFIER_C, max_iter=150, tol=1e-3)
    model.fit(matrix, list(labels))
    weights = np.ascontiguousarray(model.coef_.T).astype(np.float16)  # (features, intents)
    return list(model.classes_), weights, model.intercept_.astype(np.float32)


def tag_names(example: Example) -> list[str]:
    """Return B-, I- or O for each word of an example."""
    tags = ["O"] * len(example.words)
    for span in example.spans:
        for at in range(span.start, span.end):
            tags[at] = ("B-" if at == span.start else "I-") + span.parameter
    return tags


def train_tagger(sentences: Sequence[Sentence], examples: Sequence[Example]) -> bytes:
    """Return a trained crfsuite model as bytes."""
    import pycrfsuite

    trainer = pycrfsuite.Trainer(verbose=False)
    for number, (sentence, example) in enumerate(zip(sentences, examples, strict=True)):
        if not example.spans and number % PLAIN_EVERY:
            continue
        trainer.append(word_features(sentence), tag_names(example))
    trainer.set_params(TAGGER_OPTIONS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tagger.crfsuite"
        trainer.train(str(path))
        return path.read_bytes()
