"""Parts that are slow to make: made when they are first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lazy(Generic[T]):
    """A part that is made when it is first needed; from any thread, once."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._part: T | None = None

    def __call__(self) -> T:
        """Return the part; a failure to make it is raised again at every call."""
        with self._lock:
            if self._part is None:
                self._part = self._make()
            return self._part

    @property
    def made(self) -> T | None:
        """The part if it has been made."""
        return self._part
