"""Comparing Rasa's pipelines: what is held out, what is trained, how answers are judged."""

from __future__ import annotations

import pytest
import yaml

from assistant.understanding import compare_pipelines
from assistant.understanding.ablation import in_fold
from assistant.understanding.compare_pipelines import PIPELINES, Cell, judge, measure
from assistant.understanding.training_data import LanguageData

TRUE_SPANS = [[3, 4, "mood"]]
SURE = [["adjust", 0.9], ["out_of_scope", 0.1]]


def told(*asked):
    """Return what Rasa's side writes about a cell."""
    talk = ["my brother sells cars", "out_of_scope", [], [["out_of_scope", 1.0]], []]
    return {"learned": 10, "train_s": 2.0, "parse_ms": 1.0, "asked": [*asked, talk]}


def test_each_template_is_held_out_by_exactly_one_fold():
    for number in range(200):
        assert sum(in_fold(f"template {number}", fold, 3) for fold in range(3)) == 1


def test_answer_with_other_parameters_is_no_exact_match(language: LanguageData):
    right = ["make it more cheerful", "adjust", TRUE_SPANS, SURE, TRUE_SPANS]
    named = ["zanzibar it is", "save", [[0, 1, "name"]], [["save", 1.0]], [[2, 3, "name"]]]
    assert judge(told(right), language)["exact"] == 1.0
    shares = judge(told(right, named), language)
    assert shares["intent"] == 1.0
    assert shares["exact"] == 0.5


def test_talk_that_became_a_command_is_a_ghost(language: LanguageData):
    right = ["make it more cheerful", "adjust", TRUE_SPANS, SURE, TRUE_SPANS]
    ghost = ["my sister sells cars", "out_of_scope", [], SURE, []]
    shares = judge(told(right, ghost), language)
    assert shares["ghosts"] == 0.5
    assert shares["alone"] == pytest.approx(2 / 3)


def test_cell_that_has_answers_is_not_trained_again(tmp_path, monkeypatch):
    cell = Cell("words", 6, 0, 1)
    cell.file(tmp_path).write_text("{}", encoding="utf-8")
    monkeypatch.setattr(compare_pipelines, "rasa_python", lambda _: pytest.fail("it was trained"))
    measure([cell], tmp_path)


@pytest.mark.parametrize("name", PIPELINES)
def test_pipeline_is_there_to_be_compared(name):
    parts = yaml.safe_load(PIPELINES[name].read_text(encoding="utf-8"))["pipeline"]
    assert parts[0]["name"] == "WhitespaceTokenizer"
