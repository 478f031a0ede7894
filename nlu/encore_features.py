"""A featurizer for Rasa's pipeline: the sentence features of Encore's own engine.

They name what the word lists find ("{mood.er}", "{instrument.noun}") instead of the words alone,
and mark unknown words; see assistant/understanding/features.py. Runs in Rasa's environment.
"""

from __future__ import annotations

import json
from collections import Counter
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

from assistant.understanding.features import Sentence, scale_of, sentence_features, weight_of
from assistant.understanding.training_data import OUT_OF_SCOPE, LanguageData, load_language

WORDS = sorted((Path(__file__).resolve().parents[1] / "skills").glob("*/nlu"))
FILE = "features.json"
SCALE = 0.32
"""Factor for a sentence's features: Rasa's classifier has no setting for regularisation."""


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
            "min_count": 3,
            "known_count": 3,
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
        self._data: LanguageData = load_language(WORDS[0])
        self._learn(learned or {"known": [], "commands": [], "features": []})

    def _learn(self, learned: dict[str, list[str]]) -> None:
        self._learned = learned
        self._known = frozenset(learned["known"])
        self._commands = frozenset(learned["commands"])
        self._index = {name: at for at, name in enumerate(learned["features"])}

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the known words and the features that occur often enough."""
        from assistant.understanding.embedded_training import command_words

        messages = training_data.training_examples
        words: Counter[str] = Counter()
        commands: set[str] = set()
        for message in messages:
            said = set(message.get(TEXT).split())
            words.update(said)
            if message.get("intent") != OUT_OF_SCOPE:
                commands |= said
        strange = self._data.rare_words - command_words(self._data)
        least = self._config["known_count"]
        known = {w for w, n in words.items() if n >= least and w not in strange}
        self._learn({"known": sorted(known), "commands": sorted(known & commands), "features": []})
        counts = Counter(f for at, m in enumerate(messages) for f in self._features(m, at))
        names = sorted(f for f, n in counts.items() if n >= self._config["min_count"])
        self._learn({**self._learned, "features": names})
        with self._storage.write_to(self._resource) as folder:
            (Path(folder) / FILE).write_text(json.dumps(self._learned), encoding="utf-8")
        return self._resource

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
        """Add features to all training sentences; every other sentence of talk is masked."""
        for at, message in enumerate(training_data.training_examples):
            self._add(message, at)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add features to sentences."""
        for message in messages:
            self._add(message)
        return messages

    def _features(self, message: Message, at: int | None = None) -> list[str]:
        masked = at is not None and at % 2 == 0 and message.get("intent") == OUT_OF_SCOPE
        words = (message.get(TEXT) or "").split()
        known = self._commands if masked else self._known
        return sentence_features(Sentence.look(words, known, self._data.vocabulary))

    def _add(self, message: Message, at: int | None = None) -> None:
        features = [f for f in self._features(message, at) if f in self._index]
        columns = [self._index[f] for f in features]
        scale = SCALE * scale_of(len(columns))
        weights = [scale * weight_of(f) for f in features]
        row = csr_matrix((weights, ([0] * len(columns), columns)), shape=(1, len(self._index)))
        words = max(len((message.get(TEXT) or "").split()), 1)
        empty = csr_matrix((words, len(self._index)))
        self.add_features_to_message(empty, row, TEXT, message)
