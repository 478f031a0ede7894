"""What the embedded engine looks at: features of a sentence and of each of its words.

Words that the training data know only as stand-ins for any word become ``<unk>``, as do all words
never met: so "turn off the dishwasher" and "turn off the aquarium" look alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.understanding.sounds import sound_grams
from assistant.understanding.vocabulary import Find, Vocabulary
from assistant.understanding.word_classes import class_features

UNKNOWN = "<unk>"
UNKNOWN_WEIGHT = 3.0
"""How much more the share of unknown words weighs than other features: it tells talk."""
MIN_GRAM, MAX_GRAM = 3, 5
"""Letters in the character n-grams: they see through "faster" and "fasten"."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words with what the vocabulary finds in them."""

    words: tuple[str, ...]
    known: tuple[str, ...]
    """Words, the unknown ones replaced."""
    finds: tuple[Find, ...]

    @staticmethod
    def look(words: Sequence[str], known: frozenset[str], vocabulary: Vocabulary) -> Sentence:
        """Return the words with unknown ones marked and the finds of the vocabulary."""
        marked = tuple(w if w in known else UNKNOWN for w in words)
        return Sentence(tuple(words), marked, tuple(vocabulary.find(words)))


def sentence_features(sentence: Sentence) -> list[str]:
    """Return the features by which the intent is told, each once."""
    found: dict[str, None] = {}
    words = ("<s>", *sentence.known, "</s>")
    for size in (1, 2):
        _add_grams(found, f"w{size}", words, size)
    classes = ("<s>", *delexicalised(sentence), "</s>")
    for size in (1, 2, 3):
        _add_grams(found, f"d{size}", classes, size)
    for word in sentence.words:
        for gram in _letters(word):
            found[f"c:{gram}"] = None
    for find in sentence.finds:
        found[f"p:{find.parameter}"] = None
        found[f"k:{find.parameter}.{find.kind}"] = None
    found.update(dict.fromkeys(class_features(sentence.words)))
    found.update((f"s:{gram}", None) for gram in sound_grams(sentence.words))
    _add_shape(found, sentence, words, classes)
    return list(found)


def _add_shape(
    found: dict[str, None], sentence: Sentence, words: Sequence[str], classes: Sequence[str]
) -> None:
    unknown = sentence.known.count(UNKNOWN)
    found[f"n:{min(len(sentence.words), 9)}"] = None
    found[f"u:{min(unknown, 4)}"] = None
    if sentence.words:
        found[f"uf:{round(4 * unknown / len(sentence.words))}"] = None
        found["first:" + classes[1]] = None
        found["last:" + classes[-2]] = None
        found["ends:" + words[1] + "_" + words[-2]] = None


def weight_of(feature: str) -> float:
    """Return how much a feature weighs before the sentence is scaled."""
    return UNKNOWN_WEIGHT if feature.startswith(("u:", "uf:")) else 1.0


def scale_of(count: int) -> float:
    """Return the factor for a sentence of count features: all sentences weigh the same, 10.

    Two features of every sentence are about unknown words, and weigh UNKNOWN_WEIGHT each.
    """
    return 10.0 / float((max(count, 1) + 2 * (UNKNOWN_WEIGHT**2 - 1)) ** 0.5)


def _add_grams(found: dict[str, None], label: str, words: Sequence[str], size: int) -> None:
    for at in range(len(words) - size + 1):
        found[f"{label}:{'_'.join(words[at : at + size])}"] = None


def _letters(word: str) -> Iterator[str]:
    padded = f"^{word}$"
    for size in range(MIN_GRAM, MAX_GRAM + 1):
        for at in range(len(padded) - size + 1):
            yield padded[at : at + size]


def delexicalised(sentence: Sentence) -> list[str]:
    """Return the words with finds of two words and more, or clear ones, replaced by their class."""
    classes: list[str] = []
    at = 0
    finds = sentence.finds
    while at < len(sentence.words):
        here = [f for f in finds if f.start == at]
        if not here:
            classes.append(sentence.known[at])
            at += 1
            continue
        best = max(here, key=lambda f: f.end)
        kinds = sorted({f"{f.parameter}.{f.kind}" for f in here if f.end == best.end})
        classes.append("{" + "|".join(kinds) + "}")
        at = best.end
    return classes


def word_features(sentence: Sentence) -> list[list[str]]:
    """Return, for each word, the features by which the tagger tells what the word states."""
    known, words = sentence.known, sentence.words
    marks = _marks(sentence)
    rows: list[list[str]] = []
    last = len(words) - 1
    for at, word in enumerate(words):
        row = ["bias", f"w={known[at]}", f"s3={word[-3:]}", f"s2={word[-2:]}"]
        row += [f"m={m}" for m in marks[at]]
        row.append("mm=" + "+".join(marks[at]))
        for step in (-2, -1, 1, 2):
            other = at + step
            if 0 <= other <= last:
                row.append(f"w{step}={known[other]}")
                row += [f"m{step}={m}" for m in marks[other]]
            else:
                row.append(f"w{step}=<edge>")
        row.append(f"w-1w={known[at - 1] if at else '<s>'}_{known[at]}")
        row.append(f"ww+1={known[at]}_{known[at + 1] if at < last else '</s>'}")
        row.append(f"pp={'_'.join(known[max(0, at - 2) : at])}")
        row.append(f"first={known[0]}")
        row += [f"m_first={m}_{known[0]}" for m in marks[at]]
        row += [f"m_prev={m}_{known[at - 1] if at else '<s>'}" for m in marks[at]]
        rows.append(row)
    return rows


def _marks(sentence: Sentence) -> list[list[str]]:
    marks: list[list[str]] = [[] for _ in sentence.words]
    for find in sentence.finds:
        for at in range(find.start, find.end):
            place = "B" if at == find.start else "I"
            marks[at].append(f"{place}-{find.parameter}.{find.kind}")
    return marks
