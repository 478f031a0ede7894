"""Rasa's messages as Encore's labelled sentences, and the words that skills own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from assistant.contract import ModelError
from assistant.understanding.embedded import load_model
from assistant.understanding.places import PREBUILT
from assistant.understanding.templates import Span
from assistant.understanding.training_data import Example, LanguageData, load_language

WORDS = sorted((Path(__file__).resolve().parents[1] / "skills").glob("*/nlu"))


@cache
def read_language() -> LanguageData:
    """Return the words of the one skill there is."""
    return load_language(WORDS[0])


@cache
def shipped() -> Mapping[str, Any]:
    """Return the parts of the model that comes with Encore, empty when there is none to read."""
    try:
        return load_model(PREBUILT).parts
    except ModelError:
        return {}


def words_of(message: Message) -> list[str]:
    """Return the words of a sentence; Encore's sentences have no punctuation."""
    return (message.get(TEXT) or "").split()


def examples_of(messages: Iterable[Message]) -> list[Example]:
    """Return labelled sentences with the entities as spans of words."""
    return [
        Example(tuple(words_of(m)), m.get(INTENT), tuple(_spans(m, m.get(TEXT)))) for m in messages
    ]


def _spans(message: Message, text: str) -> Iterable[Span]:
    for entity in message.get(ENTITIES, []):
        start = len(text[: entity["start"]].split())
        count = len(text[entity["start"] : entity["end"]].split())
        yield Span(start, start + count, entity["entity"])


def entities_of(words: list[str], spans: Iterable[Span], extractor: str) -> list[dict[str, Any]]:
    """Return spans of words as Rasa's entities, whose places count characters."""
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    return [
        {
            "entity": s.parameter,
            "start": starts[s.start],
            "end": starts[s.end] - 1,
            "value": " ".join(words[s.start : s.end]),
            "extractor": extractor,
        }
        for s in spans
    ]
