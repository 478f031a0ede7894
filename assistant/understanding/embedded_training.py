"""Trains the embedded engine: a linear intent classifier and a linear-chain tagger.

Slow imports (scikit-learn, crfsuite's trainer) stay in here: answering needs numpy alone.
"""

from __future__ import annotations

import re
import tempfile
import warnings
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

MIN_COUNT = 5
"""Features seen in fewer training sentences are left out."""
KNOWN_COUNT = 3
"""Words in fewer sentences, stand-ins aside, count as unknown."""
CLASSIFIER_C = 0.4
ROUNDS = 100
"""Most rounds of L-BFGS."""
PLAIN_EVERY = 6
"""The tagger sees every so many of the sentences that state no parameter."""
TAGGER_OPTIONS = {"c1": 0.05, "c2": 0.02, "max_iterations": 50, "feature.minfreq": 2}


def train(data: LanguageData, examples: Sequence[Example]) -> dict[str, Any]:
    """Return the model's parts: known words, feature names, weights, biases, intents, tagger."""
    known = known_words(data, examples)
    from_commands = known & known_words(data, (e for e in examples if e.intent != OUT_OF_SCOPE))
    sentences = [
        Sentence.look(e.words, from_commands if masked else known, data.vocabulary)
        for e, masked in zip(examples, talk_masks(examples), strict=True)
    ]
    features, rows = to_rows([sentence_features(s) for s in sentences])
    model = fit(rows, [e.intent for e in examples])
    weights = np.ascontiguousarray(model.coef_.T).astype(np.float16)  # (features, intents)
    weights *= np.array([[weight_of(f)] for f in features], dtype=np.float16)
    return {
        "known": sorted(known),
        "features": features,
        "weights": weights,
        "biases": model.intercept_.astype(np.float32),
        "intents": [str(name) for name in model.classes_],
        "tagger": train_tagger(sentences, examples),
    }


def talk_masks(examples: Sequence[Example]) -> list[bool]:
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
                words.update(re.findall("[a-z]+", template.source))
    for name in data.vocabulary.parameters:
        for phrase in data.vocabulary.phrases(name):
            words.update(phrase.split())
    return words


def to_rows(
    looked: Sequence[Sequence[str]], names: Sequence[str] | None = None
) -> tuple[list[str], Any]:
    """Return the names of features and a sparse matrix (sentences, features) of their weights.

    Without names given, those that MIN_COUNT sentences have are taken.
    """
    from scipy.sparse import csr_matrix

    if names is None:
        counts = Counter(f for row in looked for f in row)
        names = sorted(f for f, n in counts.items() if n >= MIN_COUNT)
    index = {f: i for i, f in enumerate(names)}
    columns = [[index[f] for f in row if f in index] for row in looked]
    ends = np.cumsum([0, *(len(c) for c in columns)])
    flat = np.concatenate([np.array(c, dtype=np.int32) for c in columns])
    scale = np.repeat([scale_of(len(c)) for c in columns], np.diff(ends)).astype(np.float32)
    scale *= np.array([weight_of(f) for f in names], dtype=np.float32)[flat]
    return list(names), csr_matrix((scale, flat, ends), shape=(len(looked), len(names)))


def fit(rows: Any, labels: Sequence[str]) -> Any:
    """Return a trained multinomial logistic regression."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=CLASSIFIER_C, max_iter=ROUNDS, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stops before it has settled: nothing is gained then
        return model.fit(rows, list(labels))


def fit_from(
    matrix: Any,
    classes: Any,
    weights: Any,
    biases: Any,
    strength: float,
    rounds: int,
    times: Any = 1.0,
) -> tuple[Any, Any]:
    """Return weights (features, intents) and biases that fit the rows and stay near those given.

    Multinomial logistic regression whose penalty is the distance from the weights it starts from
    (a Gaussian prior around them); classes holds the column of each row's intent. The smaller the
    strength, the nearer they stay; at most so many rounds of L-BFGS. times: how often each row
    counts, one number or one a row.
    """
    from scipy.optimize import minimize

    shape = weights.shape
    began = np.vstack([weights, biases[None, :]]).astype(np.float64).ravel()
    rows = np.arange(len(classes))
    counts = np.broadcast_to(np.asarray(times, dtype=np.float64), (len(classes),))

    def loss(flat: Any) -> tuple[float, Any]:
        now = flat.reshape(shape[0] + 1, shape[1])
        scores = matrix @ now[:-1] + now[-1]
        scores -= scores.max(axis=1, keepdims=True)
        chances = np.exp(scores)
        chances /= chances.sum(axis=1, keepdims=True)
        moved = flat - began
        total = -strength * counts @ np.log(chances[rows, classes] + 1e-12) + 0.5 * moved @ moved
        chances[rows, classes] -= 1.0
        chances *= counts[:, None]
        slope = np.vstack([matrix.T @ chances, chances.sum(axis=0, keepdims=True)])
        return total, (strength * slope).ravel() + moved

    found = minimize(
        loss, began, jac=True, method="L-BFGS-B", options={"maxiter": rounds, "maxcor": 4}
    )
    fitted = found.x.reshape(shape[0] + 1, shape[1]).astype(np.float32)
    return fitted[:-1], fitted[-1]


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
