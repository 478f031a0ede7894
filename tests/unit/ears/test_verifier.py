"""The verifier: what it looks at, what it lets pass, and what it does without its file."""

from __future__ import annotations

import json

import numpy as np
import pytest

from assistant.contract import Intent, ModelError
from assistant.ears.verifier import FILE, Verifier, features
from assistant.ears.vosk_recogniser import HeardWord


def said(text: str, confidence: float = 0.9) -> list[HeardWord]:
    return [
        HeardWord(word, 0.3 * at, 0.3 * at + 0.25, confidence)
        for at, word in enumerate(text.split())
    ]


def meant(name: str = "adjust", confidence: float = 0.9, rival: float = 0.0) -> Intent:
    others = (Intent("", "set", rival, "embedded"),) if rival else ()
    return Intent("", name, confidence, "embedded", {"mood": "sad"}, others)


def write(folder, facts) -> None:
    (folder / FILE).write_text(json.dumps(facts), encoding="utf-8")


GOOD = {
    "weights": {"mean_confidence_logit": 1.0, "unknown_share": -4.0},
    "bias": 0.5,
    "thresholds": {"several_words": 0.8, "one_word": 0.95},
}


def test_a_model_without_the_file_has_no_verifier(tmp_path):
    assert Verifier.beside(tmp_path) is None


def test_sure_words_pass_and_unsure_ones_do_not(tmp_path):
    write(tmp_path, GOOD)
    verifier = Verifier.beside(tmp_path)
    assert verifier is not None
    assert verifier.accepts(said("make it sadder", 0.95), meant())
    assert not verifier.accepts(said("make it sadder", 0.4), meant())


def test_unknown_words_between_known_ones_count_against_a_sentence(tmp_path):
    write(tmp_path, GOOD)
    verifier = Verifier.beside(tmp_path)
    assert verifier is not None
    clear = verifier.chance(said("make it sadder"), meant())
    assert verifier.chance(said("make [unk] [unk] sadder"), meant()) < clear


def test_one_word_has_a_threshold_of_its_own(tmp_path):
    write(tmp_path, GOOD)
    verifier = Verifier.beside(tmp_path)
    assert verifier is not None
    assert verifier.accepts(said("sadder now", 0.9), meant())
    assert not verifier.accepts(said("sadder", 0.9), meant())


def test_nothing_but_unknown_words_never_passes():
    always = Verifier({}, 20.0, 0.0, 0.0)
    assert not always.accepts(said("[unk] [unk]"), meant())
    assert always.chance(said("[unk]"), meant()) == 0.0


@pytest.mark.parametrize(
    "facts",
    [
        {"weights": {"words": "many"}, "bias": 0, "thresholds": {}},
        {"weights": [1, 2], "bias": 0, "thresholds": {"several_words": 1, "one_word": 1}},
        {"bias": 0.5},
        [],
    ],
)
def test_a_damaged_file_is_told_in_one_sentence(tmp_path, facts):
    write(tmp_path, facts)
    with pytest.raises(ModelError, match=r"^The speech model .* is damaged: .*\.$"):
        Verifier.beside(tmp_path)


def test_what_understanding_is_unsure_of_is_seen():
    sure, torn = features(said("go on"), meant()), features(said("go on"), meant(rival=0.6))
    assert torn["margin"] < sure["margin"]
    talk = features(said("go on"), meant("out_of_scope", 0.9, rival=0.2))
    assert talk["chance"] < torn["chance"]
    assert talk["margin"] < 0


def test_every_feature_is_a_finite_number_even_at_the_edges():
    odd = [HeardWord("go", 1.0, 1.0, 0.0), HeardWord("[unk]", 1.0, 0.9, 1.0)]
    for words in (odd, said("stop", 1.0), said("a " * 40, 0.0)):
        found = features(words, meant("help", 1.0))
        assert all(np.isfinite(value) for value in found.values())
