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
    """What the speakers were given since it was opened, one channel, with times."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._parts: list[bytes] = []
        self._frames = 0
        self._start_s = float("inf")
        self.has_begun = threading.Event()
        self._thread = threading.Thread(target=self._read, name="loopback", daemon=True)
        self._thread.start()

    def sound(self) -> Sound:
        """Return what was heard so far."""
        data = b"".join(self._parts)
        samples = np.frombuffer(data[: len(data) // 2 * 2], dtype=np.int16)
        return samples.astype(np.float32) / np.float32(32768)

    def first_loud_s(self, since_s: float, level: float = LOUD) -> float | None:
        """Return when sound began after a time of ``time.perf_counter``; None when none did.

        The recorder's own delay (a few milliseconds) is in it.
        """
        sound = self.sound()
        at = max(int((since_s - self._start_s) * RATE_HZ), 0)
        loud = np.flatnonzero(np.abs(sound[at:]) > level)
        return self._start_s + (at + int(loud[0])) / RATE_HZ if len(loud) else None

    def _read(self) -> None:
        assert self._process.stdout is not None
        while part := self._process.stdout.read1(65536):  # type: ignore[attr-defined]
            now_s = time.perf_counter()
            self._parts.append(part)
            self._frames += len(part) // 2
            # The quickest delivery tells best when the first frame was played.
            self._start_s = min(self._start_s, now_s - self._frames / RATE_HZ)
            self.has_begun.set()


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
