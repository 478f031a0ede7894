"""The memory of a program that runs for days."""

from __future__ import annotations

import ctypes
import sys

import pytest

from assistant import steady_memory
from assistant.steady_memory import keep_memory_together


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
