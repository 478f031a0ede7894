"""Keeps what native libraries write on stderr for the log: users get a sentence instead."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)


@contextmanager
def captured_stderr(who: str) -> Iterator[None]:
    """Send the process's stderr to the log for the length of a (short) block."""
    with tempfile.TemporaryFile() as store:
        before = os.dup(2)
        os.dup2(store.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(before, 2)
            os.close(before)
            store.seek(0)
            if said := store.read().decode("utf-8", "replace").strip():
                log.debug("%s: %s", who, said)
