"""Steps: done once, again when their inputs change, and taken up again after a stop."""

import io
from pathlib import Path

import pytest

from scripts.setup.console import Console, NotNowError
from scripts.setup.stamps import Stamp, fingerprint
from scripts.setup.steps import Step, Street


class Work:
    """A step that counts how often it worked, and does what it is told."""

    def __init__(self, stamp: Path) -> None:
        self.times = 0
        self.inputs = "first"
        self.whole = True
        self.trouble: BaseException | None = None
        self.stamp = Stamp(stamp)
        self.told = io.StringIO()

    def make(self) -> None:
        self.times += 1
        if self.trouble is not None:
            raise self.trouble

    def run(self, retry: bool = False) -> int:
        inputs, whole = (lambda: self.inputs), (lambda: self.whole)
        step = Step("Bells", self.stamp, inputs, self.make, whole, "two of them")
        return Street(Console(self.told, explain=retry), retry).run([step])


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path / "stamps" / "bells")


def test_step_works_once(work: Work) -> None:
    assert [work.run(), work.run()] == [1, 0]
    assert work.times == 1


def test_step_works_again_when_its_inputs_change(work: Work) -> None:
    work.run()
    work.inputs = "second"
    assert work.run() == 1


def test_step_works_again_when_what_it_made_is_gone(work: Work) -> None:
    work.run()
    work.whole = False
    assert work.run() == 1


def test_step_that_was_stopped_half_way_is_done_again(work: Work) -> None:
    work.run()
    work.inputs = "second"
    work.trouble = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        work.run()
    work.inputs = "first"  # even the inputs of the last whole one do not count any more
    work.trouble = None
    assert work.run() == 1


def test_part_that_cannot_be_had_is_told_and_does_not_stop_the_rest(work: Work) -> None:
    work.trouble = NotNowError("There are no bells here.")
    work.run()
    assert "There are no bells here." in work.told.getvalue()


def test_part_that_cannot_be_had_is_not_tried_at_every_start(work: Work) -> None:
    work.trouble = NotNowError("There are no bells here.")
    assert [work.run(), work.run(), work.run()] == [1, 0, 0]
    assert work.told.getvalue().count("There are no bells here.") == 3


def test_asking_for_set_up_tries_again_at_once(work: Work) -> None:
    work.trouble = NotNowError("There are no bells here.")
    work.run()
    work.trouble = None
    assert work.run(retry=True) == 1
    assert work.run() == 0


def test_reason_is_forgotten_after_the_waiting_time(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "stamp")
    stamp.put_off("inputs", 1000.9, "no network today")
    assert stamp.put_off_reason("inputs", 1000.9, wait_s=100.0) == "no network today"
    assert stamp.put_off_reason("inputs", 1099.0, wait_s=100.0) == "no network today"
    assert stamp.put_off_reason("inputs", 1100.0, wait_s=100.0) is None
    assert stamp.put_off_reason("others", 1001.0, wait_s=100.0) is None


@pytest.mark.parametrize("content", ["", "done", "later x", "later inputs noon reason", "\xff"])
def test_damaged_stamp_counts_as_none(tmp_path: Path, content: str) -> None:
    stamp = Stamp(tmp_path / "stamp")
    stamp.path.write_bytes(content.encode("latin-1"))
    assert not stamp.is_done("inputs")
    assert stamp.put_off_reason("inputs", 0.0, 1.0) is None


def test_fingerprint_tells_missing_empty_and_moved_content_apart(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    both_missing = fingerprint([one, two])
    one.write_text("a")
    two.write_text("")
    first_full = fingerprint([one, two])
    one.write_text("")
    two.write_text("a")
    assert len({both_missing, first_full, fingerprint([one, two]), fingerprint([one])}) == 4


def test_progress_says_which_step_of_how_many(work: Work) -> None:
    work.run()
    assert work.told.getvalue().startswith("[1/1] Bells (two of them) …\n[1/1] Bells: done in ")
