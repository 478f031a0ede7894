"""A signal ends the program in order, and also where something never lets go."""

from __future__ import annotations

import signal
import subprocess
import sys

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
