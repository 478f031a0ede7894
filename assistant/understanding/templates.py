"""The small language of training sentences: alternatives, options, slots and named pieces.

``(a|b|)`` one of these; ``[x]`` x or nothing; ``{mood.adj}`` words of a parameter, tagged with it;
``{~key}`` the same, not tagged; ``{switch=bring in}`` these very words, tagged; ``<how>`` a named
piece, a list of templates of its own.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

OPTION_CHANCE = 0.4
"""How often an optional part is said: below one half, so that sentences stay short."""
LETTERS = frozenset(["key", "choice"])
"""Parameters in which "a" is a letter."""
MARK_OPEN, MARK_MIDDLE, MARK_CLOSE = "\x01", "\x02", "\x03"
_TOKEN = re.compile(r"[()\[\]|]|\{[^}]*\}|<[^>]*>|[^()\[\]|{}<>]+")


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain words."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """Words of a parameter; kind narrows them down."""

    parameter: str
    kind: str
    tagged: bool
    words: str = ""
    """These very words instead of any of the parameter's."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A reference to a named list of templates."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences; chance of any at all."""

    options: tuple[Template, ...]
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Template:
    """Parts said one after the other."""

    parts: tuple[Plain | Slot | Piece | Choice, ...]


class Filler(Protocol):
    """Draws words for slots."""

    def fill(self, parameter: str, kind: str, rng: random.Random) -> str:
        """Return words for a parameter; raises KeyError for an unknown slot."""
        ...


def parse_template(text: str) -> Template:
    """Return the parsed template; raises ValueError when brackets do not match."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text:
        raise ValueError(f"template {text!r} holds an unfinished slot or piece")
    sequence, rest = _parse_sequence(tokens, 0)
    if rest != len(tokens):
        raise ValueError(f"template {text!r} closes a bracket that was not opened")
    return sequence


def _parse_sequence(tokens: Sequence[str], at: int) -> tuple[Template, int]:
    parts: list[Plain | Slot | Piece | Choice] = []
    while at < len(tokens) and tokens[at] not in (")", "]", "|"):
        token = tokens[at]
        if token in ("(", "["):
            choice, at = _parse_choice(tokens, at)
            parts.append(choice)
            continue
        parts.append(_parse_part(token))
        at += 1
    return Template(tuple(parts)), at


def _parse_part(token: str) -> Plain | Slot | Piece:
    if token.startswith("{"):
        said, _, words = token[1:-1].lstrip("~").partition("=")
        name, _, kind = said.partition(".")
        return Slot(name, kind, tagged=not token.startswith("{~"), words=words)
    if token.startswith("<"):
        return Piece(token[1:-1])
    return Plain(token)


def _parse_choice(tokens: Sequence[str], at: int) -> tuple[Choice, int]:
    close = ")" if tokens[at] == "(" else "]"
    options = []
    while True:
        option, at = _parse_sequence(tokens, at + 1)
        options.append(option)
        if at >= len(tokens):
            raise ValueError("template opens a bracket that is not closed")
        if tokens[at] != "|":
            break
    if tokens[at] != close:
        raise ValueError(f"template closes with {tokens[at]!r} what it opened for {close!r}")
    return Choice(tuple(options), OPTION_CHANCE if close == "]" else 1.0), at + 1


class Expander:
    """Draws sentences from templates."""

    def __init__(self, pieces: Mapping[str, Sequence[str]], filler: Filler) -> None:
        self._pieces = {name: [parse_template(t) for t in ts] for name, ts in pieces.items()}
        self._filler = filler

    def expand(self, template: Template, rng: random.Random) -> str:
        """Return one sentence with tagged stretches between marks (see ``read_marks``)."""
        return "".join(self._expand_part(part, rng) for part in template.parts)

    def _expand_part(self, part: Plain | Slot | Piece | Choice, rng: random.Random) -> str:
        match part:
            case Plain(text):
                return text
            case Slot(parameter, kind, tagged, words):
                words = words or self._filler.fill(parameter, kind, rng)
                if not tagged:
                    return words
                return f"{MARK_OPEN}{parameter}{MARK_MIDDLE}{words}{MARK_CLOSE}"
            case Piece(name):
                return self.expand(rng.choice(self._pieces[name]), rng)
            case Choice(options, chance):
                return self.expand(rng.choice(options), rng) if rng.random() < chance else ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of words that states a parameter."""

    start: int
    """Index of the first word."""
    end: int
    """Index after the last word."""
    parameter: str


def read_marks(marked: str) -> tuple[list[str], list[Span]]:
    """Return the words and spans of an expanded sentence; doubled articles are mended."""
    words: list[str] = []
    spans: list[Span] = []
    for piece in re.split(rf"({MARK_OPEN}[^{MARK_CLOSE}]*{MARK_CLOSE})", marked):
        tagged = piece.startswith(MARK_OPEN)
        parameter, _, text = piece[1:-1].partition(MARK_MIDDLE) if tagged else ("", "", piece)
        new = text.split()
        if new and words and _clashing_articles(words[-1], new[0]) and not _in_span(spans, words):
            words.pop()
        if tagged:
            spans.append(Span(len(words), len(words) + len(new), parameter))
        words += new
    letters = {i for s in spans if s.parameter in LETTERS for i in range(s.start, s.end)}
    return _fit_articles(words, letters), spans


def _in_span(spans: Sequence[Span], words: Sequence[str]) -> bool:
    return bool(spans) and spans[-1].end == len(words)


def _clashing_articles(before: str, after: str) -> bool:
    return before in ("a", "an", "the", "some", "any") and after in ("a", "an", "the", "some")


def _fit_articles(words: list[str], letters: set[int]) -> list[str]:
    """Return words with "a" or "an" as the next word wants it; letters are no articles."""
    fitted = list(words)
    for i, (word, after) in enumerate(itertools.pairwise(words)):
        if word in ("a", "an") and len(after) > 1 and i not in letters:
            vowel = after[0] in "aeio" or after.startswith("un")
            fitted[i] = "an" if vowel else "a"
    return fitted
