"""Hears what the speakers are given, where the system offers that: proof that sound comes out."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from assistant.contract import DeviceError

RATE_HZ = 48_000
RECORDER = "parec"
"""Comes with PulseAudio, and with PipeWire's stand-in for it."""
MONITOR = "@DEFAULT_MONITOR@"
LATENCY_MS = 5
STARTS_S = 5.0
LOUD = 0.005
"""Share of full scale above which something sounds."""

Sound = npt.NDArray[np.float32]


class Loopback:
    """What the speakers were given since it was opened, one channel, part by part."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._parts: list[tuple[float, bytes]] = []
        """When a part came, and its samples."""
        self.has_begun = threading.Event()
        threading.Thread(target=self._read, name="loopback", daemon=True).start()

    def first_loud_s(self, since_s: float, level: float = LOUD) -> float | None:
        """Return when sound came back after a time of ``time.perf_counter``; None when none did.

        It is when the recorder handed it out: the recorder's own delay (some LATENCY_MS) is in it.
        """
        for came_s, data in tuple(self._parts):
            if came_s >= since_s and np.abs(_samples(data)).max(initial=0.0) > level:
                return came_s
        return None

    def _read(self) -> None:
        assert self._process.stdout is not None
        odd = b""
        while part := self._process.stdout.read1(65536):  # type: ignore[attr-defined]
            whole = odd + part
            odd = whole[len(whole) // 2 * 2 :]
            self._parts.append((time.perf_counter(), whole[: len(whole) // 2 * 2]))
            self.has_begun.set()


def _samples(data: bytes) -> Sound:
    return np.frombuffer(data, dtype=np.int16).astype(np.float32) / np.float32(32768)


@contextlib.contextmanager
def loopback() -> Iterator[Loopback]:
    """Hear the speakers while the block runs; raises DeviceError where there is no way to."""
    if shutil.which(RECORDER) is None:
        raise DeviceError("There is no loop-back of the speakers here.")
    command = [RECORDER, f"--device={MONITOR}", f"--rate={RATE_HZ}", "--channels=1", "--raw"]
    command += ["--format=s16le", f"--latency-msec={LATENCY_MS}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        heard = Loopback(process)
        if not heard.has_begun.wait(STARTS_S):
            raise DeviceError("The loop-back of the speakers gives nothing.")
        yield heard
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
