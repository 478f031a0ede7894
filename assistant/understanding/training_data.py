"""Training sentences for both engines, expanded from a skill's words: seeded and balanced."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from assistant.contract import ModelError
from assistant.understanding.corrections import recall
from assistant.understanding.noise import Noise
from assistant.understanding.normaliser import split_words
from assistant.understanding.templates import (
    Expander,
    Span,
    Template,
    parse_template,
    read_marks,
)
from assistant.understanding.vocabulary import (
    Vocabulary,
    WordFiller,
    fast_loader,
    load_vocabulary,
)

OUT_OF_SCOPE = "out_of_scope"
SHARES = {
    OUT_OF_SCOPE: 16.0, "adjust": 5.0, "save": 2.5, "load": 2.0, "continue": 3.0, "compose": 3.0,
    "set": 2.0, "accompany": 1.5, "volume": 1.5, "record": 1.5, "vary": 1.5, "metronome": 1.5,
    "like": 3.0, "dislike": 2.5, "affirm": 2.0, "deny": 1.5, "describe": 2.0, "help": 1.5,
    "repeat": 1.5, "suggest_chords": 1.5, "goodbye": 1.5, "stop": 1.5, "undo": 1.5, "jam": 1.5,
    "play_back": 1.5,
}  # fmt: skip
"""How many times as many sentences an intent of wide wording gets."""
WRAP_CHANCE = 0.3
"""Share of sentences with politeness or hesitation around them."""
NOISE_CHANCE, TALK_NOISE_CHANCE = 0.4, 0.1
"""Share of sentences with recogniser errors: commands · talk, which is odd enough without."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled sentence."""

    words: tuple[str, ...]
    intent: str
    spans: tuple[Span, ...] = ()
    template: str = ""
    """Where it comes from: sentences of one template are never split between train and test."""

    @property
    def text(self) -> str:
        """The words as one sentence."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an intents file."""

    source: str
    parsed: Template
    imperative: bool


@dataclass(frozen=True, slots=True)
class LanguageData:
    """All words a skill owns, read and checked."""

    vocabulary: Vocabulary
    intents: Mapping[str, Sequence[Line]]
    pieces: Mapping[str, Sequence[str]]
    wrappers: Mapping[str, Sequence[str]]
    names: Mapping[str, Sequence[str]]
    noise: Noise
    rare_words: frozenset[str]
    """Words that only stand in for any word (out-of-scope nouns, names): learned as unknown."""
    digest: str
    """SHA-256 over all files."""
    accepts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Intent -> parameters that its templates can say."""


def load_language(folder: Path) -> LanguageData:
    """Read a skill's nlu folder; raises ModelError naming the file that is wrong."""
    vocabulary = load_vocabulary(folder)
    intents: dict[str, list[Line]] = {}
    for path in sorted((folder / "intents").glob("*.yml")):
        for intent, blocks in _read_yaml(path).items():
            intents.setdefault(intent, []).extend(_read_templates(path, blocks))
    if not intents:
        raise ModelError(f"No intents are described in {folder / 'intents'}.")
    out_pieces = _read_yaml(folder / "out_of_scope_pieces.yml")
    names = _read_yaml(folder / "names.yml")
    pieces = {k: _lines(v) for k, v in _read_yaml(folder / "phrases.yml").items()}
    pieces |= {k: [str(w) for w in v] for k, v in out_pieces.items() if k not in pieces}
    stand_ins = [phrase for group in out_pieces.values() for phrase in group]
    stand_ins += [w for group in names.values() for w in group]
    wrappers = {k: _lines(v) for k, v in _read_yaml(folder / "wrappers.yml").items()}
    return LanguageData(
        vocabulary,
        intents,
        pieces,
        wrappers,
        names,
        Noise.from_data(_read_yaml(folder / "noise.yml"), _learned(folder / "heard.yml")),
        frozenset(w for phrase in stand_ins for w in str(phrase).split()),
        folder_digest(folder),
        {intent: _accepted(templates, pieces) for intent, templates in intents.items()},
    )


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 over names and contents of all YAML files below a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yml")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=fast_loader())
    except (OSError, yaml.YAMLError) as error:
        raise ModelError(f"The words of understanding cannot be read from {path}.") from error
    if not isinstance(data, dict):
        raise ModelError(f"{path} must hold a mapping.")
    return data


