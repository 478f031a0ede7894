"""What a speaker keeps of the sound that it has played."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from assistant.mouth.speaker import Speaker

RATE_HZ = 48_000


class Stream:
    """A stream of sounddevice, which lies in a cycle with its callback."""

    def __init__(self, **options: Any) -> None:
        self.callback = options["callback"]
        self.own = self

    def start(self) -> None:
        self.callback(np.zeros((512, 2)), 512, None, None)

    def close(self, ignore_errors: bool = True) -> None:
        pass


@pytest.fixture(autouse=True)
def no_collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in hours in which Python's collector does not look at what is old."""
    library = SimpleNamespace(
        OutputStream=Stream,
        CallbackStop=StopIteration,
        query_devices=lambda _device, _kind: {"default_samplerate": RATE_HZ},
    )
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    gc.disable()
    yield
    gc.enable()


def test_sound_that_is_over_is_given_up_at_once() -> None:
    speaker, sound = Speaker(), np.ones(RATE_HZ, np.float32)
    kept = weakref.ref(sound)
    speaker.play(sound, RATE_HZ)
    assert speaker.is_playing()
    del sound
    assert kept() is not None
    speaker.stop()
    assert kept() is None


def test_next_sound_takes_the_place_of_the_last() -> None:
    speaker, sound = Speaker(), np.ones(RATE_HZ, np.float32)
    kept = weakref.ref(sound)
    speaker.play(sound, RATE_HZ)
    del sound
    speaker.play(np.ones(RATE_HZ, np.float32), RATE_HZ)
    assert kept() is None
