"""Runs ``rasa`` as a child that ends with its parent: ``python launch.py PARENT_PID WORDS…``.

Started by Encore with Rasa's own interpreter. The token comes by the environment
(ENCORE_RASA_TOKEN), so that no list of processes shows it.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

WATCH_S = 0.5


def end_with(parent: int) -> None:
    """End this process when its parent is gone; never returns."""
    while os.getppid() == parent:
        time.sleep(WATCH_S)
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def main() -> None:
    """Watch the parent in a thread and become rasa."""
    parent, words = int(sys.argv[1]), sys.argv[2:]
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()
    token = os.environ.pop("ENCORE_RASA_TOKEN", "")
    if token:
        words += ["--auth-token", token]
    sys.argv = ["rasa", *words]
    runpy.run_module("rasa", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
