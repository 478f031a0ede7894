"""Pronunciations: CMU's dictionary from pocketsphinx's wheel, plus words it lacks."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from speech.phones import CLASS_INDEX

Pronunciations = dict[str, list[tuple[str, ...]]]

EXTRA_WORDS = Path(__file__).with_name("extra_words.dict")
"""Words that the CMU dictionary lacks or says in one way only, in its own format."""
_ALTERNATIVE = re.compile(r"\(\d+\)$")
_FLITE_PHONES = {"ax": "AH", "axr": "ER", "el": "AH L", "em": "AH M", "en": "AH N", "pau": ""}


def cmu_dictionary_path() -> Path:
    """The CMU dictionary (BSD licence) inside the installed pocketsphinx."""
    import pocketsphinx

    return Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"


def parse_dictionary(lines: Iterable[str]) -> Pronunciations:
    """Reads lines "word PHONE PHONE …"; "word(2)" is a further pronunciation of "word"."""
    words: Pronunciations = {}
    for line in lines:
        head, *phones = line.split("#", 1)[0].split() or [""]
        if not head or not phones:
            continue
        said = words.setdefault(_ALTERNATIVE.sub("", head.lower()), [])
        if tuple(phones) not in said:
            said.append(tuple(phones))
    return words


def load_dictionary(extra: Path = EXTRA_WORDS) -> Pronunciations:
    """All pronunciations by word: CMU's, then ours."""
    text = cmu_dictionary_path().read_text(encoding="utf-8")
    return parse_dictionary([*text.splitlines(), *extra.read_text(encoding="utf-8").splitlines()])


def guess_pronunciation(word: str) -> tuple[str, ...]:
    """Letter-to-sound rules of flite for a word in no dictionary.

    Raises:
        ValueError: flite answered with something that is no phone of ours.
    """
    said = subprocess.run(
        ["flite", "-ps", "-t", word, "-o", "none"], capture_output=True, text=True, check=True
    ).stdout.split()
    phones = tuple(
        part for phone in said for part in _FLITE_PHONES.get(phone, phone.upper()).split()
    )
    if not phones or any(phone not in CLASS_INDEX for phone in phones):
        raise ValueError(f"no pronunciation for {word!r}: flite said {said}")
    return phones


def missing_words(words: Iterable[str], known: Pronunciations) -> list[str]:
    """The words without a pronunciation, sorted."""
    return sorted({word for word in words if word not in known})


def with_guesses(words: Iterable[str], known: Pronunciations) -> Pronunciations:
    """A dictionary of exactly these words; the unknown ones are guessed by flite."""
    return {word: known.get(word) or [guess_pronunciation(word)] for word in sorted(set(words))}