def _learned(path: Path) -> Mapping[str, Any]:
    """Return what scripts/learn_confusions.py wrote, nothing where it has not been run."""
    return _read_yaml(path) if path.exists() else {}


def _lines(block: str) -> list[str]:
    lines = (line.strip() for line in block.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _read_templates(path: Path, blocks: Mapping[str, str]) -> Iterator[Line]:
    for form, block in blocks.items():
        for line in _lines(block):
            source, _, times = line.partition(" *")  # "call it {name} *8": eight times as likely
            try:
                parsed = parse_template(source)
                for _ in range(int(times or 1)):
                    yield Line(source, parsed, imperative=form == "imperative")
            except ValueError as error:
                raise ModelError(f"{path}: {error}.") from error


def _accepted(templates: Sequence[Line], pieces: Mapping[str, Sequence[str]]) -> frozenset[str]:
    seen: set[str] = set()
    names: set[str] = set()
    todo = [t.source for t in templates]
    while todo:
        text = todo.pop()
        for part in text.replace("{", "\n{").replace("<", "\n<").splitlines():
            if part.startswith("{") and not part.startswith("{~"):
                names.add(re.split(r"[}.=]", part[1:], maxsplit=1)[0])
            elif part.startswith("<") and (name := part[1:].partition(">")[0]) not in seen:
                seen.add(name)
                todo.extend(pieces.get(name, ()))
    return frozenset(names)


def corrected_examples(path: Path, data: LanguageData, times: int = 8) -> list[Example]:
    """Return the user's corrections as examples, each several times so that it weighs something."""
    return [
        Example(tuple(split_words(c.text)), c.intent, c.spans, "correction")
        for c in recall(path, data.intents)
        for _ in range(times)
    ]


class Generator:
    """Draws labelled sentences; the same seed gives the same sentences."""

    def __init__(self, data: LanguageData, noise_chance: float = NOISE_CHANCE) -> None:
        self._data = data
        self._noise_chance = noise_chance
        self._expander = Expander(data.pieces, WordFiller(data.vocabulary, data.names))

    def generate(self, per_intent: int, seed: int = 1) -> list[Example]:
        """Return about per_intent different sentences of every intent, more of some (SHARES).

        Templates of an intent take turns, so that each is heard; repeats are dropped, except that
        short idioms, which have few forms, keep up to six.
        """
        examples: list[Example] = []
        for intent in sorted(self._data.intents):
            wanted = round(per_intent * SHARES.get(intent, 1.0))
            examples += self._generate_intent(intent, wanted, seed)
        return examples

    def _generate_intent(self, intent: str, wanted: int, seed: int) -> list[Example]:
        rng = random.Random(f"{seed} {intent}")
        templates = list(self._data.intents[intent])
        counts: dict[tuple[str, ...], int] = {}
        found: list[Example] = []
        for turn in range(wanted * 2):
            if turn % len(templates) == 0:
                rng.shuffle(templates)
            example = self.draw(intent, templates[turn % len(templates)], rng)
            counts[example.words] = counts.get(example.words, 0) + 1
            if example.words and counts[example.words] <= (6 if len(example.words) < 3 else 1):
                found.append(example)
            if len(found) >= wanted:
                break
        return found

    def draw(self, intent: str, template: Line, rng: random.Random) -> Example:
        """Return one sentence of a template, with wrapping and noise by chance."""
        marked = self._expander.expand(template.parsed, rng)
        if rng.random() < WRAP_CHANCE:
            kind = "imperative" if template.imperative and rng.random() < 0.8 else "any"
            marked = rng.choice(self._data.wrappers[kind]).replace("{}", marked)
        words, spans = read_marks(marked)
        chance = self._noise_chance
        if intent == OUT_OF_SCOPE:
            chance = min(chance, TALK_NOISE_CHANCE)
        if rng.random() < chance:
            words, spans = self._data.noise.disturb(words, spans, rng)
        return Example(tuple(words), intent, tuple(spans), f"{intent}: {template.source}")
