"""The embedded engine: a linear classifier and a tagger, answering in process in a millisecond."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.contract import ModelError
from assistant.understanding.features import Sentence, scale_of, sentence_features, word_features
from assistant.understanding.places import WORD_CLASSES
from assistant.understanding.templates import Span
from assistant.understanding.vocabulary import Vocabulary

CONFIG, WEIGHTS, TAGGER = "config.json", "weights.safetensors", "tagger.crfsuite"
FORMAT = 1
FEATURE_SOURCES = (
    "features.py", "vocabulary.py", "key_names.py", "number_words.py", "sounds.py",
    "word_classes.py",
)  # fmt: skip
"""Modules whose change makes a trained model mean something else."""


@dataclass(frozen=True, slots=True)
class EngineAnswer:
    """What an engine makes of a sentence, before thresholds and typed parameters."""

    ranking: tuple[tuple[str, float], ...]
    """(intent, probability), best first; never empty."""
    spans: tuple[Span, ...]


class EmbeddedEngine:
    """A trained model; ``parse`` is safe to call from any thread once built."""

    def __init__(self, model: Mapping[str, Any], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._known = frozenset(model["known"])
        self._index = {name: i for i, name in enumerate(model["features"])}
        self._weights = np.asarray(model["weights"], dtype=np.float32)  # (features, intents)
        self._biases = np.asarray(model["biases"], dtype=np.float32)  # (intents,)
        self._intents = tuple(model["intents"])
        self._tagger_bytes: bytes = model["tagger"]  # crfsuite reads them where they lie
        self._tagger = open_tagger(self._tagger_bytes)

    def parse(self, words: Sequence[str]) -> EngineAnswer:
        """Return intents by probability and the spans of parameters."""
        sentence = Sentence.look(words, self._known, self._vocabulary)
        index = self._index
        rows = [index[f] for f in sentence_features(sentence) if f in index]
        scores = self._weights[rows].sum(axis=0) * scale_of(len(rows)) + self._biases
        chances = np.exp(scores - scores.max())
        chances /= chances.sum()
        best = np.argsort(-chances)[:5]
        ranking = tuple((self._intents[i], float(chances[i])) for i in best)
        tags = self._tagger.tag(word_features(sentence)) if words else []
        return EngineAnswer(ranking, tuple(spans_of(tags)))


def spans_of(tags: Sequence[str]) -> list[Span]:
    """Return spans from B-, I- and O tags; an I- without its B- opens a span of its own."""
    spans: list[Span] = []
    for at, tag in enumerate(tags):
        place, _, name = tag.partition("-")
        follows = bool(spans) and spans[-1].end == at and spans[-1].parameter == name
        if place == "I" and follows:
            spans[-1] = Span(spans[-1].start, at + 1, name)
        elif place in ("B", "I"):
            spans.append(Span(at, at + 1, name))
    return spans


def open_tagger(data: bytes) -> Any:
    """Return crfsuite's tagger over a model, whose bytes must live as long as it does."""
    import pycrfsuite

    tagger = pycrfsuite.Tagger()
    tagger.open_inmemory(data)
    return tagger


def save_model(model: Mapping[str, Any], folder: Path, data_digest: str) -> None:
    """Write config, weights and tagger; the config, with the hashes of the others, comes last."""
    from safetensors.numpy import save

    folder.mkdir(parents=True, exist_ok=True)
    weights = save({"weights": model["weights"], "biases": model["biases"]})
    parts = {WEIGHTS: weights, TAGGER: model["tagger"]}
    for name, content in parts.items():
        _write(folder / name, content)
    config = {
        "format": FORMAT,
        "data": data_digest,
        "code": code_digest(),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()},
        "intents": model["intents"],
        "known": model["known"],
        "features": model["features"],
    }
    text = json.dumps(config, separators=(",", ":"), ensure_ascii=False)
    _write(folder / CONFIG, text.encode())


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def code_digest() -> str:
    """Return the SHA-256 over the modules that make features, and the classes of words."""
    digest = hashlib.sha256()
    for path in [*(Path(__file__).with_name(name) for name in FEATURE_SOURCES), WORD_CLASSES]:
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model read from disk, its hashes checked."""

    parts: Mapping[str, Any]
    data_digest: str
    code_digest: str

    def fits(self, data_digest: str) -> bool:
        """True when it was trained on these data for this code."""
        return self.data_digest == data_digest and self.code_digest == code_digest()


def load_model(folder: Path) -> StoredModel:
    """Read a model; raises ModelError when it is missing, damaged or of another format."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        parts = {name: (folder / name).read_bytes() for name in (WEIGHTS, TAGGER)}
    except (OSError, ValueError) as error:
        raise ModelError(f"No model of understanding can be read in {folder}.") from error
    if config.get("format") != FORMAT:
        raise ModelError(f"The model of understanding in {folder} is of another version.")
    for name, content in parts.items():
        if hashlib.sha256(content).hexdigest() != config["sha256"].get(name):
            raise ModelError(f"The model of understanding in {folder} is damaged: {name}.")
    try:
        arrays = load(parts[WEIGHTS])
    except SafetensorError as error:
        raise ModelError(f"The model of understanding in {folder} is damaged.") from error
    model = {k: config[k] for k in ("known", "features", "intents")} | arrays
    return StoredModel(model | {"tagger": parts[TAGGER]}, config["data"], config["code"])
