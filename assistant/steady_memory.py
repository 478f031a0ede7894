"""Keeps the memory of a program that runs for days from being torn into pieces."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress
from functools import cache
from typing import Any

from assistant.states import State, StateEvent

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Numbers of glibc's ``mallopt``."""
ARENAS = 2
BIG_BYTES = 256 * 1024
"""Blocks of this size and more are given back to the system when they are freed."""
LOOSE_BYTES = 8 * 1024 * 1024


def keep_memory_together() -> None:
    """Let threads share memory, where the system's allocator is glibc's; call it early, once.

    By itself it gives nearly every thread a region of its own, of which it gives nothing back, and
    soon takes even megabytes from there. Encore makes threads for each sound and each answer.
    """
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):  # another libc has none of this
        mallopt = _libc().mallopt
        mallopt(M_ARENA_MAX, ARENAS)
        mallopt(M_MMAP_THRESHOLD, BIG_BYTES)
        mallopt(M_TRIM_THRESHOLD, LOOSE_BYTES)


def set_aside_what_lasts() -> None:
    """Let Python's collector leave alone what is there now; call it when all is loaded.

    It looks for cycles among all objects only when a quarter more have come: with the 450,000 of
    words and models that took hours, and what ended streams held went on being held.
    """
    gc.collect()
    gc.freeze()
    gc.collect()  # what was counted last is what a quarter is taken of


def give_back_asleep(event: StateEvent) -> None:
    """Return freed pages to the system whenever Encore falls asleep (1 ms); a listener of states.

    Pages freed between others that are still in use stay with the process otherwise: an hour of
    commands kept 22 MB that way.
    """
    if event.state is State.ASLEEP and sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            _libc().malloc_trim(0)


@cache
def _libc() -> Any:
    """Return what the process is linked with; each time anew it would leave types behind."""
    return ctypes.CDLL(None)
