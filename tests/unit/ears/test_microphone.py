"""The system's microphone on streams of a test: unplugged, at another rate, busy, too slow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assistant.contract import DeviceError
from assistant.ears import microphone as module
from assistant.ears.microphone import (
    BACK,
    BUSY,
    GONE,
    NO_LIBRARY,
    NONE,
    QUEUE_BLOCKS,
    SystemMicrophone,
)

Take = Callable[[bytes], None]


class Plug:
    """A device: hands out streams while it is there."""

    def __init__(self, rate_hz: int = 16_000) -> None:
        self.rate_hz = rate_hz
        self.there = True
        self.opened = 0
        self.closed = 0
        self.take: Take = lambda _block: None

    def open(self, _device: str, take: Take) -> tuple[Any, int]:
        if not self.there:
            raise DeviceError(NONE)
        self.opened += 1
        self.take = take
        return self, self.rate_hz

    def close(self) -> None:
        self.closed += 1


def block(value: int, frames: int = 320) -> bytes:
    return np.full(frames, value, dtype=np.int16).tobytes()


def test_blocks_come_in_order_until_it_is_closed() -> None:
    plug = Plug()
    microphone = SystemMicrophone(open_stream=plug.open)
    for value in (1, 2, 3):
        plug.take(block(value))
    microphone.close()
    assert [int(chunk[0]) for chunk in microphone.chunks()] == [1, 2, 3]
    assert plug.closed == 1


def test_a_microphone_that_was_unplugged_is_told_and_heard_again() -> None:
    plug, told = Plug(), []

    def notify(sentence: str) -> None:
        told.append(sentence)
        if sentence == GONE:
            plug.there = False
            looks = iter([False, False, True])

            def open_later(device: str, take: Take) -> tuple[Any, int]:
                plug.there = next(looks)
                return plug.open(device, take)

            microphone._open_stream = open_later
        else:
            plug.take(block(2))

    microphone = SystemMicrophone(notify=notify, open_stream=plug.open, silent_s=0.02, look_s=0.001)
    plug.take(block(1))
    chunks = microphone.chunks()
    assert int(next(chunks)[0]) == 1
    assert int(next(chunks)[0]) == 2
    assert told == [GONE, BACK]
    microphone.close()
    assert list(chunks) == []


@pytest.mark.parametrize(("rate_hz", "warnings"), [(8_000, 1), (11_025, 0), (48_000, 0)])
def test_a_microphone_that_sounds_like_a_telephone_is_told(rate_hz: int, warnings: int) -> None:
    told: list[str] = []
    SystemMicrophone(notify=told.append, open_stream=Plug(rate_hz).open).close()
    assert len(told) == warnings
    assert all("8000 hertz" in sentence for sentence in told)


def test_a_driver_that_keeps_a_dead_stream_does_not_keep_the_ears(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CLOSES_S", 0.01)
    kept, told = threading.Event(), []
    plug = Plug()
    monkeypatch.setattr(plug, "close", kept.wait)

    def notify(sentence: str) -> None:
        told.append(sentence)
        plug.take(block(2))

    microphone = SystemMicrophone(notify=notify, open_stream=plug.open, silent_s=0.02, look_s=0.001)
    assert int(next(microphone.chunks())[0]) == 2
    microphone.close()
    assert told == [GONE, BACK]
    kept.set()


def test_closing_ends_the_search_for_a_microphone_that_is_gone() -> None:
    plug = Plug()

    def notify(_sentence: str) -> None:
        plug.there = False
        microphone.close()

    microphone = SystemMicrophone(notify=notify, open_stream=plug.open, silent_s=0.01, look_s=0.001)
    assert list(microphone.chunks()) == []


def test_a_device_of_another_rate_is_resampled_into_blocks_of_20_ms() -> None:
    plug = Plug(48_000)
    microphone = SystemMicrophone(open_stream=plug.open)
    times = np.arange(48_000) / 48_000
    tone = (np.sin(2 * np.pi * 440 * times) * 8000).astype(np.int16)
    for at in range(0, 48_000, 960):
        plug.take(tone[at : at + 960].tobytes())
    microphone.close()
    chunks = list(microphone.chunks())
    assert {len(chunk) for chunk in chunks} == {320}
    sound = np.concatenate(chunks)
    assert len(sound) > 14_000
    peak = np.argmax(np.abs(np.fft.rfft(sound[:8000].astype(float)))) * 2
    assert peak == pytest.approx(440, abs=3)


def test_whoever_falls_behind_loses_the_oldest_sound() -> None:
    plug = Plug()
    microphone = SystemMicrophone(open_stream=plug.open)
    for value in range(QUEUE_BLOCKS + 10):
        plug.take(block(value))
    microphone.close()
    heard = [int(chunk[0]) for chunk in microphone.chunks()]
    assert heard[-1] == QUEUE_BLOCKS + 9
    assert microphone.lost_blocks == 11


class PortAudioError(Exception):
    """Of a library that is not there."""


class FakeSounddevice:
    """PortAudio with one device of 44.1 kHz that takes no other rate."""

    PortAudioError = PortAudioError

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.rates: list[int] = []

    def query_devices(self, _device: str | None, _kind: str) -> dict[str, float]:
        return {"default_samplerate": 44_100.0}

    def RawInputStream(self, *, samplerate: int, **_more: Any) -> Plug:  # noqa: N802
        self.rates.append(samplerate)
        if self.failure:
            raise self.failure
        if samplerate != 44_100:
            raise PortAudioError("Invalid sample rate [PaErrorCode -9997]", -9997)
        plug = Plug()
        plug.start = lambda: None  # type: ignore[attr-defined]
        return plug


def test_a_device_that_refuses_the_rate_of_speech_is_opened_at_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = FakeSounddevice()
    monkeypatch.setitem(__import__("sys").modules, "sounddevice", fake)
    assert module.open_input_stream("", lambda _block: None)[1] == 44_100
    assert fake.rates == [16_000, 44_100]


@pytest.mark.parametrize(
    ("failure", "device", "sentence"),
    [
        (PortAudioError("Device unavailable [PaErrorCode -9985]", -9985), "", BUSY),
        (ValueError("No input device matching 'x'"), "x", "There is no microphone called 'x'."),
        (PortAudioError("Error querying device -1"), "", NONE),
        (OSError("PortAudio library not found"), "", NO_LIBRARY),
        (
            ValueError("Multiple input devices found for 'usb':\n[1] usb a\n[2] usb b"),
            "usb",
            "Several microphones have 'usb' in their names: write more of the name.",
        ),
    ],
)
def test_why_it_cannot_be_opened_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, device: str, sentence: str
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sounddevice", FakeSounddevice(failure))
    with pytest.raises(DeviceError) as told:
        SystemMicrophone(device)
    assert str(told.value) == sentence
