"""The line of answers: how far back it reaches."""

from __future__ import annotations

from skills.music.generator.answer import Answer
from skills.music.notes import Note, Phrase
from skills.music.request import Request
from skills.music.session import KEPT, History, Version

PHRASE = Phrase((Note(0.0, 60, 1.0, 80),))


def history_of(answers: int) -> History:
    history = History()
    for seed in range(answers):
        history.add(Version(PHRASE, Request(seed=seed), Answer(PHRASE, 5.0, seed)))
    return history


def test_the_last_hundred_answers_are_kept_and_older_ones_let_go() -> None:
    history = history_of(KEPT + 20)
    assert len(history.alternatives) == KEPT
    steps = 0
    while history.undo():
        steps += 1
    assert steps == KEPT


def test_undo_and_redo_meet_again_after_old_answers_were_let_go() -> None:
    history = history_of(KEPT + 5)
    newest = history.current
    assert history.undo()
    assert history.undo()
    assert history.redo()
    assert history.redo()
    assert history.current is newest
    assert not history.redo()


def test_a_new_answer_after_undo_drops_what_was_undone() -> None:
    history = history_of(KEPT + 5)
    history.undo()
    history.add(Version(PHRASE, Request(seed=7), Answer(PHRASE, 5.0, 999)))
    assert history.current is not None
    assert history.current.answer.seed == 999
    assert not history.redo()
