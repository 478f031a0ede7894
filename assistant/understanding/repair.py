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
TAKES_BACK = frozenset(["no", "sorry", "mean", "rather", "wait", "actually"])
"""Between two values of one parameter they say that the second counts: "strings no piano"."""
NAMING = (("called",), ("named",), ("titled",), ("call", "it"), ("name", "it"), ("call", "that"),
          ("call", "this"), ("the", "name"), ("under",))  # fmt: skip
"""A name comes after these, where one may be said."""
NO_NAME = frozenset(
    """please thanks now and as in on to for with again instead then okay will would if so is of
    it that this but from at""".split()
)
"""Words that end a name, or that no name begins with."""
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
    finds = vocabulary.find(words)
    kept = _whole_names(words, _second_thoughts(words, list(spans), finds), accepted)
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


def _second_thoughts(words: Sequence[str], spans: list[Span], finds: Iterable[Find]) -> list[Span]:
    """Return spans with a value that was taken back replaced by the one said instead of it."""
    cues = [at for at, word in enumerate(words) if word in TAKES_BACK]
    if not cues or not spans:
        return spans
    later = [Span(f.start, f.end, f.parameter) for f in finds if f.start > cues[0]]
    later = [s for s in spans if s.start > cues[0]] + sorted(later, key=lambda s: s.start - s.end)
    kept = []
    for span in spans:
        instead = [s for s in later if s.parameter == span.parameter]
        kept.append(instead[0] if span.end <= cues[0] and instead else span)
    return list(dict.fromkeys(kept))


def _whole_names(words: Sequence[str], spans: list[Span], accepted: frozenset[str]) -> list[Span]:
    """Return spans with names to their last word, and with a name that a cue announces put in."""
    if "name" not in accepted:
        return spans
    others = {i for s in spans if s.parameter != "name" for i in range(s.start, s.end)}
    named = [s for s in spans if s.parameter == "name"]
    if not named:
        begins = _announced(words)
        named = [Span(begins, begins, "name")] if begins else []
    rest = [s for s in spans if s.parameter != "name"]
    for span in named:
        end = span.end
        while end < len(words) and end not in others and words[end] not in NO_NAME:
            end += 1
        rest += [Span(span.start, end, "name")] if end > span.start else []
    return sorted(rest, key=lambda s: s.start)


def _announced(words: Sequence[str]) -> int:
    """Return where a name that a cue announces begins, 0 for none."""
    for at in range(1, len(words)):
        for cue in NAMING:
            if at >= len(cue) and tuple(words[at - len(cue) : at]) == cue:
                return at
    return 0


def _is_clear(words: Sequence[str], find: Find) -> bool:
    if find.kind in UNCLEAR_KINDS:
        return False
    before = words[find.start - 1] if find.start else ""
    if find.parameter == "duration_change" and before in UNIT_ENDS:
        return False  # "eight bars long"
    if find.parameter == "choice":
        return find.end - find.start > 1
    if find.parameter == "switch":
        return find.end - find.start > 1 or words[find.start] in ("off", "without")
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
