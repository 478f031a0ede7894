"""Whose turn it is, event by event."""

from __future__ import annotations

from skills.music.handover.turns import Cause, Move, Order, Phase, Turns
from skills.music.request import Request

ORDER = Order(Request())
JAM = Order(Request(), again=True)


def waiting(order: Order = ORDER) -> Turns:
    turns = Turns()
    assert turns.arm(order) is None
    return turns


def answering(order: Order = ORDER, cause: Cause = Cause.END) -> Turns:
    turns = waiting(order)
    assert turns.decide(cause) is Move.ENTER
    turns.entered(10.0)
    return turns


def test_without_an_order_the_end_of_a_phrase_means_nothing() -> None:
    turns = Turns()
    assert turns.decide(Cause.END) is None
    assert turns.phase is Phase.IDLE


def test_an_armed_encore_comes_in_when_the_phrase_is_over() -> None:
    turns = waiting()
    assert turns.decide(Cause.END) is Move.ENTER
    assert turns.phase is Phase.DUE
    turns.entered(10.0)
    assert turns.phase is Phase.ANSWERING
    turns.finished()
    assert turns.phase is Phase.IDLE


def test_the_pedal_needs_no_order() -> None:
    turns = Turns()
    assert turns.decide(Cause.PEDAL, ORDER) is Move.ENTER
    assert turns.answering_order() is ORDER


def test_whoever_plays_on_before_the_beat_calls_the_answer_off() -> None:
    turns = waiting()
    turns.decide(Cause.END)
    assert turns.struck(10.0) is Move.CALL_OFF
    assert turns.phase is Phase.WAITING


def test_a_last_note_after_the_pedal_calls_nothing_off() -> None:
    turns = Turns()
    turns.decide(Cause.PEDAL, ORDER)
    assert turns.struck(10.0) is None
    assert turns.phase is Phase.DUE


def test_encore_gives_way_to_a_player_who_comes_back() -> None:
    turns = answering()
    assert turns.struck(20.0) is Move.GIVE_WAY
    assert turns.phase is Phase.IDLE


def test_a_player_who_had_not_finished_is_answered_at_the_real_end() -> None:
    turns = answering()
    assert turns.struck(10.4) is Move.GIVE_WAY
    assert turns.phase is Phase.WAITING
    assert turns.decide(Cause.END) is Move.ENTER


def test_a_jam_goes_on_until_somebody_says_stop() -> None:
    turns = answering(JAM)
    turns.finished()
    assert turns.phase is Phase.WAITING
    assert turns.decide(Cause.END) is Move.ENTER
    turns.entered(30.0)
    assert turns.struck(40.0) is Move.GIVE_WAY
    assert turns.phase is Phase.WAITING
    assert turns.disarm() is None
    assert turns.decide(Cause.END) is None


def test_the_pedal_also_takes_the_turn_back() -> None:
    turns = answering(JAM)
    assert turns.decide(Cause.PEDAL, ORDER) is Move.GIVE_WAY
    assert turns.phase is Phase.WAITING


def test_stop_calls_off_what_is_due() -> None:
    turns = waiting()
    turns.decide(Cause.END)
    assert turns.disarm() is Move.CALL_OFF
    assert turns.phase is Phase.IDLE


def test_an_end_that_was_called_off_is_entered_no_more() -> None:
    turns = waiting()
    turns.decide(Cause.END)
    turns.struck(10.0)
    turns.entered(10.1)
    assert turns.phase is Phase.WAITING


def test_an_answer_that_never_sounds_is_an_answer_all_the_same() -> None:
    turns = waiting()
    turns.decide(Cause.END)
    turns.finished()  # it was written into a file
    assert turns.phase is Phase.IDLE
    assert turns.order is None
