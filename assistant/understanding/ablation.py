"""What each part of understanding brings: ``python -m assistant.understanding.ablation``.

One part at a time is switched off, and the intent classifier trained again, on the sentences of
all templates but a fold's. It is judged on the fold that was held out (no template is on both
sides), on the golden sentences and on the blind ones. Seeded; prints a row of the table a part.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.understanding import places
from assistant.understanding.embedded_training import fit, known_words, talk_masks, to_rows
from assistant.understanding.features import Sentence, sentence_features
from assistant.understanding.golden import NOISY_FILE, Golden, Share, group_of, read_golden
from assistant.understanding.normaliser import normalise_text, split_words, strip_wake_word
from assistant.understanding.reading import TALK_WEIGHT, UNSURE, decide
from assistant.understanding.rules import rule_intent
from assistant.understanding.training_data import (
    OUT_OF_SCOPE,
    Example,
    Generator,
    LanguageData,
    load_language,
)

FOLDS = 5
SETS = {"golden": "golden", "blind": "golden/blind-2026-11"}
"""Name -> folder below tests/data."""
Rows = tuple[str, str, str]
"""Part of a table (held out, golden, blind), what was judged, and the intent that was told."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to switch off."""

    name: str
    features: tuple[str, ...] = ()
    """Beginnings of features that are left out."""
    files: tuple[str, ...] = ()
    """Files of words, as patterns, that are left out."""
    noise: bool = True
    classifier: Callable[..., Any] | None = None
    """Trains another classifier: (rows, labels) to something with decision_function."""


def svm(rows: Any, labels: Sequence[str]) -> Any:
    """Return a linear support vector machine with probabilities by a sigmoid."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import LinearSVC

    return CalibratedClassifierCV(LinearSVC(C=0.05), cv=2).fit(rows, list(labels))


def bayes(rows: Any, labels: Sequence[str]) -> Any:
    """Return a complement naive Bayes."""
    from sklearn.naive_bayes import ComplementNB

    return ComplementNB().fit(rows, list(labels))


PARTS = (
    Part("everything"),
    Part("without classes of meaning", features=("v",)),
    Part("without sounds", features=("s:",)),
    Part("without letters", features=("c:",)),
    Part("without word lists (classes of parameters)", features=("d", "p:", "k:", "first:")),
    Part("without marks of unknown words", features=("u:", "uf:")),
    Part("without recogniser errors", files=("heard*", "*heard_wrong*"), noise=False),
    Part("without learned confusions", files=("heard.yml",)),
    Part(
        "without talk of its own", files=("talk_daily*", "talk_music*", "talk_near*", "more_talk*")
    ),
    Part("without wordings (first templates alone)", files=("wordings_*", "more_*")),
    Part("without the latest wordings", files=("more_*",)),
    Part("support vector machine", classifier=svm),
    Part("naive Bayes", classifier=bayes),
)


def language_without(files: Sequence[str], scratch: Path) -> LanguageData:
    """Return the skill's words without the files that fit a pattern."""
    folder = scratch / "nlu"
    shutil.copytree(places.skill_words()[0], folder)
    for pattern in files:
        for path in folder.rglob(pattern):
            path.unlink()
    return load_language(folder)


def in_fold(template: str, fold: int, folds: int = FOLDS) -> bool:
    """True for the part of all templates that one of the folds holds out."""
    return hashlib.sha256(template.encode()).digest()[0] % folds == fold


class Judge:
    """A trained classifier: a sentence's words to an intent."""

    def __init__(self, part: Part, data: LanguageData, examples: Sequence[Example]) -> None:
        self._part, self._data = part, data
        self._known = known_words(data, examples)
        commands = [e for e in examples if e.intent != OUT_OF_SCOPE]
        masked = self._known & known_words(data, commands)
        looked = [
            self._features(e.words, masked if hidden else self._known)
            for e, hidden in zip(examples, talk_masks(examples), strict=True)
        ]
        self._names, rows = to_rows(looked)
        train = part.classifier or fit
        self._model = train(rows, [e.intent for e in examples])

    def _features(self, words: Sequence[str], known: frozenset[str]) -> list[str]:
        found = sentence_features(Sentence.look(words, known, self._data.vocabulary))
        return [f for f in found if not f.startswith(self._part.features or ("\0",))]

    def tell(self, sentences: Sequence[Sequence[str]]) -> list[str]:
        """Return the intent of each sentence, rules and the weight of talk included."""
        looked = [self._features(words, self._known) for words in sentences]
        chances = self._model.predict_proba(to_rows(looked, self._names)[1])
        names = [str(name) for name in self._model.classes_]
        return [
            rule_intent(words) or _best(names, row)
            for words, row in zip(sentences, chances, strict=True)
        ]


