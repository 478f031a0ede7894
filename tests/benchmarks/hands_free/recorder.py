"""Records a source of the studio with the moment of every sample."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000
BLOCK = 480
"""Samples read at a time: 10 ms."""
WITHIN = 500
"""Blocks of which the promptest one tells the time: the others waited for a processor."""

Sound = npt.NDArray[np.float32]


class Recorder:
    """Keeps what comes out of a source, from ``begin_s`` on, until ``close``; for any thread."""

    def __init__(self, source: str, environment: Mapping[str, str], keep_s: float = 600.0) -> None:
        self._keep = round(keep_s * RATE_HZ / BLOCK)
        self._blocks: list[Sound] = []
        self._late_s: list[float] = []
        """When each block came, less its place in the stream."""
        self._dropped = 0
        self._lock = threading.Lock()
        command = ["parec", f"--device={source}", f"--rate={RATE_HZ}", "--channels=1"]
        self._process = subprocess.Popen(
            [*command, "--format=float32le", "--latency-msec=10", "--raw"],
            env=dict(environment),
            stdout=subprocess.PIPE,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def between(self, begin_s: float, end_s: float) -> tuple[Sound, float]:
        """Return the sound between two moments of ``time.time``, and when its first sample was."""
        with self._lock:
            blocks, late_s, dropped = list(self._blocks), list(self._late_s), self._dropped
        if not blocks:
            return np.zeros(0, np.float32), begin_s
        middle = int((begin_s - late_s[-1]) * RATE_HZ / BLOCK) - dropped
        near = late_s[max(middle - WITHIN, 0) : middle + WITHIN] or late_s[-WITHIN:]
        start_s = min(near)
        first = max(int((begin_s - start_s) * RATE_HZ / BLOCK) - dropped, 0)
        last = max(int((end_s - start_s) * RATE_HZ / BLOCK) - dropped, 0)
        chosen = blocks[first:last]
        sound = np.concatenate(chosen) if chosen else np.zeros(0, np.float32)
        return sound, start_s + (first + dropped) * BLOCK / RATE_HZ

    def close(self) -> None:
        """End the recording; what was recorded stays."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        number = 0
        while len(data := self._process.stdout.read(4 * BLOCK)) == 4 * BLOCK:
            number += 1
            now_s = time.time()
            with self._lock:
                self._blocks.append(np.frombuffer(data, np.float32))
                self._late_s.append(now_s - number * BLOCK / RATE_HZ)
                if len(self._blocks) > self._keep:
                    del self._blocks[0], self._late_s[0]
                    self._dropped += 1
