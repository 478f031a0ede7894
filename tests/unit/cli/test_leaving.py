"""A signal ends the program in order, and also where something never lets go."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

LEAVES = """
import sys, threading, time
from assistant import leaving

leaving.LEAVES_S = {leaves_s}
leaving.leave_in_order()
try:
    with leaving.ended_by_ctrl_c():
        try:
            print("ready", flush=True)
            time.sleep(60)
        finally:
            {closing}
            print("closed", flush=True)
except KeyboardInterrupt:
    time.sleep(1)  # all is closed: nothing ends the program behind its back
    sys.exit(leaving.INTERRUPTED)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    ("closing", "leaves_s", "told"),
    [("pass", 30.0, "closed"), ("threading.Thread(target=time.sleep, args=(60,)).run()", 0.5, "")],
)
def test_a_signal_ends_the_program_even_where_a_driver_never_returns(
    closing: str, leaves_s: float, told: str, number: signal.Signals
) -> None:
    program = LEAVES.format(closing=closing, leaves_s=leaves_s)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(timeout=20) == 128 + number
        assert process.stdout.read().strip() == told


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_signal_ends_the_program_also_where_a_prompt_took_what_wakes_the_watch() -> None:
    closing = "threading.Thread(target=time.sleep, args=(60,)).run()"
    program = LEAVES.format(closing=closing, leaves_s=0.5).replace(
        'print("ready"', '__import__("signal").set_wakeup_fd(-1); print("ready"'
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 128 + signal.SIGTERM


STUCK = """
import ctypes, sys, threading
from assistant import leaving

leaving.LEAVES_S, leaving.AGAIN_S = {leaves_s}, 0.0
leaving.leave_in_order()
with leaving.ended_by_ctrl_c():
    print("ready", flush=True)
    lock = ctypes.create_string_buffer(64)  # a driver: native code that waits for itself
    libc = ctypes.CDLL(None)
    libc.pthread_mutex_lock(lock)
    libc.pthread_mutex_lock(lock)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="its native code is Linux's")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("leaves_s", "times"), [(0.3, 1), (60.0, 2)])
def test_a_signal_ends_a_program_that_is_stuck_in_a_driver_and_a_second_one_at_once(
    leaves_s: float, times: int, number: signal.Signals
) -> None:
    program = STUCK.format(leaves_s=leaves_s)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(times):
            time.sleep(0.3)
            process.send_signal(number)
        assert process.wait(timeout=20) == 128 + number
