"""Leaving in order: doors are closed first; where a driver keeps them the program ends anyway."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LEAVES_S = 20.0
"""Closing all doors may take so long after a signal: a warm-up may be waited for 15 s."""
INTERRUPTED = 130


def end_anyway(status: int) -> threading.Timer:
    """End the program in ``LEAVES_S``, whatever holds it then, unless the timer is cancelled.

    A driver whose sound server has died may never give a stream back.
    """
    end = threading.Timer(LEAVES_S, os._exit, (status,))
    end.daemon = True
    end.start()
    return end


def leave_in_order() -> None:
    """Let a signal that ends the program close its doors first: no note hangs, no child stays."""

    def leave(number: int, _frame: FrameType | None) -> None:
        end_anyway(128 + number)
        raise SystemExit(128 + number)

    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, leave)


@contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C end this block, and the program where it cannot be left; main thread only."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # ignored, or somebody's own
        return
    ends: list[threading.Timer] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        ends.append(end_anyway(INTERRUPTED))
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for end in ends:
            end.cancel()
