"""The golden sentences are data that figures are judged by: here the data itself is checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from skills.music.request import (
    MAX_SECONDS,
    MAX_TEMPO_BPM,
    MIN_SECONDS,
    MIN_TEMPO_BPM,
    MOODS,
)

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
ERRORS = "recogniser_errors"
OUT_OF_SCOPE = "out_of_scope"
INTENT_NAMES = """
continue compose vary accompany suggest_chords jam record play_back stop adjust volume undo redo
affirm deny save load like dislike learn describe metronome set help repeat greet goodbye
out_of_scope
"""
INTENTS = frozenset(INTENT_NAMES.split())
STYLES = ("classical", "pop", "jazz", "folk", "hymn")
INSTRUMENT_NAMES = """
piano organ guitar bass strings violin cello flute trumpet harp choir synth drums
saxophone clarinet accordion
"""
KEY = re.compile(r"[A-G][#b]? (major|minor)")
HEARD = re.compile(r"[a-z']+( [a-z']+)*")
SAID_KEY = re.compile(r"\b([a-g]) (?:(sharp|flat) )?(major|minor)\b")
SAID_BARS = re.compile(
    r"\b(?:two|four|six|eight|twelve|sixteen|thirty two) (?:\w+ )?(?:bars?|measures)\b"
)

Sentence = dict[str, Any]


def one_of(*values: str) -> Callable[[object], bool]:
    return lambda value: value in values


def whole(low: int, high: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and low <= value <= high


PARAMETERS: dict[str, Callable[[object], bool]] = {
    "mood": one_of(*MOODS),
    "tempo_bpm": whole(MIN_TEMPO_BPM, MAX_TEMPO_BPM),
    "tempo_change": one_of("faster", "slower"),
    "key": lambda value: isinstance(value, str) and KEY.fullmatch(value) is not None,
    "style": one_of(*STYLES),
    "instrument": one_of(*INSTRUMENT_NAMES.split()),
    "duration_seconds": lambda value: (
        isinstance(value, float) and MIN_SECONDS <= value <= MAX_SECONDS
    ),
    "duration_bars": whole(1, 256),
    "duration_change": one_of("longer", "shorter"),
    "creativity_change": one_of("more", "less"),
    "register_change": one_of("higher", "lower"),
    "density_change": one_of("more", "less"),
    "volume_percent": whole(0, 100),
    "volume_change": one_of("louder", "quieter"),
    "name": lambda value: isinstance(value, str) and HEARD.fullmatch(value) is not None,
    "format": one_of("midi", "wav"),
    "switch": one_of("on", "off"),
    "span": one_of("past"),
    "choice": whole(1, 9),
    "amount": one_of("little", "much"),
}


@cache
def sentences() -> tuple[tuple[str, Sentence], ...]:
    """Return (file stem, sentence) of every golden file."""
    return tuple(
        (path.stem, sentence)
        for path in sorted(GOLDEN.glob("*.yml"))
        for sentence in yaml.safe_load(path.read_text(encoding="utf-8"))
    )


def scored() -> list[tuple[str, Sentence]]:
    return [(stem, s) for stem, s in sentences() if "ambiguous" not in s.get("tags", [])]


def clean() -> list[Sentence]:
    """Return what is scored and free of recogniser errors."""
    return [s for stem, s in scored() if stem != ERRORS]


def heard(sentence: Sentence) -> bool:
    return "typed" not in sentence.get("tags", [])


def test_every_intent_has_a_file_of_its_own() -> None:
    assert {path.stem for path in GOLDEN.glob("*.yml")} == INTENTS | {ERRORS}
    strays = [s for stem, s in sentences() if stem not in (ERRORS, s["intent"])]
    assert not strays


def test_every_sentence_has_the_agreed_shape() -> None:
    for _, sentence in sentences():
        assert {"text", "intent", "parameters"} <= set(sentence), sentence
        assert set(sentence) <= {"text", "intent", "parameters", "tags"}, sentence
        assert sentence["intent"] in INTENTS, sentence
        assert all(re.fullmatch("[a-z_]+", tag) for tag in sentence.get("tags", [])), sentence


def test_every_parameter_has_a_value_of_the_contract() -> None:
    wrong = [
        (sentence["text"], name, value)
        for _, sentence in sentences()
        for name, value in sentence["parameters"].items()
        if name not in PARAMETERS or not PARAMETERS[name](value)
    ]
    assert not wrong


def test_sentences_that_are_not_typed_look_as_a_recogniser_writes_them() -> None:
    texts = [s["text"] for _, s in sentences() if heard(s)]
    assert not [text for text in texts if not HEARD.fullmatch(text)]


def test_sentences_that_look_typed_are_tagged_so_and_no_others() -> None:
    assert not [s for _, s in sentences() if not heard(s) and HEARD.fullmatch(s["text"])]


def test_no_sentence_is_there_twice() -> None:
    seen = Counter(re.sub(r"[^a-z0-9#% ]", "", s["text"].lower()).strip() for _, s in sentences())
    assert not [text for text, times in seen.items() if times > 1]


def test_out_of_scope_has_no_parameters() -> None:
    assert not [s for _, s in sentences() if s["intent"] == OUT_OF_SCOPE and s["parameters"]]


@pytest.mark.parametrize("intent", sorted(INTENTS))
def test_every_intent_has_thirty_sentences_without_errors(intent: str) -> None:
    assert sum(s["intent"] == intent for s in clean()) >= 30


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_said_at_least_twenty_five_times(name: str) -> None:
    assert sum(name in s["parameters"] for s in clean()) >= 25


@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_is_asked_for(mood: str) -> None:
    assert sum(s["parameters"].get("mood") == mood for s in clean()) >= 10


def test_all_tonics_are_asked_for_with_sharps_and_flats() -> None:
    tonics = {s["parameters"]["key"].split()[0] for s in clean() if "key" in s["parameters"]}
    assert tonics >= {*"ABCDEFG", "Bb", "Eb", "Ab", "Db", "Gb", "C#", "F#", "G#", "D#", "A#"}


def test_there_are_enough_sentences_in_all() -> None:
    in_scope = sum(s["intent"] != OUT_OF_SCOPE for s in clean())
    assert in_scope >= 1200
    assert len(clean()) - in_scope >= 200
    assert sum(stem == ERRORS for stem, _ in scored()) >= 200


def test_a_key_that_is_plainly_said_is_labelled() -> None:
    for sentence in filter(heard, clean()):
        said = SAID_KEY.search(sentence["text"])
        if said and sentence["intent"] != OUT_OF_SCOPE:
            tonic, accidental, mode = said.groups()
            sign = {"sharp": "#", "flat": "b", None: ""}[accidental]
            assert sentence["parameters"].get("key") == f"{tonic.upper()}{sign} {mode}", sentence


def test_bars_that_are_plainly_said_are_labelled() -> None:
    in_scope = [s for s in clean() if heard(s) and s["intent"] != OUT_OF_SCOPE]
    said = [s for s in in_scope if SAID_BARS.search(s["text"])]
    assert len(said) > 30
    assert not [s for s in said if "duration_bars" not in s["parameters"]]


def test_the_read_me_counts_what_is_there() -> None:
    text = (GOLDEN / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([a-z_]+) \| (\d+) \|", text, flags=re.MULTILINE))
    by_file = Counter(stem for stem, _ in sentences())
    assert {stem: int(rows[stem]) for stem in by_file} == dict(by_file)
