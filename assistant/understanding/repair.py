"""Puts in what a tagger left out although the words are beyond doubt: "slower", "eight bars"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.understanding.templates import Span
from assistant.understanding.vocabulary import Find, Vocabulary

CLEAR = frozenset(
    """mood tempo_change duration_change register_change density_change creativity_change
    volume_change instrument style""".split()
)
"""Parameters whose listed words state them wherever they stand."""
CHANGES = frozenset(p for p in CLEAR if p.endswith("_change")) | {"mood"}
UNIT_ENDS = frozenset(["bars", "bar", "seconds", "minute", "minutes", "measures", "half"])
UNCLEAR_KINDS = frozenset(["dir", "noise", "metro"])
UNCLEAR_WORDS = frozenset(
    ["a", "keys", "low", "high", "full", "free", "little", "still", "mad", "love", "fire", "drive"]
)


def repair_spans(
    words: Sequence[str], spans: Iterable[Span], vocabulary: Vocabulary, accepted: frozenset[str]
) -> list[Span]:
    """Return the spans, and clear finds of the vocabulary where no span is.

    Only parameters that the intent accepts and that have no span yet are put in.
    """
    kept = list(spans)
    finds = vocabulary.find(words)
    for find in sorted(finds, key=lambda f: f.start - f.end):
        named = {s.parameter for s in kept}
        if find.parameter in accepted - named and _is_clear(words, find) and _is_free(find, kept):
            kept.append(Span(find.start, find.end, find.parameter))
    for find in finds:
        named = {s.parameter for s in kept}
        wanted = find.parameter == "amount" and "amount" in accepted - named
        if wanted and _is_free(find, kept) and _grades(find, kept):
            kept.append(Span(find.start, find.end, "amount"))
    return sorted(kept, key=lambda s: s.start)


def _is_clear(words: Sequence[str], find: Find) -> bool:
    if find.kind in UNCLEAR_KINDS:
        return False
    before = words[find.start - 1] if find.start else ""
    if find.parameter == "duration_change" and before in UNIT_ENDS:
        return False  # "eight bars long"
    if find.parameter in CLEAR:
        return " ".join(words[find.start : find.end]) not in UNCLEAR_WORDS
    return find.kind in ("unit", "key") and words[find.start] not in ("a", "the")


def _is_free(find: Find, spans: Iterable[Span]) -> bool:
    return all(s.end <= find.start or find.end <= s.start for s in spans)


def _grades(find: Find, spans: Iterable[Span]) -> bool:
    """True for an amount right before a change, or, of several words ("a bit"), right after it."""
    changes = [s for s in spans if s.parameter in CHANGES]
    before = any(s.start == find.end for s in changes)
    return before or (find.end - find.start > 1 and any(s.end == find.start for s in changes))
