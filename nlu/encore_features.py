"""A featurizer for Rasa's pipeline: the sentence features of Encore's own engine.

They name what the word lists find ("{mood.er}", "{instrument.noun}") instead of the words alone,
and mark unknown words; see assistant/understanding/features.py. Runs in Rasa's environment.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from assistant.understanding.embedded_training import known_words, talk_masks
from assistant.understanding.features import Sentence, scale_of, sentence_features, weight_of
from assistant.understanding.training_data import OUT_OF_SCOPE
from nlu.encore_messages import examples_of, read_language, shipped, words_of

FILE = "features.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class EncoreFeaturizer(SparseFeaturizer, GraphComponent):
    """Counts nothing but presence; learns which features and which words are known."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Words come from a tokenizer."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings and their defaults."""
        return {
            **SparseFeaturizer.get_default_config(),
            "start_from_shipped": True,
            "min_count": 3,
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Settings are plain numbers: nothing to check."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EncoreFeaturizer:
        """Return an untrained component."""
        return cls(config, model_storage, resource, execution_context.node_name)

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        name: str,
        learned: dict[str, list[str]] | None = None,
    ) -> None:
        super().__init__(name, config)
        self._storage, self._resource = model_storage, resource
        self._data = read_language()
        self._learn(learned or {"known": [], "features": []})

    def _learn(self, learned: dict[str, list[str]]) -> None:
        self._learned = learned
        self._known = frozenset(learned["known"])
        self._index = {name: at for at, name in enumerate(learned["features"])}

    def train(self, training_data: TrainingData) -> Resource:
        """Take known words and features from the shipped model, or learn which are common."""
        parts = shipped() if self._config["start_from_shipped"] else {}
        if parts:
            self._learn({name: list(parts[name]) for name in ("known", "features")})
        else:
            self._count(training_data)
        with self._storage.write_to(self._resource) as folder:
            (Path(folder) / FILE).write_text(json.dumps(self._learned), encoding="utf-8")
        return self._resource

    def _count(self, training_data: TrainingData) -> None:
        examples = examples_of(training_data.training_examples)
        self._learn({"known": sorted(known_words(self._data, examples)), "features": []})
        counts = Counter(f for row in self._all_features(training_data) for f in row)
        names = sorted(f for f, n in counts.items() if n >= self._config["min_count"])
        self._learn({**self._learned, "features": names})

    def _all_features(self, training_data: TrainingData) -> Iterator[list[str]]:
        """Yield the features of all training sentences; every other one of talk is masked."""
        examples = examples_of(training_data.training_examples)
        commands = [e for e in examples if e.intent != OUT_OF_SCOPE]
        from_commands = self._known & known_words(self._data, commands)
        for example, masked in zip(examples, talk_masks(examples), strict=True):
            known = from_commands if masked else self._known
            yield sentence_features(Sentence.look(example.words, known, self._data.vocabulary))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_kwargs: Any,
    ) -> EncoreFeaturizer:
        """Return the trained component."""
        with model_storage.read_from(resource) as folder:
            learned = json.loads((Path(folder) / FILE).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, execution_context.node_name, learned)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to all training sentences."""
        rows = list(self._all_features(training_data))
        for message, features in zip(training_data.training_examples, rows, strict=True):
            self._add(message, features)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add features to sentences."""
        for message in messages:
            sentence = Sentence.look(words_of(message), self._known, self._data.vocabulary)
            self._add(message, sentence_features(sentence))
        return messages

    def _add(self, message: Message, named: Sequence[str]) -> None:
        features = [f for f in named if f in self._index]
        columns = [self._index[f] for f in features]
        scale = scale_of(len(columns))
        weights = [scale * weight_of(f) for f in features]
        row = csr_matrix((weights, ([0] * len(columns), columns)), shape=(1, len(self._index)))
        empty = csr_matrix((max(len(words_of(message)), 1), len(self._index)))
        self.add_features_to_message(empty, row, TEXT, message)
