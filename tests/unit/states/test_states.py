"""The stream of states, and the line that shows it."""

from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from assistant.states import State, StateEvent, States
from assistant.status_line import line_of, status_line


def collected(states: States) -> list[StateEvent]:
    events: list[StateEvent] = []
    states.subscribe(events.append)
    return events


def test_a_turn_is_told_from_sleep_to_sleep() -> None:
    states = States()
    events = collected(states)
    with states.during(State.LISTENING):
        states.heard("make it")
        states.heard("make it sadder")
        states.heard("")
    with states.during(State.THINKING):
        pass
    with states.during(State.SPEAKING, "Here it is."):
        pass
    assert [(e.state, e.text) for e in events] == [
        (State.ASLEEP, ""),
        (State.LISTENING, ""),
        (State.HEARD, "make it"),
        (State.HEARD, "make it sadder"),
        (State.LISTENING, ""),
        (State.ASLEEP, ""),
        (State.THINKING, ""),
        (State.ASLEEP, ""),
        (State.SPEAKING, "Here it is."),
        (State.ASLEEP, ""),
    ]


def test_music_that_plays_is_shown_again_when_nothing_more_telling_goes_on() -> None:
    states = States()
    states.begin(State.PLAYING)
    with states.during(State.LISTENING):
        assert states.now.state is State.LISTENING
        assert states.now.going_on == {State.PLAYING, State.LISTENING}
    assert states.now.state is State.PLAYING
    states.end(State.PLAYING)
    assert states.now.state is State.ASLEEP


def test_the_same_thing_begun_twice_is_one_event_and_ends_once() -> None:
    states = States()
    events = collected(states)
    states.begin(State.PLAYING)
    states.begin(State.PLAYING)
    states.end(State.PLAYING)
    states.end(State.PLAYING)
    assert [e.state for e in events] == [State.ASLEEP, State.PLAYING, State.ASLEEP]


def test_a_listener_that_fails_is_left_out_and_stops_nobody() -> None:
    states = States()
    calls = []

    def fails(event: StateEvent) -> None:
        calls.append(event)
        raise OSError("the terminal is gone")

    states.subscribe(fails)
    events = collected(states)
    states.begin(State.THINKING)
    assert len(calls) == 1
    assert [e.state for e in events] == [State.ASLEEP, State.THINKING]


def test_a_listener_that_leaves_hears_nothing_more() -> None:
    states = States()
    events: list[StateEvent] = []
    leave = states.subscribe(events.append)
    leave()
    leave()
    states.begin(State.PLAYING)
    assert len(events) == 1


def test_many_threads_leave_the_stream_in_order() -> None:
    states = States()
    events = collected(states)

    def work(state: State) -> None:
        for number in range(200):
            states.begin(state, str(number))
        states.end(state)

    threads = [threading.Thread(target=work, args=(s,)) for s in (State.PLAYING, State.HEARD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states.now.state is State.ASLEEP
    times = [e.at_s for e in events]
    assert times == sorted(times)
    heard = [int(e.text) for e in events if e.state is State.HEARD]
    assert heard == sorted(heard)
    assert heard[-1] == 199


def test_an_event_is_plain_json_for_a_page() -> None:
    states = States(clock=lambda: 1.23456)
    states.begin(State.PLAYING)
    states.heard("stop")
    assert states.now.to_json() == {
        "at_s": 1.235,
        "state": "heard",
        "text": "stop",
        "going_on": ["heard", "playing"],
    }


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (StateEvent(0, State.ASLEEP), "asleep"),
        (StateEvent(0, State.HEARD, "make it"), 'heard "make it"'),
        (
            StateEvent(0, State.LISTENING, going_on=frozenset({State.LISTENING, State.PLAYING})),
            "listening · playing",
        ),
        (StateEvent(0, State.PLAYING, going_on=frozenset({State.PLAYING})), "playing"),
        (StateEvent(0, State.SPEAKING, "Saved."), "speaking: Saved."),
        (StateEvent(0, State.HEARD, "w" * 59 + " stop"), 'heard "…' + "w" * 55 + ' stop"'),
    ],
)
def test_the_line_says_what_goes_on(event: StateEvent, line: str) -> None:
    assert line_of(event) == line


def test_the_line_is_drawn_on_a_terminal_and_gone_afterwards() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=60, _environ={"TERM": "xterm"})
    states = States()
    with status_line(states, console):
        states.heard("make it sadder")
        states.begin(State.PLAYING)
    drawn = screen.getvalue()
    assert 'heard "make it sadder"' in drawn
    assert drawn.rstrip().endswith("\x1b[2K") or "\x1b[2K" in drawn.rsplit("heard", 1)[1]
    count = drawn.count("heard")
    states.heard("more")
    assert screen.getvalue().count("heard") == count


def test_nothing_is_drawn_where_no_person_looks() -> None:
    screen = io.StringIO()
    states = States()
    with status_line(states, Console(file=screen, force_terminal=False)):
        states.heard("make it sadder")
    assert screen.getvalue() == ""
