"""What every test can rely on."""

from __future__ import annotations

import signal

from hypothesis import settings


def pytest_configure() -> None:
    """Take Ctrl-C as a terminal gives it: a job started in the background comes with it ignored.

    Examples may take their time: on a busy machine one of 200 ms says nothing.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.register_profile("encore", deadline=None)
    settings.load_profile("encore")
