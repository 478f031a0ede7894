"""Random prompts for the synthetic voices, from the small grammar in prompts.txt."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

PROMPTS = Path(__file__).with_name("prompts.txt")
_TOKEN = re.compile(r"[()|\[\]]|<[a-z]+>|[^\s()|\[\]<>]+")
_OPTIONAL_SHARE = 0.4
"""How often an optional part is said."""


class PromptGrammar:
    """Reads "name: alternatives" lines and draws sentences from the name "say"."""

    def __init__(self, path: Path = PROMPTS) -> None:
        self._rules: dict[str, list[str]] = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                name, body = line.split(":", 1)
                self._rules.setdefault(name, []).append(body.strip())

    def draw(self, rng: random.Random, name: str = "say") -> str:
        """One random sentence, lower case."""
        tokens = _TOKEN.findall(rng.choice(self._rules[name]))
        words, _ = self._choice(tokens, 0, rng)
        return " ".join(words)

    def _choice(
        self, tokens: list[str], at: int, rng: random.Random
    ) -> tuple[list[str], int]:  # words, next token
        ways = []
        words, at = self._sequence(tokens, at, rng)
        ways.append(words)
        while at < len(tokens) and tokens[at] == "|":
            words, at = self._sequence(tokens, at + 1, rng)
            ways.append(words)
        return rng.choice(ways), at

    def _sequence(self, tokens: list[str], at: int, rng: random.Random) -> tuple[list[str], int]:
        words: list[str] = []
        while at < len(tokens) and tokens[at] not in "|)]":
            token = tokens[at]
            if token in "([":
                part, at = self._choice(tokens, at + 1, rng)
                if token == "(" or rng.random() < _OPTIONAL_SHARE:
                    words += part
            elif token.startswith("<"):
                words += self.draw(rng, token[1:-1]).split()
            else:
                words.append(token)
            at += 1
        return words, at


def balanced_prompts(
    count: int, seed: int, grammar: PromptGrammar, max_words: int = 12, candidates: int = 12
) -> list[str]:
    """Prompts chosen one by one so that rare words come up as well.

    Of some random candidates the one whose words were said least often so far is taken.
    """
    rng, said = random.Random(seed), Counter[str]()
    chosen: list[str] = []
    while len(chosen) < count:
        drawn = [grammar.draw(rng) for _ in range(candidates)]
        fitting = [text for text in drawn if len(text.split()) <= max_words] or [drawn[0]]
        best = max(fitting, key=lambda text: _novelty(text, said))
        said.update(best.split())
        chosen.append(best)
    return chosen


def _novelty(text: str, said: Counter[str]) -> float:
    words = text.split()
    return sum(float((1 + said[word]) ** -0.5) for word in words) / (len(words) + 1)
