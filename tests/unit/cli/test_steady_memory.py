"""The memory of a program that runs for days."""

from __future__ import annotations

import ctypes
import gc
import sys
import weakref
from collections.abc import Iterator

import pytest

from assistant import steady_memory
from assistant.states import State, StateEvent, States
from assistant.steady_memory import (
    give_back_asleep,
    keep_memory_together,
    set_aside_what_lasts,
)


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    """Look for the system's library in each test anew."""
    steady_memory._libc.cache_clear()
    yield
    steady_memory._libc.cache_clear()


def test_another_libc_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    keep_memory_together()


def test_the_allocator_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []

    class Libc:
        @staticmethod
        def mallopt(what: int, value: int) -> int:
            told.append((what, value))
            return 1

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: Libc)
    keep_memory_together()
    assert dict(told)[steady_memory.M_ARENA_MAX] == steady_memory.ARENAS
    assert dict(told)[steady_memory.M_MMAP_THRESHOLD] == steady_memory.BIG_BYTES


def test_freed_memory_is_given_back_each_time_encore_falls_asleep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pads: list[int] = []

    class Libc:
        @staticmethod
        def malloc_trim(pad: int) -> int:
            pads.append(pad)
            return 1

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: Libc)
    states = States()
    states.subscribe(give_back_asleep)
    before = len(pads)
    with states.during(State.PLAYING):
        states.begin(State.LISTENING)
        states.end(State.LISTENING)
        assert len(pads) == before
    assert len(pads) == before + 1


def test_falling_asleep_leaves_no_garbage() -> None:
    event = StateEvent(0.0, State.ASLEEP)
    give_back_asleep(event)
    gc.collect()
    give_back_asleep(event)
    assert gc.collect() == 0


class Ring:
    """Lies in a cycle."""

    def __init__(self) -> None:
        self.own = self


def left_to_the_collector() -> weakref.ref[Ring]:
    """Make many things after a cycle is not used any more; the collector comes by itself."""
    ring = Ring()
    kept = weakref.ref(ring)
    gc.collect(1)
    del ring
    new = [[number] for number in range(95_000)]
    del new
    return kept


def test_cycles_are_found_although_much_was_loaded() -> None:
    loaded = [[number] for number in range(400_000)]
    gc.collect()
    assert left_to_the_collector()() is not None  # as it was
    set_aside_what_lasts()
    try:
        assert left_to_the_collector()() is None
    finally:
        gc.unfreeze()
    assert len(loaded) == 400_000
