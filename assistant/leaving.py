"""Leaving in order: doors are closed first; where a driver keeps them the program ends anyway."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

LEAVES_S = 20.0
"""Closing all doors may take so long after a signal: a warm-up may be waited for 15 s."""
AGAIN_S = 1.0
"""A second signal ends the program at once, so long after the first: keys bounce."""
INTERRUPTED = 130


def end_anyway(status: int) -> threading.Timer:
    """End the program in ``LEAVES_S``, whatever holds it then, unless the timer is cancelled.

    A driver whose sound server has died may never give a stream back.
    """
    end = threading.Timer(LEAVES_S, os._exit, (status,))
    end.daemon = True
    end.start()
    return end


class _Watch:
    """Sees signals in a thread of its own: the main one may be inside a driver that never returns.

    Until then no handler of Python's runs there.
    """

    def __init__(self) -> None:
        self.numbers: set[int] = set()
        """Signals that end the program."""
        self._ends: dict[int, threading.Timer] = {}
        self._seen_s = float("inf")
        reader, writer = socket.socketpair()
        writer.setblocking(False)
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        self._kept = writer
        threading.Thread(target=self._read, args=(reader,), name="signals", daemon=True).start()

    def forgive(self, number: int) -> None:
        """Let the program go on although this signal came; it ends it no more."""
        self.numbers.discard(number)
        if end := self._ends.pop(number, None):
            end.cancel()

    def _read(self, reader: socket.socket) -> None:
        with suppress(OSError):
            while seen := reader.recv(1):
                if seen[0] in self.numbers:
                    self._see(seen[0])

    def _see(self, number: int) -> None:
        if number in self._ends and time.monotonic() - self._seen_s > AGAIN_S:
            os._exit(128 + number)
        self.end_anyway(number)

    def end_anyway(self, number: int) -> None:
        """End the program a while after this signal, whatever happens until then."""
        if number not in self._ends:
            self._seen_s = time.monotonic()
            self._ends[number] = end_anyway(128 + number)


_watch: _Watch | None = None


def _watched() -> _Watch:
    """Return the one watch of this program; main thread only."""
    global _watch
    if _watch is None:
        _watch = _Watch()
    return _watch


def leave_in_order() -> None:
    """Let a signal that ends the program close its doors first: no note hangs, no child stays."""

    def leave(number: int, _frame: FrameType | None) -> None:
        _watched().end_anyway(number)  # a prompt may have taken the descriptor that wakes the watch
        raise SystemExit(128 + number)

    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                _watched().numbers.add(number)
                signal.signal(number, leave)


@contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C end this block, and the program where it cannot be left; main thread only.

    Pressed again it ends the program at once.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # ignored, or somebody's own
        return
    watch = _watched()
    watch.numbers.add(signal.SIGINT)
    try:
        yield
    finally:
        watch.forgive(signal.SIGINT)
