"""The second opinion on a sentence's sound: what it adds up, and where it decides."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from assistant.contract import Intent, ModelError
from assistant.ears.second_opinion import LEAST_MISFIT, MOST_MISFIT, SecondOpinion
from assistant.ears.verifier import FILE, Verifier
from assistant.ears.vosk_recogniser import HeardWord

SOUND = np.zeros(16000, np.int16)
WORDS = [HeardWord("go", 0.0, 0.3, 0.9), HeardWord("on", 0.3, 0.6, 0.9)]
GO_ON = Intent("go on", "continue", 0.9, "embedded")


@pytest.fixture
def vosk(monkeypatch):
    """A recogniser whose models are the results that they give."""

    class Fake:
        def __init__(self, model, _rate_hz):
            self._results = list(model)

        def SetWords(self, _on): ...  # noqa: N802

        def SetMaxAlternatives(self, _count): ...  # noqa: N802

        def AcceptWaveform(self, _data):  # noqa: N802
            return len(self._results) > 1

        def Result(self):  # noqa: N802
            return self._results.pop(0)

        FinalResult = Result

    monkeypatch.setitem(sys.modules, "vosk", SimpleNamespace(KaldiRecognizer=Fake))


def best(likelihood: float, *lengths_s: float) -> str:
    words = [{"word": "x", "start": 1.0, "end": 1.0 + length_s} for length_s in lengths_s]
    return json.dumps({"alternatives": [{"confidence": likelihood, "text": "x", "result": words}]})


@pytest.mark.usefixtures("vosk")
def test_the_misfit_is_what_free_phones_gain_per_second_of_words():
    opinion = SecondOpinion([best(90.0, 0.5, 0.5)], [best(70.0, 0.9)])
    assert opinion.misfit(SOUND) == pytest.approx(-20.0)
    parted = SecondOpinion([best(40.0, 0.5), best(20.0, 0.5)], [best(65.0, 0.9)])
    assert parted.misfit(SOUND) == pytest.approx(5.0)


@pytest.mark.usefixtures("vosk")
@pytest.mark.parametrize("nothing", [best(0.0), '{"text": ""}'])
def test_a_sound_without_words_fits_worst_and_extremes_are_bounded(nothing):
    assert SecondOpinion([nothing], [best(70.0, 0.9)]).misfit(SOUND) == MOST_MISFIT
    assert SecondOpinion([best(900.0, 0.1)], [best(7.0, 0.1)]).misfit(SOUND) == LEAST_MISFIT


def test_a_model_without_the_graph_of_phones_gives_no_opinion(tmp_path):
    assert SecondOpinion.beside(tmp_path, None) is None


def test_a_model_whose_files_are_missing_is_told_in_one_sentence(tmp_path):
    (tmp_path / "opinion").mkdir()
    with pytest.raises(ModelError, match=r"^The speech model .* is damaged: .*\.$"):
        SecondOpinion.beside(tmp_path, None)


def verifier(bias: float) -> Verifier:
    return Verifier({"misfit": -0.2}, bias, 0.5, 0.5, usual_misfit=-10.0)


def test_the_opinion_lets_pass_what_fits_and_refuses_what_does_not():
    assert verifier(-2.5).accepts(WORDS, GO_ON, lambda: -20.0)
    assert not verifier(-2.5).accepts(WORDS, GO_ON, lambda: -5.0)


def test_without_a_sound_the_usual_misfit_is_taken():
    assert verifier(-1.5).accepts(WORDS, GO_ON)
    assert not verifier(-2.5).accepts(WORDS, GO_ON)


@pytest.mark.parametrize(("bias", "passes"), [(20.0, True), (-20.0, False)])
def test_nobody_is_asked_where_the_answer_is_certain(bias, passes):
    def never() -> float:
        raise AssertionError("asked")

    assert verifier(bias).accepts(WORDS, GO_ON, never) is passes
    assert not verifier(0.0).accepts([HeardWord("[unk]", 0.0, 0.3, 0.9)], GO_ON, never)


def test_the_usual_misfit_is_read_from_the_file(tmp_path):
    facts = {"weights": {}, "bias": 0, "thresholds": {"several_words": 1, "one_word": 1}}
    (tmp_path / FILE).write_text(json.dumps(facts | {"usual_misfit": -9.5}))
    found = Verifier.beside(tmp_path)
    assert found is not None
    assert found.usual_misfit == -9.5
