"""Runs ``rasa`` as a child that ends with its parent: ``python launch.py PARENT_PID WORDS…``.

Started by Encore with Rasa's own interpreter. The token comes by the environment
(ENCORE_RASA_TOKEN), so that no list of processes shows it. So does the name of a folder
(ENCORE_RASA_SCRATCH) that is removed at the end, whoever ends first: Rasa's temporary files.
"""

from __future__ import annotations

import os
import runpy
import shutil
import signal
import sys
import threading
import time

WATCH_S = 0.5


def end_with(parent: int, scratch: str) -> None:
    """End this process when its parent is gone; never returns."""
    while os.getppid() == parent:
        time.sleep(WATCH_S)
    forget(scratch)
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def forget(scratch: str) -> None:
    """Remove the folder of temporary files, if there is one."""
    if scratch:
        shutil.rmtree(scratch, ignore_errors=True)


def main() -> None:
    """Watch the parent in a thread and become rasa."""
    parent, words = int(sys.argv[1]), sys.argv[2:]
    scratch = os.environ.pop("ENCORE_RASA_SCRATCH", "")

    def leave(number: int, _frame: object) -> None:
        forget(scratch)
        os._exit(128 + number)

    signal.signal(signal.SIGTERM, leave)  # until the server is up: it has a way of its own
    threading.Thread(target=end_with, args=(parent, scratch), daemon=True).start()
    token = os.environ.pop("ENCORE_RASA_TOKEN", "")
    if token:
        words += ["--auth-token", token]
    sys.argv = ["rasa", *words]
    try:
        runpy.run_module("rasa", run_name="__main__", alter_sys=True)
    finally:
        forget(scratch)


if __name__ == "__main__":
    main()