def _best(names: Sequence[str], chances: Any) -> str:
    ranking = [(n, float(p)) for n, p in zip(names, chances, strict=True)]
    return decide(ranking, TALK_WEIGHT["embedded"], UNSURE["embedded"])[0]


def measure(part: Part, fold: int, per_intent: int, golden: Mapping[str, Sequence[Golden]]) -> Any:
    """Return {(set, group): (right, all)} for a part and a fold."""
    with tempfile.TemporaryDirectory() as scratch:
        data = language_without(part.files, Path(scratch))
    options = {} if part.noise else {"noise_chance": 0.0}
    examples = Generator(data, **options).generate(per_intent, seed=fold + 1)
    judge = Judge(part, data, [e for e in examples if not in_fold(e.template, fold)])
    full = load_language(places.skill_words()[0])  # what is held out is the same for every part
    held = [e for e in Generator(full).generate(per_intent // 2, 99) if in_fold(e.template, fold)]
    counts: dict[tuple[str, str], list[int]] = {}
    _count(counts, "held out", held, judge.tell([e.words for e in held]))
    for name, sentences in golden.items():
        words = [split_words(strip_wake_word(normalise_text(g.text))) for g in sentences]
        _count(counts, name, sentences, judge.tell(words))
    return counts


def _count(counts: Any, name: str, wanted: Iterable[Any], told: Iterable[str]) -> None:
    for one, intent in zip(wanted, told, strict=True):
        group = group_of(one) if isinstance(one, Golden) else _group(one)
        row = counts.setdefault((name, group), [0, 0])
        row[0] += intent == one.intent
        row[1] += 1


def _group(example: Example) -> str:
    return OUT_OF_SCOPE if example.intent == OUT_OF_SCOPE else "in_scope"


def line(part: Part, counts: Mapping[tuple[str, str], Sequence[int]]) -> str:
    """Return a row of the table in Markdown."""
    cells = []
    for name in ("held out", *SETS):
        cells.append(_cell(counts, name, "in_scope"))
        cells.append(_cell(counts, name, OUT_OF_SCOPE, missed=True))
        if name in SETS:
            cells.append(_cell(counts, name, NOISY_FILE))
    return f"| {part.name} | {' | '.join(cells)} |"


def _cell(counts: Mapping[Any, Sequence[int]], name: str, group: str, missed: bool = False) -> str:
    right, total = counts.get((name, group), (0, 0))
    share = Share(total - right if missed else right, total)
    low, high = share.interval()
    return f"{100 * share.value:.1f} ({100 * low:.1f}–{100 * high:.1f})"  # noqa: RUF001


def main(words: Sequence[str] | None = None) -> None:
    """Measure the parts named, or all, and print the table."""
    parser = argparse.ArgumentParser(prog="assistant.understanding.ablation", description=__doc__)
    parser.add_argument("parts", nargs="*", help="beginnings of the names of parts")
    parser.add_argument("--per-intent", type=int, default=150)
    parser.add_argument("--folds", type=int, default=1, choices=range(1, FOLDS + 1))
    asked = parser.parse_args(words)
    tests = places.PROJECT / "tests" / "data"
    golden = {name: read_golden(tests / folder) for name, folder in SETS.items()}
    for part in PARTS:
        if asked.parts and not part.name.startswith(tuple(asked.parts)):
            continue
        total: dict[tuple[str, str], Any] = {}
        for fold in range(asked.folds):
            for key, row in measure(part, fold, asked.per_intent, golden).items():
                total[key] = np.add(total.get(key, (0, 0)), row)
        print(line(part, total), flush=True)


if __name__ == "__main__":
    main()
