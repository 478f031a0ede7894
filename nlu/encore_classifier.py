"""An intent classifier for Rasa's pipeline: logistic regression with regularisation to choose.

Rasa's own LogisticRegressionClassifier fixes C at 1 and evens out the classes, of which talk, by
far the widest, then counts too little. This one starts from the weights that come with Encore and
stays near them, so that it learns a user's corrections from few sentences and in few rounds;
without them it starts from nothing. It keeps plain arrays, and answers without scikit-learn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, vstack

from assistant.understanding.embedded_training import fit_from
from assistant.understanding.features import weight_of
from nlu.encore_messages import shipped

WEIGHTS, INTENTS = "weights.npz", "intents.json"
RANKED = 10


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EncoreClassifier(GraphComponent, IntentClassifier):
    """Multinomial logistic regression over the sparse features of sentences."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Features come from a featurizer."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings.

        C: the inverse of regularisation, from nothing; strength, rounds: how far the sentences draw
        the weights away from those that come with Encore, and how many steps they get.
        """
        return {
            "C": 0.4, "max_iter": 150, "tol": 1e-3,
            "start_from_shipped": True, "strength": 0.05, "rounds": 12,
        }  # fmt: skip

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage, self._resource = storage, resource
        self._intents: list[str] = []
        self._weights = np.zeros((0, 0), dtype=np.float32)  # (features, intents)
        self._biases = np.zeros(0, dtype=np.float32)  # (intents,)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 (Rasa names it)
    ) -> EncoreClassifier:
        """Return an untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 (Rasa names it)
        **_kwargs: Any,
    ) -> EncoreClassifier:
        """Return the trained component."""
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            text = (Path(folder) / INTENTS).read_text(encoding="utf-8")
            classifier._intents = json.loads(text)
            with np.load(Path(folder) / WEIGHTS, allow_pickle=False) as arrays:
                classifier._weights, classifier._biases = arrays["weights"], arrays["biases"]
        return classifier

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all sentences with an intent and keep the weights."""
        messages = [m for m in training_data.intent_examples if m.get(INTENT) and m.get(TEXT)]
        rows = vstack([_features(m) for m in messages]).tocsr()
        labels = [str(m.get(INTENT)) for m in messages]
        parts = shipped() if self._config["start_from_shipped"] else {}
        times = np.array([_times(m) for m in messages])
        if parts and _fits(parts, rows, labels):
            self._tune(rows, labels, times, parts)
        else:
            self._fit(rows, labels, times)
        with self._storage.write_to(self._resource) as folder:
            np.savez(Path(folder) / WEIGHTS, weights=self._weights, biases=self._biases)
            (Path(folder) / INTENTS).write_text(json.dumps(self._intents), encoding="utf-8")
        return self._resource

    def _tune(
        self, rows: csr_matrix, labels: list[str], times: Any, parts: Mapping[str, Any]
    ) -> None:
        self._intents = list(parts["intents"])
        of_features = np.array([weight_of(f) for f in parts["features"]], dtype=np.float32)
        weights = np.asarray(parts["weights"], dtype=np.float32) / of_features[:, None]
        classes = np.array([self._intents.index(name) for name in labels])
        strength, rounds = float(self._config["strength"]), int(self._config["rounds"])
        self._weights, self._biases = fit_from(
            rows, classes, weights, np.asarray(parts["biases"]), strength, rounds, times
        )

    def _fit(self, rows: csr_matrix, labels: list[str], times: Any) -> None:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(
            C=self._config["C"], max_iter=self._config["max_iter"], tol=self._config["tol"]
        )
        model.fit(rows, labels, sample_weight=times)
        self._intents = [str(name) for name in model.classes_]
        self._weights = np.ascontiguousarray(model.coef_.T).astype(np.float32)
        self._biases = model.intercept_.astype(np.float32)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as they are: nothing after this learns from intents."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the most likely intents to sentences."""
        for message in messages:
            row = _features(message)
            scores = row.data @ self._weights[row.indices] + self._biases
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            best = np.argsort(-chances)[:RANKED]
            ranking = [{"name": self._intents[i], "confidence": float(chances[i])} for i in best]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages


def _fits(parts: Mapping[str, Any], rows: csr_matrix, labels: list[str]) -> bool:
    same_features = len(parts["features"]) == rows.shape[1]
    return same_features and set(labels) <= set(parts["intents"])


def _times(message: Message) -> float:
    """Return how often a sentence counts: corrections say so (rasa_training.to_rasa)."""
    return float((message.get(METADATA) or {}).get("intent", {}).get("times", 1.0))


def _features(message: Message) -> csr_matrix:
    """Return the sparse features of the whole sentence, one row."""
    _, found = message.get_sparse_features(attribute=TEXT)
    return csr_matrix(found.features)
