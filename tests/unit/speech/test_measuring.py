from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from assistant.contract import Intent
from assistant.ears.verifier import Verifier
from speech.evaluate import Heard, accepted_share, is_command, score, word_errors
from speech.judge_sounds import sentences
from speech.refusal import refusal
from speech.verifier import examples, fit
from speech.voices import JUDGING_VOICES, speaker


def heard(text: str, confidence: float = 0.9, reference: str = "make it sadder") -> Heard:
    sure = tuple(0.0 if word == "[unk]" else confidence for word in text.split())
    return Heard(reference, text, confidence, 2.0, 0.1, sure)


@pytest.mark.parametrize(
    ("said", "got", "errors"),
    [
        ("make it sadder", "make it sadder", 0),
        ("make it sadder", "make sadder", 1),
        ("make it sadder", "take it much sadder", 2),
        ("stop", "", 1),
        ("", "stop now", 2),
    ],
)
def test_word_errors_are_the_fewest_edits(said, got, errors):
    assert word_errors(said, got) == errors


def test_unknown_words_are_left_out_of_the_score():
    facts = score([heard("[unk] make it sadder"), heard("[unk]")])
    assert facts["exact"] == 0.5
    assert facts["word_error_rate"] == 0.5


def test_unsure_words_are_no_command():
    assert is_command(heard("make it sadder", 0.8), 0.7, 0.9)
    assert not is_command(heard("make it sadder", 0.6), 0.7, 0.9)


def test_a_single_word_must_be_surer():
    assert not is_command(heard("stop", 0.8), 0.7, 0.9)
    assert is_command(heard("stop", 0.95), 0.7, 0.9)


def test_pure_noise_is_no_command():
    assert not is_command(heard("[unk] [unk]", 1.0), 0.0, 0.0)
    assert accepted_share([heard("[unk]"), heard("make it sadder")], 0.7, 0.9) == 0.5


@pytest.mark.parametrize("voice", JUDGING_VOICES)
def test_judging_voices_cannot_be_trained_on(voice, tmp_path: Path):
    with pytest.raises(ValueError, match="judging"):
        speaker(voice, tmp_path)


def test_judging_sentences_are_many_and_different():
    texts = sentences()
    assert len(texts) >= 150
    assert len(set(texts)) == len(texts)


def read(text):
    name = "out_of_scope" if text in ("chance", "snow boy") else "jam"
    return Intent(text, name, 0.9, "embedded")


WAKE_WORDS = [
    Heard("jarvis", "jam on this", 0.85, 3.0, 0.1, (0.9, 0.8, 0.85)),
    Heard("jarvis", "chance", 0.85, 3.0, 0.1, (0.85,)),
    Heard("snowboy", "snow boy", 0.95, 3.0, 0.1, (0.95, 0.95)),
    Heard("snowboy", "stop", 0.65, 3.0, 0.1, (0.65,)),
]
LIMITS = SimpleNamespace(several_words=0.8, one_word=0.6)


def test_refusal_counts_what_is_sure_and_understood_at_encores_thresholds():
    commands = [
        heard("make it sadder"),
        heard("stop", 0.5, "stop"),
        heard("stop", 0.9, "stop"),
        heard("snow boy"),
    ]
    facts = refusal(commands, {"keywords": WAKE_WORDS}, read, LIMITS, None)["mean_confidence"]
    at = facts["at_the_thresholds"]
    assert at["commands_pass"] == 1.0
    assert at["commands_acted_on"] == 0.5
    assert at["one_word_commands_pass"] == 0.5
    assert at["keywords"]["false_commands"] == 2
    assert at["all_foreign"]["share"] == 0.5
    assert at["keywords"]["per_ten_minutes"] == 100.0
    assert at["all_but_known_names"]["clips"] == 2
    assert at["all_but_known_names"]["false_commands"] == 1
    shares = [row["all_foreign_pass"] for row in facts["curve"]]
    assert shares == sorted(shares, reverse=True)


def test_the_verifier_is_measured_at_its_own_thresholds_beside_the_mean_confidence():
    verifier = Verifier({"one_word": -9.0}, 2.0, several_words=0.5, one_word=0.5)
    facts = refusal([heard("make it sadder")], {"keywords": WAKE_WORDS}, read, LIMITS, verifier)
    assert facts["verifier"]["at_the_thresholds"]["keywords"]["false_commands"] == 1
    assert facts["mean_confidence"]["at_the_thresholds"]["keywords"]["false_commands"] == 2
    assert facts["verifier"]["at_the_thresholds"]["several_words"] == 0.5


def test_the_second_opinion_counts_where_it_was_given():
    verifier = Verifier({"misfit": -1.0}, -10.0, 0.5, 0.5, usual_misfit=-12.0)
    fits, does_not = (replace(heard("make it sadder"), misfit=m) for m in (-20.0, -5.0))
    clips = {"talk": [fits, does_not, heard("make it sadder")]}
    facts = refusal([fits], clips, read, LIMITS, verifier)
    assert facts["verifier"]["at_the_thresholds"]["talk"]["false_commands"] == 2


def test_the_verifier_is_fitted_on_what_reads_as_a_command_alone():
    sure, unsure = heard("make it sadder", 0.95), heard("make it sadder", 0.5)
    sets = {
        "command_rms": [sure] * 30 + [heard("chance", 0.9)],
        "foreign_books": [unsure] * 20 + [heard("snow boy", 0.9)] * 5,
        "foreign_coffee": [unsure] * 10,
    }
    found = examples(sets, read)
    assert found is not None
    assert found.is_command.sum() == 30
    assert set(found.source) == {"rms", "books", "coffee"}
    weights, bias = fit(found.rows, found.is_command)
    scores = found.rows @ weights + bias
    assert scores[found.is_command].min() > scores[~found.is_command].max()


def test_nothing_is_fitted_on_a_handful_of_sentences():
    assert examples({"command_rms": [heard("make it sadder")] * 40}, read) is None
