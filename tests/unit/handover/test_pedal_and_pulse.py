"""The pedal that hands over, the beats an answer can enter on, and the entry itself."""

from __future__ import annotations

import pytest

from skills.music.generator.answer import Answer
from skills.music.handover.entry import as_loud_as, brought_forward, entering
from skills.music.handover.pedal import HandoverPedal
from skills.music.handover.pulse import CablePulse, Pulse, is_alive, pulse_of
from skills.music.keyboard.events import ClockTick, Control, Pedal, Played, Stroke
from skills.music.notes import Note, Phrase
from skills.music.request import Request


def presses(pedal: HandoverPedal, *events: Played) -> list[bool]:
    return [pedal.pressed(event) for event in events]


def test_a_pedal_counts_once_when_it_goes_down() -> None:
    pedal = HandoverPedal(67)
    events = [Control(0.0, 67, v) for v in (10, 80, 127, 90, 0, 127)]
    assert presses(pedal, *events) == [False, True, False, False, False, True]
    assert presses(pedal, Control(1.0, 66, 127), Stroke(1.0, 60, 80)) == [False, False]


def test_the_next_pedal_is_learnt_and_hands_nothing_over_yet() -> None:
    pedal = HandoverPedal()
    pedal.learn()
    assert presses(pedal, Stroke(0.0, 60, 80), Control(0.0, 11, 20)) == [False, False]
    assert pedal.is_learning
    assert presses(pedal, Control(1.0, 66, 127), Control(1.2, 66, 0), Control(2.0, 66, 127)) == [
        False,
        False,
        True,
    ]
    assert pedal.number == 66


def test_the_sustain_pedal_can_be_learnt_where_there_is_no_other() -> None:
    pedal = HandoverPedal()
    pedal.learn()
    events = [Pedal(0.0, True), Pedal(0.5, False), Pedal(1.0, True)]
    assert presses(pedal, *events) == [False, False, True]
    pedal.forget()
    assert presses(pedal, Pedal(2.0, False), Pedal(3.0, True)) == [False, False]


def test_the_next_beat_is_one_that_can_still_be_met() -> None:
    pulse = Pulse(100.0, 0.5)
    assert pulse.next_s(101.1) == pytest.approx(101.5)
    assert pulse.next_s(101.4999) == pytest.approx(102.0)
    assert pulse.next_s(90.2) == pytest.approx(90.5)
    assert pulse.nearest_s(101.7) == pytest.approx(101.5)


def test_a_pulse_dies_in_the_silence() -> None:
    assert is_alive(Pulse(0.0, 0.5), 10.0, 11.9)
    assert not is_alive(Pulse(0.0, 0.5), 10.0, 12.1)
    assert not is_alive(Pulse(0.0, 2.0), 10.0, 14.5)


def test_a_steady_phrase_tells_its_beats_on_the_clock() -> None:
    notes = [Note(i * 0.5, 60 + i % 5, 0.4, 90 if i % 2 == 0 else 60) for i in range(24)]
    pulse = pulse_of(Phrase(tuple(notes)), 1000.0)
    assert pulse is not None
    assert pulse.beat_s == pytest.approx(0.5, rel=0.02) or pulse.beat_s == pytest.approx(1, 0.02)
    away = (pulse.next_s(1012.2) - 1000.0) % 0.5
    assert min(away, 0.5 - away) < 0.03


def test_no_notes_have_no_pulse() -> None:
    assert pulse_of(Phrase(), 0.0) is None
    assert pulse_of(Phrase((Note(0.0, 60, 1.0, 80),)), 0.0) is None


def test_a_clock_on_the_cable_gives_its_beats_exactly() -> None:
    cable = CablePulse()
    cable.take(ClockTick(9.9, "start"))
    tick_s = 0.5 / 24
    for i in range(60):
        cable.take(ClockTick(10.0 + i * tick_s, "clock"))
    pulse = cable.pulse(10.0 + 60 * tick_s)
    assert pulse is not None
    assert pulse.beat_s == pytest.approx(0.5)
    assert pulse.next_s(11.2) == pytest.approx(11.5)
    assert cable.pulse(13.0) is None  # it has stopped without saying so
    cable.take(ClockTick(11.3, "stop"))
    assert cable.pulse(11.3) is None


LATE = Phrase((Note(0.5, 60, 0.5, 60), Note(0.52, 64, 1.0, 60), Note(1.5, 67, 0.5, 60)), 3.0)


def test_the_first_chord_is_brought_to_the_beat_and_the_rest_stays() -> None:
    music = brought_forward(LATE)
    assert [(n.onset_s, round(n.end_s, 2)) for n in music.notes] == [
        (0.0, 1.0),
        (0.0, 1.52),
        (1.5, 2.0),
    ]
    assert music.length_s == 3.0
    assert brought_forward(Phrase()) == Phrase()


def test_an_answer_is_as_loud_as_the_player() -> None:
    loud = Phrase(tuple(Note(float(i), 60, 0.5, 80) for i in range(4)))
    assert {n.velocity for n in as_loud_as(LATE, loud).notes} == {80}
    answer = Answer(LATE, 3.0, seed=1)
    assert {n.velocity for n in entering(answer, loud, Request()).phrase.notes} == {80}
    assert {n.velocity for n in entering(answer, loud, Request(mood="sad")).phrase.notes} == {60}
