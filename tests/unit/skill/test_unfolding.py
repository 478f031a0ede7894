"""Long answers sound while they are made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from assistant.contract import Intent, Turn
from skills.music.generator.answer import SEAM_S, Answer
from skills.music.notes import Note, Phrase
from skills.music.player.clock import ManualClock
from skills.music.player.live import LivePlayer
from skills.music.player.outputs import SilentOutput
from skills.music.player.score import Score, timeline
from skills.music.stage import LiveStage, Performance
from skills.music.unfolding import MOST_SPENT, Unfolding
from tests.unit.skill.sitting import Sitting, scale


class PaperStage(LiveStage):
    """Writes down what would sound."""

    def __init__(self) -> None:
        clock = ManualClock()
        super().__init__(LivePlayer(SilentOutput(clock), clock))
        self.scores: list[Score] = []
        self.stops = 0

    def perform(self, score: Score, program: int = 0, at_s: float | None = None) -> Performance:  # noqa: ARG002
        self.scores.append(score)
        self.performance = Performance(score, program)
        return self.performance

    def stop(self) -> None:
        self.stops += 1
        super().stop()


class PaperSitting(Sitting):
    """A sitting whose stage is live."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.paper = PaperStage()
        self.stage = self.paper  # type: ignore[assignment]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[PaperSitting]:
    sitting = PaperSitting(tmp_path)
    yield sitting
    sitting.skill.close()


def test_a_long_answer_sounds_before_it_is_whole(live: PaperSitting) -> None:
    before: list[tuple[bool, float]] = []

    def between() -> None:
        (score,) = live.paper.scores
        before.append((score.is_whole, score.events[-1][0]))

    live.generator.between = between
    live.say("compose", duration_seconds=12.0)
    assert [whole for whole, _ in before] == [False, False]
    assert all(at_s < end_s for (_, at_s), end_s in zip(before, (5.0, 10.0), strict=True))
    (score,) = live.paper.scores
    assert score.is_whole
    made = live.session.history.current
    assert made is not None
    assert score.events == timeline(made.answer.phrase)


def test_a_short_answer_is_given_whole(live: PaperSitting) -> None:
    live.say("compose")
    assert [score.is_whole for score in live.paper.scores] == [True]


def test_the_same_answer_sounds_again_when_it_is_asked_for(live: PaperSitting) -> None:
    live.say("compose", duration_seconds=12.0)
    live.say("play_back")
    assert len(live.paper.scores) == 2
    assert live.paper.scores[0].events == live.paper.scores[1].events


def test_a_long_answer_made_ahead_sounds_before_it_is_whole(live: PaperSitting) -> None:
    sounds, goes_on = Event(), Event()

    def between() -> None:
        goes_on.wait(5)

    live.generator.between = between
    said = {"duration_seconds": 12.0}
    live.skill.begin_ahead(Intent("text", "compose", 1.0, "rules", said))
    talk = threading.Thread(target=lambda: live.say("compose", duration_seconds=12.0))
    talk.start()
    for _ in range(500):
        if live.paper.scores:
            sounds.set()
            break
        talk.join(0.01)
    assert sounds.is_set()
    assert not live.paper.scores[0].is_whole
    goes_on.set()
    talk.join(5)
    assert live.paper.scores[0].is_whole
    assert len(live.generator.asked) == 1


def test_what_was_heard_of_a_stopped_answer_is_kept_and_nothing_begins_again(
    live: PaperSitting,
) -> None:
    cancelled = Event()
    live.generator.between = cancelled.set
    said = {"duration_seconds": 20.0}
    live.skill.handle(Intent("text", "compose", 1.0, "rules", said), Turn(cancelled))
    (score,) = live.paper.scores
    assert score.events[-1][0] < 5.0
    kept = live.session.history.current
    assert kept is not None
    assert kept.answer.seconds == 5.0
    assert kept.answer.seed == kept.request.seed
    live.generator.between = lambda: None
    live.say("play_back")
    assert live.paper.scores[-1].events == timeline(kept.answer.phrase)
    live.say("undo")
    assert live.session.history.current is None


def test_an_answer_made_ahead_that_fails_in_its_middle_is_made_again(live: PaperSitting) -> None:
    def fail_once() -> None:
        live.generator.between = lambda: None
        raise RuntimeError("a broken network")

    live.generator.between = fail_once
    said = {"duration_seconds": 12.0}
    live.skill.begin_ahead(Intent("text", "compose", 1.0, "rules", said))
    live.say("compose", duration_seconds=12.0)
    made = live.session.history.current
    assert made is not None
    assert made.answer.seconds == 12.0
    assert live.paper.scores[-1].events == timeline(made.answer.phrase)


def test_an_answer_that_fails_in_its_middle_leaves_no_one_waiting(live: PaperSitting) -> None:
    def fail() -> None:
        raise RuntimeError("a broken network")

    live.generator.between = fail
    with pytest.raises(RuntimeError):
        live.say("compose", duration_seconds=20.0)
    assert live.paper.scores[0].is_whole
    assert live.session.history.current is None


def test_a_slow_machine_waits_until_enough_is_made() -> None:
    stage = PaperStage()
    unfolding = Unfolding(lambda: stage, Event())
    slow_s = 2 * MOST_SPENT * 5.0
    unfolding.take(Answer(scale(20.0), 5.0, 1), slow_s)
    assert not stage.scores
    unfolding.take(Answer(scale(20.0), 15.0, 1), slow_s)
    assert len(stage.scores) == 1


def test_a_stop_that_comes_as_it_begins_wins() -> None:
    cancelled, stage = Event(), PaperStage()
    stage.on_begin = cancelled.set
    unfolding = Unfolding(lambda: stage, cancelled)
    unfolding.take(Answer(scale(20.0), 5.0, 1), 0.1)
    assert stage.performance is not None
    assert stage.performance.cancelled.is_set()


@pytest.mark.parametrize(("model", "first_s"), [("5ca1e", 0.0), ("", 0.6)])
def test_who_asks_for_music_does_not_wait_for_a_rest_but_a_recording_keeps_its_own(
    model: str, first_s: float
) -> None:
    stage = PaperStage()
    late = Phrase(tuple(Note(0.6 + n / 2, 60 + n, 0.4, 80) for n in range(6)), 5.0)
    stage.present(Phrase(), Answer(late, 5.0, 1, model=model), "again")
    (score,) = stage.scores
    assert score.events[0][0] == first_s
    assert score.length_s == 5.0


def test_every_event_of_a_growing_score_is_played_once_and_in_order() -> None:
    whole = scale(12.0)
    score = Score.growing()
    for end_s in (5.0, 10.0):
        score.grow(whole, end_s - SEAM_S)
    assert score.events == [event for event in timeline(whole) if event[0] < 10.0 - SEAM_S]
    score.grow(whole)
    assert score.events == timeline(whole)
