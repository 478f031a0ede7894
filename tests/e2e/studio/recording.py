"""Listens to the studio's speaker and compares sounds."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import correlate

Sound = npt.NDArray[np.float64]
RATE_HZ = 48_000


class Recording:
    """What came out of the speaker, one channel; there when the recording has ended."""

    def __init__(self) -> None:
        self.sound: Sound = np.zeros(0)


@contextmanager
def speaker_recorded(environment: dict[str, str]) -> Iterator[Recording]:
    """Record the speaker while the block runs."""
    command = ["parec", "--device=speaker.monitor", f"--rate={RATE_HZ}", "--channels=1"]
    recording = Recording()
    with tempfile.NamedTemporaryFile() as store:
        process = subprocess.Popen(
            [*command, "--format=s16le", "--latency-msec=10", "--raw"],
            env=environment,
            stdout=store,
        )
        try:
            while not Path(store.name).stat().st_size:  # it has not begun
                time.sleep(0.01)
            yield recording
        finally:
            process.terminate()
            process.wait()
            data = Path(store.name).read_bytes()
            recording.sound = np.frombuffer(data[: len(data) // 2 * 2], dtype=np.int16) / 32768


def likeness(wanted: Sound, recorded: Sound) -> float:
    """Return the correlation, 0..1, of a sound with its best place in a recording."""
    products = correlate(recorded, wanted, mode="valid", method="fft")
    place = int(np.argmax(np.abs(products)))
    part = recorded[place : place + len(wanted)]
    return float(abs(np.dot(part, wanted)) / np.sqrt(np.dot(part, part) * np.dot(wanted, wanted)))


def heard_share(
    wanted: Sound, recorded: Sound, rate_hz: int = RATE_HZ, piece_s: float = 0.25
) -> float:
    """Return the share of a sound's pieces, 0..1, that are in a recording, each whole.

    A busy machine tears a sound apart and puts silence between: all but the torn piece is there.
    """
    size = round(piece_s * rate_hz)
    pieces = [wanted[at : at + size] for at in range(0, len(wanted) - size, size)]
    sounding = [piece for piece in pieces if np.abs(piece).max() > 0.02]
    return float(np.mean([likeness(piece, recorded) > 0.9 for piece in sounding]))


def sounding_s(recorded: Sound, threshold: float = 0.01) -> tuple[float, float]:
    """Return when sound begins and ends in a recording, seconds; raises when there is none."""
    loud = np.flatnonzero(np.abs(recorded) > threshold)
    if not len(loud):
        raise AssertionError("nothing sounded")
    return float(loud[0]) / RATE_HZ, float(loud[-1]) / RATE_HZ
