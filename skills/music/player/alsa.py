"""Keeps ALSA's own remarks off the terminal: it writes one line to stderr for every underrun."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

LIBRARY = "libasound.so.2"
HANDLER = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)
"""file, line, function, error number, format (its values follow and are not looked at)."""


@HANDLER  # type: ignore[untyped-decorator, unused-ignore]
def _nothing(_file: bytes, _line: int, _function: bytes, _error: int, _format: bytes) -> None:
    """Write nothing."""


@cache
def quiet_alsa() -> bool:
    """Let ALSA write nothing in this process; False where there is no ALSA."""
    if sys.platform != "linux":
        return False
    try:
        ctypes.CDLL(LIBRARY).snd_lib_error_set_handler(_nothing)
    except (OSError, AttributeError):
        return False
    return True
