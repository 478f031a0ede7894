"""Ending a program as a system does."""

from __future__ import annotations

import subprocess


def end_in_order(process: subprocess.Popen[str], within_s: float = 30.0) -> None:
    """Ask a program to leave, and make it leave when it does not in time."""
    process.terminate()
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
