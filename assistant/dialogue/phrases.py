"""The few fixed phrases of a conversation: which of several, names, and "that is not what I meant".

All functions take normalised text (lower case, no punctuation, apostrophes inside words).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rapidfuzz import fuzz

FILLERS: Final = frozenset(
    """the a an one number option version answer take choice letter please i mean meant said want
    wanted rather prefer give me play with go for its it is that was yes yeah no
    okay ok um uh oh well maybe just then thanks thank you again""".split()
)
"""Words around the choice in "um the second one please"; "a" and "one" may be the choice itself."""
ORDINALS: Final[Mapping[str, int]] = {
    "first": 1, "former": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
NUMBERS: Final[Mapping[str, int]] = {
    word: at
    for at, word in enumerate("one two three four five six seven eight nine ten".split(), start=1)
}
LETTERS: Final[Mapping[str, int]] = {"a": 1, "b": 2, "c": 3, "d": 4}
LAST: Final = frozenset(["latter", "last"])
CLEAR: Final = frozenset([*ORDINALS, *LETTERS, "number", "option", "version"]) - {"a"}
"""Words that name one of several also where no question was asked."""

_WISH: Final = re.compile(r"\b(?:i would|id) like\b")
_LEAD: Final = r"(?:(?:no|nope|nah|wrong|sorry|wait|oops|oh|hm|um|uh|hey|hang on|hold on|well) )*"
_NOT_MEANT: Final = (
    r"(?:(?:that|this|it)(?:s| is| was|) )?not what i (?:meant|mean|said|wanted|asked for|asked) "
)
_MEANT: Final = re.compile(
    rf"(?P<lead>{_LEAD})(?P<not>{_NOT_MEANT})?(?:what )?i (?:actually |really |just )?"
    r"(?P<verb>meant|mean|said|was saying|wanted|asked for)(?: to say| to| was| is| you to)?"
    r" (?P<rest>.+)"
)
_BARE: Final = (
    "that is not what i meant",
    "thats not what i meant",
    "that was not what i meant",
    "not what i meant",
    "thats not what i said",
    "that is not what i said",
    "thats not what i wanted",
    "that is not what i wanted",
    "thats not what i asked for",
    "i didnt mean that",
    "i did not mean that",
    "i didnt say that",
    "i did not say that",
    "i never said that",
    "you got that wrong",
    "you got me wrong",
    "you got it wrong",
    "you heard me wrong",
    "you understood me wrong",
    "you misheard me",
    "you misheard",
    "you misunderstood me",
    "you misunderstood",
    "wrong",
    "wrong command",
    "that is wrong",
    "thats wrong",
    "that was wrong",
    "thats not it",
    "that is not it",
    "thats not right",
    "incorrect",
)
"""Ways to say that Encore understood a sentence wrong."""
_DENYING: Final = frozenset(["not", "didnt", "did", "never", "wrong"])
NEAR_ENOUGH: Final = 88.0
"""Likeness (rapidfuzz ratio, 0..100) that takes a recogniser's slips: "that is not what i mint"."""
_NAMING: Final = re.compile(
    r"(?:(?:um|uh|oh|hm|well|okay|ok|yes|yeah|please|maybe|perhaps|just|let'?s|let us|i think"
    r"|i would say|how about|what about|you can|call it|call this|call that|name it|name this"
    r"|name that|title it|save it as|save this as|save that as|save as|save it under|it'?s called"
    r"|it is called|the name is|the name|named|called|as) )+"
)
_AFTER_NAME: Final = re.compile(r" (?:please|thanks|thank you)$")
NOT_FOR_ENCORE: Final = re.compile(
    r"(?:oh |no )*(?:nothing|not for you|that was not for you|that wasnt for you|nothing at all"
    r"|i (?:wasnt|was not) talking to you|i didnt say anything|i did not say anything|out of scope"
    r"|none of your business|that was (?:the tv|the radio|somebody else|someone else))"
    r"(?: really| sorry)*"
)


def closed_up(text: str) -> str:
    """Return the text with apostrophes closed up: "that's" as "thats"."""
    return text.replace("'", "")


_PAIRS = """up down, on off, louder softer, louder quieter, faster slower, higher lower,
    longer shorter, more less, major minor, sharp flat, undo redo"""
_OPPOSITES: dict[str, set[str]] = {}
for _one, _other in (pair.split() for pair in _PAIRS.split(",")):
    _OPPOSITES.setdefault(_one, set()).add(_other)
    _OPPOSITES.setdefault(_other, set()).add(_one)


def which_of(text: str, count: int = 99) -> int | None:
    """Return which of several a sentence names ("the second one" = 2), None when it says more.

    ``count``: how many there are; "the last one" is that many, and a letter counts up to it.
    """
    words = _WISH.sub("", closed_up(text)).split()
    kept = [w for w in words if w not in FILLERS]
    if len(kept) > 1:
        return None
    word = kept[0] if kept else _last_choice(words)
    number = {**NUMBERS, **LETTERS, **ORDINALS}.get(word)
    if word in LAST and count < 99:
        number = count
    return number if number is not None and number <= count else None


def picked_in(text: str) -> int | None:
    """Return the choice that a sentence is as a whole also where none was asked: "option b"."""
    return which_of(text) if CLEAR & set(closed_up(text).split()) else None


def _last_choice(words: list[str]) -> str:
    """Return the "a" or "one" that is all there is: "option a", "a", "one", "number one"."""
    if words[-1:] == ["a"]:
        return "a"
    return "one" if words in (["one"], ["number", "one"], ["option", "one"]) else ""


def name_in(text: str) -> str:
    """Return the name in an answer: "call it blue door please" gives "blue door"."""
    bare = _NAMING.sub("", text + " ", count=1).strip() if _NAMING.match(text + " ") else text
    return _AFTER_NAME.sub("", bare).strip() or text


def meant_instead(text: str) -> str | None:
    """Return what was meant in "no, I meant sadder" or "wrong, I said stop"; None for no such.

    "I want", "I said" alone may be a command of their own: they need a "no" or "wrong" before.
    """
    found = _MEANT.fullmatch(closed_up(text))
    if found is None:
        return None
    if not found["lead"] and not found["not"] and found["verb"] != "meant":
        return None
    return found["rest"]


def exchanged(sentence: str, word: str) -> str | None:
    """Return a sentence with the opposite of a word exchanged for it; None where it holds none.

    "down" in the light of "turn it up" gives "turn it down".
    """
    words = sentence.split()
    against = [w for w in words if w in _OPPOSITES.get(word, ())]
    return " ".join(word if w in against else w for w in words) if len(against) == 1 else None


def is_not_what_i_meant(text: str) -> bool:
    """Tell whether a sentence says that the one before was understood wrong, and nothing more."""
    said = re.sub(rf"^{_LEAD}(?=.)", "", closed_up(text)) or closed_up(text)
    if said in _BARE:
        return True
    words = said.split()
    if len(words) < 4 or not _DENYING & set(words):
        return False
    return any(fuzz.ratio(said, bare) >= NEAR_ENOUGH for bare in _BARE)
