"""How long a stroke takes from Encore to the ear: measured once, used to be on the beat.

With a microphone that hears the speakers (a loop-back) clicks are sent and found again; else the
player taps along. The figure lies beside the takes in the data folder.
"""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from assistant.contract import DeviceError, InputError
from skills.music.files import make_folder, written_whole
from skills.music.player.clock import Clock
from skills.music.player.live import LivePlayer

Samples = npt.NDArray[np.float32]

FILE_NAME: Final = "calibration.json"
CLICKS, EVERY_S, LEAD_S = 8, 0.5, 0.5
CLICK_PITCH, CLICK_VELOCITY, CLICK_CHANNEL = 76, 127, 9
FEWEST: Final = 5
"""So many clicks must be found, or taps come, for a figure."""
MOST_S: Final = 0.4
"""A longer delay belongs to the next click."""
SPREAD_S: Final = 0.015
TAP_SPREAD_S: Final = 0.04
"""Delays that differ by more (median distance to the median) are no measurement."""
LOUDER: Final = 6.0
"""A click rises above what the microphone hears before it by this factor …"""
FAINT: Final = 1e-3
"""… and above this share of full scale."""
NOISE_S = 0.1
NO_LOOPBACK: Final = (
    "The microphone does not hear the speakers, so the delay cannot be measured that way. "
    "Turn them up, or tap along: encore calibrate --tap."
)
NO_TAPS: Final = (
    "Too few steady taps came. Tap any key of the keyboard with every click, then again."
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The delay of an output."""

    latency_s: float
    """From sending a stroke to its sound."""
    spread_s: float
    """Median distance of the single delays from it."""
    way: Literal["loop-back", "taps"]
    count: int
    output: str


def stored(folder: Path) -> Calibration | None:
    """Return what was measured last; None before, or when the file is damaged."""
    try:
        numbers = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return Calibration(**numbers)
    except (OSError, ValueError, TypeError):
        return None


def stored_latency_s(folder: Path, output: str = "") -> float:
    """Return the delay of an output in seconds; 0.0 where it was never measured."""
    found = stored(folder)
    return found.latency_s if found is not None and output in ("", found.output) else 0.0


def store(calibration: Calibration, folder: Path) -> Path:
    """Keep a measurement; returns the file. Raises InputError when it cannot be written."""
    make_folder(folder)
    path = folder / FILE_NAME
    with written_whole(path) as part:
        part.write_text(json.dumps(asdict(calibration)) + "\n", encoding="utf-8")
    return path


def forget(folder: Path) -> None:
    """Drop what was measured; InputError when it is there and cannot be deleted."""
    path = folder / FILE_NAME
    if not path.exists():
        return
    try:
        path.unlink()
    except OSError as error:
        raise InputError(f"{path} cannot be deleted: {error.strerror}.") from error


def from_recording(
    sound: Samples, rate_hz: int, starts_s: float, sent_s: Sequence[float], input_s: float
) -> list[float]:
    """Return the delays of the clicks that are heard in a recording.

    ``sound`` is (samples,) and its first sample came in at ``starts_s`` of the clock on which the
    clicks were sent; ``input_s``: how long the microphone itself takes.
    """
    delays = []
    for at_s in sent_s:
        begin = round((at_s - starts_s) * rate_hz)
        before = sound[max(begin - round(NOISE_S * rate_hz), 0) : max(begin, 0)]
        after = np.abs(sound[max(begin, 0) : max(begin + round(MOST_S * rate_hz), 0)])
        floor = max(float(np.abs(before).max(initial=0.0)) * LOUDER, FAINT)
        if len(after) and after.max() > floor:
            rise = max(floor, 0.2 * float(after.max()))
            delays.append(int(np.argmax(after > rise)) / rate_hz - input_s)
    return delays


def from_taps(clicks_s: Sequence[float], taps_s: Sequence[float]) -> list[float]:
    """Return how late each tap is after the click nearest to it."""
    grid = np.array(clicks_s)
    delays = [float(t - grid[np.argmin(np.abs(grid - t))]) for t in taps_s] if len(grid) else []
    return [d for d in delays if abs(d) < MOST_S]


def judged(
    delays: Sequence[float], way: Literal["loop-back", "taps"], output: str
) -> Calibration | None:
    """Return the delay that most measurements agree on; None when they do not."""
    if len(delays) < FEWEST:
        return None
    middle = float(np.median(delays))
    spread = float(np.median(np.abs(np.array(delays) - middle)))
    if spread > (SPREAD_S if way == "loop-back" else TAP_SPREAD_S):
        return None
    return Calibration(round(max(middle, 0.0), 4), round(spread, 4), way, len(delays), output)


def click_times(player: LivePlayer, clicks: int = CLICKS, every_s: float = EVERY_S) -> list[float]:
    """Send clicks and return when each one was sent, on the player's clock."""
    clock, first_s, sent = player.clock, player.clock.now() + LEAD_S, []
    for number in range(clicks):
        _wait(clock, first_s + number * every_s)
        sent.append(clock.now())
        player.strike(CLICK_PITCH, CLICK_VELOCITY, CLICK_CHANNEL)
        _wait(clock, clock.now() + 0.05)
        player.release(CLICK_PITCH, CLICK_CHANNEL)
    _wait(clock, clock.now() + MOST_S)
    return sent


def by_loopback(player: LivePlayer, microphone: str = "") -> Calibration:
    """Measure with the microphone; raises DeviceError with a sentence when that cannot be."""
    with _Recording(microphone) as recording:
        sent = click_times(player)
    sound, starts_s = recording.sound()
    delays = from_recording(sound, recording.rate_hz, starts_s, sent, recording.input_s)
    found = judged(delays, "loop-back", player.output.name)
    if found is None:
        raise DeviceError(NO_LOOPBACK)
    return found


def by_taps(
    player: LivePlayer, taps: Callable[[], Sequence[float]], clicks: int = 16
) -> Calibration:
    """Measure with a player's taps; ``taps`` returns their times when the clicks are over."""
    sent = click_times(player, clicks, 0.6)
    found = judged(from_taps(sent[4:], taps()), "taps", player.output.name)
    if found is None:
        raise DeviceError(NO_TAPS)
    return found


def _wait(clock: Clock, until_s: float) -> None:
    while (left_s := until_s - clock.now()) > 0.0:
        clock.sleep(left_s)


class _Recording:
    """The microphone, with the time of its first sample on ``time.perf_counter``."""

    def __init__(self, microphone: str) -> None:
        self._blocks: queue.SimpleQueue[tuple[float, Samples]] = queue.SimpleQueue()
        try:
            import sounddevice

            device = microphone or None
            self.rate_hz = int(sounddevice.query_devices(device, "input")["default_samplerate"])
            self._stream = sounddevice.InputStream(
                samplerate=self.rate_hz,
                blocksize=256,
                device=device,
                channels=1,
                dtype="float32",
                latency="low",
                callback=self._take,
            )
            self.input_s = float(self._stream.latency)
        except Exception as error:  # PortAudioError is an Exception
            raise DeviceError(
                "There is no microphone, so the delay cannot be measured that way. "
                "Tap along: encore calibrate --tap."
            ) from error

    def __enter__(self) -> _Recording:
        self._stream.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close(ignore_errors=True)

    def _take(self, block: Any, _frames: int, _time: Any, _status: Any) -> None:
        self._blocks.put((time.perf_counter(), block[:, 0].copy()))

    def sound(self) -> tuple[Samples, float]:
        """Return the samples (n,) and when the first one came in: blocks are never early."""
        blocks: list[Samples] = []
        starts_s, samples = [], 0
        while not self._blocks.empty():
            came_s, block = self._blocks.get()
            samples += len(block)
            starts_s.append(came_s - samples / self.rate_hz)
            blocks.append(block)
        if not blocks:
            return np.zeros(0, dtype=np.float32), 0.0
        return np.concatenate(blocks), min(starts_s)
