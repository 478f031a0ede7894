"""What was measured is kept, and made again only when something it depends on has changed."""

import json

import numpy as np
import pytest

from skills.music.evaluation.book import Book, digest_of, key_of, plain
from skills.music.evaluation.cases import Figure


class Work:
    def __init__(self, value):
        self.value, self.done = value, 0

    def __call__(self):
        self.done += 1
        return self.value


def test_a_section_is_made_once_and_stands_in_the_report_at_once(tmp_path):
    work = Work({"speed": Figure(1.0, 0.5, float("nan")), "n": np.int64(3)})
    Book(tmp_path).section("moods/folk", "key", work)
    again = Book(tmp_path)
    assert again.section("moods/folk", "key", work)["speed"] == {
        "value": 1.0,
        "low": 0.5,
        "high": None,
    }
    assert work.done == 1
    assert json.loads((tmp_path / "report.json").read_text()) == again.report
    assert again.report["moods"]["folk"]["n"] == 3


def test_another_key_or_a_file_cut_off_is_made_again(tmp_path):
    work = Work({"x": 1})
    Book(tmp_path).section("a", "one", work)
    Book(tmp_path).section("a", "two", work)
    assert work.done == 2
    (tmp_path / "sections" / "a.json").write_text('{"key": "tw')
    Book(tmp_path).section("a", "two", work)
    assert work.done == 3


def test_answers_come_back_note_for_note_empty_ones_too(tmp_path):
    rows = [np.array([[0.0, 0.5, 60.0, 80.0]]), np.zeros((0, 4)), np.arange(8.0).reshape(2, 4)]
    work = Work(rows)
    book = Book(tmp_path)
    assert not book.has_answers("x", "key")
    book.answers("x", "key", work)
    assert book.has_answers("x", "key")
    assert not book.has_answers("x", "other")
    for stored, row in zip(book.answers("x", "key", work), rows, strict=True):
        assert stored.tolist() == row.tolist()
    assert work.done == 1


def test_without_a_folder_nothing_is_kept():
    work = Work({"x": 1})
    book = Book(None)
    book.section("a", "key", work)
    book.section("a", "key", work)
    assert work.done == 2


def test_keys_follow_values_and_files(tmp_path):
    assert key_of("a", 1) == key_of("a", 1) != key_of("a", 2)
    path = tmp_path / "code.py"
    path.write_text("one")
    before = digest_of([path, tmp_path / "missing"])
    path.write_text("two")
    assert digest_of([path]) != before


def test_values_become_what_json_holds():
    value = {"table": np.eye(2), "yes": np.True_, "odd": float("inf"), "pair": (1, 2.000001)}
    assert plain(value) == {
        "table": [[1.0, 0.0], [0.0, 1.0]],
        "yes": True,
        "odd": None,
        "pair": [1, pytest.approx(2.0)],
    }
