"""The second opinion on a sentence's sound: what it adds up, and where it decides."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from assistant.contract import Intent, ModelError
from assistant.ears.confidence import Following
from assistant.ears.heard import CommandHeard
from assistant.ears.listener import Listener
from assistant.ears.second_opinion import LEAST_MISFIT, MOST_MISFIT, SecondOpinion, sound_of
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


def test_the_sound_of_words_is_cut_out_of_the_blocks_with_a_little_around_it():
    blocks = [np.full(1600, at, np.int16) for at in range(40)]  # 0.1 s each, the last ends at 9 s
    words = [HeardWord("go", 6.25, 6.6, 0.9), HeardWord("on", 6.6, 7.2, 0.9)]
    cut = sound_of(words, blocks, 9.0)
    assert len(cut) == round((7.2 + 0.3 - 6.25 + 0.25) * 16000)
    assert (cut[0], cut[-1]) == (10, 24)
    assert len(sound_of(words, blocks[-25:], 9.0)) == 16000  # the sound before was not kept


def test_the_sound_is_asked_for_where_the_verifier_wants_an_opinion():
    heard = []

    def opinion(sound) -> float:
        heard.append(len(sound))
        return -20.0

    following = Following(verifier(-2.5), lambda _text: GO_ON, opinion)
    assert following.accepts(WORDS, sound=lambda: SOUND)
    assert heard == [len(SOUND)]
    assert not following.accepts(WORDS)
    assert not Following(verifier(-2.5), lambda _text: GO_ON).accepts(WORDS, sound=lambda: SOUND)


def test_the_ears_hand_over_the_sound_of_a_sentence_without_a_call():
    class Stream:
        taken = 0

        def accept(self, _block):
            self.taken += 1
            return []

        def partial(self):
            return "go on" if self.taken > 17 else ""

        def finish(self):
            return [replace(w, start_s=w.start_s + 1, end_s=w.end_s + 1) for w in WORDS]

    heard = []
    following = Following(
        verifier(-2.5), lambda _text: GO_ON, lambda sound: heard.append(len(sound)) or -20.0
    )
    ears = Listener(Stream(), "maestro", following=following)
    ears.open()
    events = [event for _ in range(30) for event in ears.hear(SOUND[:1600])]
    assert any(isinstance(event, CommandHeard) for event in events)
    assert heard[0] == pytest.approx((0.6 + 0.25 + 0.3) * 16000, abs=2)
