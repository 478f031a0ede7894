"""What every test can rely on."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Take Ctrl-C as a terminal gives it: a job started in the background comes with it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
