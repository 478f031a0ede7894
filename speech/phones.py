"""Phones of the recogniser: CMU's context-independent set, and their places in a word."""

from __future__ import annotations

from collections.abc import Sequence

SILENCE = "SIL"
_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"
SPOKEN: tuple[str, ...] = tuple(sorted(f"{_VOWELS} {_CONSONANTS}".split()))
CLASSES: tuple[str, ...] = (SILENCE, *SPOKEN)
"""What the network tells apart; the index is Kaldi's pdf id."""
CLASS_INDEX = {phone: index for index, phone in enumerate(CLASSES)}

PLACES = {"B": "begin", "E": "end", "I": "internal", "S": "singleton"}
"""Suffix of a placed phone and Kaldi's word for it in word_boundary.int."""
PLACED: tuple[str, ...] = (SILENCE, *(f"{p}_{s}" for p in SPOKEN for s in PLACES))
"""Phones with their place in a word; index + 1 is Kaldi's phone id (0 is epsilon)."""
_PHONE_ID = {placed: index + 1 for index, placed in enumerate(PLACED)}


def place(pronunciation: Sequence[str]) -> list[str]:
    """Marks every phone of one word with its place: begin, internal, end or alone."""
    if len(pronunciation) == 1:
        return [f"{pronunciation[0]}_S"]
    middle = [f"{phone}_I" for phone in pronunciation[1:-1]]
    return [f"{pronunciation[0]}_B", *middle, f"{pronunciation[-1]}_E"]


def class_of(placed: str) -> int:
    """The network's class of a placed phone."""
    return CLASS_INDEX[placed.split("_", 1)[0]]


def enter_id(placed: str) -> int:
    """Kaldi's transition id for a phone's first frame.

    Every phone has one emitting state with two transitions (self-loop, forward); Kaldi numbers
    transitions from one. The forward id opens the phone, the self-loop id prolongs it.
    """
    return 2 * _PHONE_ID[placed]


def stay_id(placed: str) -> int:
    """Kaldi's transition id of the self-loop of a phone."""
    return 2 * _PHONE_ID[placed] - 1
