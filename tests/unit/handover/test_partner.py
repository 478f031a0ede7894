"""The partner on a stage that is turned by hand: when answers begin, and when they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.contract import EncoreError
from skills.music.generator.answer import Answer
from skills.music.handover.entries import PATIENCE_S
from skills.music.handover.turns import Cause, Order, Phase
from skills.music.keyboard.events import Control, Stroke
from skills.music.notes import Phrase
from skills.music.request import Request
from tests.unit.handover.scene import END_S, Scene

ORDER = Order(Request())
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def test_an_armed_encore_waits_for_the_end_of_the_phrase(scene: Scene) -> None:
    scene.play(*SCALE)
    scene.partner.arm(ORDER)
    scene.play(*SCALE)
    assert scene.stage.begun == []
    scene.pass_time(END_S)
    assert len(scene.stage.begun) == 1
    assert scene.partner.phase is Phase.DUE


def test_the_answer_is_there_before_it_is_decided(scene: Scene) -> None:
    scene.partner.arm(ORDER)
    scene.play(*SCALE)
    scene.pass_time(0.2)
    drafted = len(scene.composer.asked)
    assert drafted > 0
    scene.pass_time(END_S)
    assert len(scene.composer.asked) == drafted  # nothing was left to make


def test_with_a_pulse_the_answer_begins_on_a_beat(scene: Scene) -> None:
    start_s = scene.clock.now_s
    scene.partner.arm(ORDER)
    scene.play(*SCALE, *SCALE)
    scene.pass_time(END_S)
    at_s, score = scene.stage.begun[0]
    assert at_s is not None
    assert at_s > scene.clock.now_s - 0.02
    away_s = (at_s - start_s) % 0.5
    assert min(away_s, 0.5 - away_s) < 0.02
    assert score.events[0][0] == 0.0  # the first note comes on that beat, whatever was drawn


def test_without_a_pulse_the_answer_begins_at_once(scene: Scene) -> None:
    scene.partner.arm(ORDER)
    scene.play(60, 64)
    scene.pass_time(END_S)
    at_s, _ = scene.stage.begun[0]
    assert at_s == pytest.approx(scene.clock.now_s - 0.1, abs=0.011)  # the last key went up then


def test_whoever_plays_on_before_the_beat_gets_no_stale_answer(scene: Scene) -> None:
    scene.partner.arm(ORDER)
    scene.play(*SCALE)
    scene.pass_time(END_S)
    scene.keys.take(Stroke(scene.clock.now_s, 60, 80))
    scene.partner.step()
    assert scene.stage.given_way == 1
    assert scene.partner.phase is Phase.WAITING
    assert scene.kept == []
    scene.keys.take(Stroke(scene.clock.now_s + 0.1, 60, 0))
    scene.clock.now_s += 0.1
    scene.pass_time(END_S + 0.05)
    assert len(scene.stage.begun) == 2
    assert len(scene.composer.asked[-1][0]) == 9


def test_encore_gives_way_and_keeps_what_it_played(scene: Scene) -> None:
    scene.partner.arm(ORDER)
    scene.play(*SCALE)
    scene.pass_time(END_S)
    scene.sound()
    scene.pass_time(2.0)
    scene.keys.take(Stroke(scene.clock.now_s, 60, 80))
    scene.partner.step()
    assert scene.stage.given_way == 1
    assert scene.partner.phase is Phase.IDLE
    assert len(scene.kept) == 1
    assert scene.said == ["Here are five seconds."]


def test_encore_goes_on_softly_where_that_is_liked() -> None:
    scene = Scene("soft")
    scene.partner.arm(ORDER)
    scene.play(*SCALE)
    scene.pass_time(END_S)
    scene.sound()
    scene.pass_time(2.0)
    scene.keys.take(Stroke(scene.clock.now_s, 60, 80))
    scene.partner.step()
    assert scene.stage.given_way == 0
    assert scene.stage.player.loudness < 1.0
    scene.partner.close()


def test_the_pedal_hands_over_in_the_midst_of_playing(scene: Scene) -> None:
    scene.partner.pedal.number = 66
    scene.play(*SCALE, beat_s=0.3)
    scene.keys.take(Stroke(scene.clock.now_s, 60, 80))
    scene.keys.take(Control(scene.clock.now_s, 66, 127))
    scene.partner.step()
    assert len(scene.stage.begun) == 1  # with a draft that misses no more than the last key
    scene.sound()
    assert scene.partner.entries.timings[0].cause is Cause.PEDAL


def test_the_pedal_takes_an_old_draft_of_the_phrase_where_no_newer_one_is_made(
    scene: Scene,
) -> None:
    scene.partner.pedal.number = 66
    scene.play(*SCALE, beat_s=0.3)
    scene.play(*SCALE, *SCALE, beat_s=0.3, drafting=False)  # the machine is too busy
    scene.keys.take(Control(scene.clock.now_s, 66, 127))
    scene.partner.step()
    assert not scene.stage.begun  # a newer one may be nearly made
    scene.pass_time(PATIENCE_S + 0.01, drafting=False)
    assert len(scene.stage.begun) == 1


def test_a_draft_that_takes_long_is_finished_while_the_player_plays_on(scene: Scene) -> None:
    scene.partner.pedal.number = 66
    scene.play(*SCALE[:5], beat_s=0.3, drafting=False)
    scene.drafts.making, scene.drafts._job = scene.drafts._job, None  # it takes seconds
    assert scene.drafts.making is not None
    scene.play(*SCALE, *SCALE, beat_s=0.3, drafting=False)  # a key is down longer than QUIET_S
    assert not scene.drafts._cancelled.is_set()
    scene.pass_time(2.0, drafting=False)  # a real pause: what was played is drafted anew
    assert scene.drafts._cancelled.is_set()


def test_the_pedal_never_takes_a_draft_of_another_phrase(scene: Scene) -> None:
    scene.partner.pedal.number = 66
    scene.play(*SCALE, beat_s=0.3)
    scene.pass_time(4.0)
    scene.play(*SCALE, *SCALE, beat_s=0.3, drafting=False)
    scene.keys.take(Control(scene.clock.now_s, 66, 127))
    scene.pass_time(1.0, drafting=False)
    assert not scene.stage.begun
    scene.drafts.work()
    scene.partner.step()
    assert len(scene.stage.begun) == 1


def test_a_pedal_is_learnt_and_told(scene: Scene) -> None:
    learnt: list[int] = []
    scene.partner.on_pedal_learnt = learnt.append
    scene.partner.pedal.learn()
    scene.keys.take(Control(scene.clock.now_s, 67, 127))
    scene.partner.step()
    assert learnt == [67]
    assert scene.stage.begun == []


def test_turns_are_taken_until_somebody_says_stop(scene: Scene) -> None:
    scene.play(60, 62, 64)
    scene.pass_time(2.0)
    scene.partner.arm(Order(Request(), again=True))
    scene.pass_time(2.0)
    assert scene.stage.begun == []  # what was played before the jam is no turn
    for turn in (1, 2, 3):
        scene.play(*SCALE)
        scene.pass_time(END_S)
        assert len(scene.stage.begun) == turn
        scene.sound()
        scene.end_answer()
        scene.pass_time(1.0)
    scene.partner.disarm()
    scene.play(*SCALE)
    scene.pass_time(2.0)
    assert len(scene.stage.begun) == 3
    assert len(scene.kept) == 3


def test_bars_are_traded_at_the_bar_whatever_is_played(scene: Scene) -> None:
    start_s = scene.clock.now_s
    scene.partner.arm(Order(Request(bars=2), again=True, bars=2))
    scene.play(*SCALE[:7])
    scene.pass_time(0.2)
    at_s, score = scene.stage.begun[0]
    assert at_s == pytest.approx(start_s + 4.0, abs=0.05)  # two bars of four beats at 0.5 s
    assert score.length_s == pytest.approx(4.0, abs=0.1)


def test_a_long_answer_begins_with_its_opening_and_grows(scene: Scene) -> None:
    scene.partner.arm(Order(Request(seconds=20.0)))
    scene.play(*SCALE)
    scene.pass_time(END_S)
    _, score = scene.stage.begun[0]
    scene.pass_time(0.05)
    assert score.is_whole
    assert score.length_s == pytest.approx(20.0)
    first, rest = scene.composer.asked[-2:]
    assert len(rest[0]) > len(first[0])  # the rest continues phrase and opening
    scene.sound()
    assert scene.kept[0].answer.seconds == pytest.approx(20.0)
    times = [at for at, _ in score.events]
    assert times == sorted(times)


def test_what_is_moved_against_the_phrase_is_made_in_one_piece(scene: Scene) -> None:
    scene.partner.arm(Order(Request(seconds=20.0, register_shift=12)))
    scene.play(*SCALE)
    scene.pass_time(END_S)
    assert scene.composer.asked[-1][1].seconds == 20.0
    assert scene.stage.begun[0][1].is_whole


def test_a_command_that_says_now_waits_for_no_end(scene: Scene) -> None:
    scene.play(*SCALE)
    scene.partner.take_over(ORDER)
    scene.pass_time(0.05)
    assert len(scene.stage.begun) == 1


def test_an_answer_that_cannot_be_made_is_told_once(scene: Scene) -> None:
    scene.composer.error = EncoreError("The model is damaged.")
    scene.partner.arm(ORDER)
    scene.play(*SCALE)
    scene.pass_time(2 * END_S)
    assert scene.said == ["The model is damaged."]
    assert scene.partner.phase is Phase.IDLE


def test_a_phrase_that_ended_before_the_order_is_answered(scene: Scene) -> None:
    scene.play(*SCALE)
    scene.pass_time(END_S + 0.1)
    scene.partner.arm(ORDER)
    scene.pass_time(0.05)
    assert len(scene.stage.begun) == 1


def test_an_answer_that_was_drafted_in_the_silence_is_ready(scene: Scene) -> None:
    scene.play(*SCALE)
    scene.pass_time(1.0)
    assert scene.partner.ready_draft(Request()) is not None
    assert scene.partner.ready_draft(Request(mood="happy")) is None
    scene.keys.take(Stroke(scene.clock.now_s, 60, 80))
    assert scene.partner.ready_draft(Request()) is None


def test_where_nothing_can_sound_answers_are_written_and_told(tmp_path: Path) -> None:
    class Paper:
        def __init__(self) -> None:
            self.titles: list[str] = []

        def present(self, phrase: Phrase, answer: Answer, title: str) -> tuple[Path, ...]:
            assert len(phrase) == 8
            assert answer.seconds == 20.0
            self.titles.append(title)
            return (tmp_path / "answer.mid",)

    scene, paper = Scene(), Paper()
    scene.partner.entries._stage = lambda: paper  # type: ignore[assignment, return-value]
    scene.partner.arm(Order(Request(seconds=20.0), ("calm",)))
    scene.play(*SCALE)
    scene.pass_time(END_S + 0.1)
    assert paper.titles == ["calm"]
    assert scene.said == [f"Here are twenty seconds, calm.\n  {tmp_path / 'answer.mid'}"]
    assert scene.partner.phase is Phase.IDLE
    assert len(scene.kept) == 1
    scene.partner.close()
