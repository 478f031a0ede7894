"""An entity extractor for Rasa's pipeline: Encore's tagger, a linear-chain CRF.

Rasa 3.6.21's own CRF keeps its training sentences and trains again at every start; this one keeps
the trained model. Its features name what the word lists find (assistant/understanding/features.py).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.understanding.embedded import open_tagger, spans_of
from assistant.understanding.embedded_training import known_words, train_tagger
from assistant.understanding.features import Sentence, word_features
from nlu.encore_messages import entities_of, examples_of, read_language, shipped, words_of

TAGGER, KNOWN = "tagger.crfsuite", "known.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EncoreTagger(GraphComponent, EntityExtractorMixin):
    """Finds the words that state parameters; names of several words stay whole."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings: there are none; see embedded_training.TAGGER_OPTIONS."""
        return {}

    def __init__(self, storage: ModelStorage, resource: Resource) -> None:
        self._storage, self._resource = storage, resource
        self._data = read_language()
        self._known: frozenset[str] = frozenset()
        self._model = b""
        self._tagger: Any = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],  # noqa: ARG003 (Rasa names it)
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 (Rasa names it)
    ) -> EncoreTagger:
        """Return an untrained component."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],  # noqa: ARG003 (Rasa names it)
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 (Rasa names it)
        **_kwargs: Any,
    ) -> EncoreTagger:
        """Return the trained component."""
        tagger = cls(model_storage, resource)
        with model_storage.read_from(resource) as folder:
            known = json.loads((Path(folder) / KNOWN).read_text(encoding="utf-8"))
            tagger._open((Path(folder) / TAGGER).read_bytes(), frozenset(known))
        return tagger

    def _open(self, model: bytes, known: frozenset[str]) -> None:
        self._model, self._known = model, known  # crfsuite reads the bytes where they lie
        self._tagger = open_tagger(model)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all sentences and keep the model."""
        examples = examples_of(training_data.training_examples)
        known = frozenset(shipped().get("known", ())) or known_words(self._data, examples)
        sentences = [Sentence.look(e.words, known, self._data.vocabulary) for e in examples]
        self._open(train_tagger(sentences, examples), known)
        with self._storage.write_to(self._resource) as folder:
            (Path(folder) / TAGGER).write_bytes(self._model)
            (Path(folder) / KNOWN).write_text(json.dumps(sorted(known)), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as they are: nothing after this learns from entities."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add entities to sentences."""
        for message in messages:
            found = message.get(ENTITIES, []) + self._entities(words_of(message))
            message.set(ENTITIES, found, add_to_output=True)
        return messages

    def _entities(self, words: list[str]) -> list[dict[str, Any]]:
        if not words or self._tagger is None:
            return []
        sentence = Sentence.look(words, self._known, self._data.vocabulary)
        spans = spans_of(self._tagger.tag(word_features(sentence)))
        return entities_of(words, spans, type(self).__name__)
