"""Encore listening in the virtual studio: voices and its own sound in the microphone, keys on MIDI.

What comes out of the speaker is recorded, and goes into the microphone too if it shall. Every
moment is on ``time.time`` of this machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from scipy.signal import fftconvolve

from assistant.audio_files import SPEECH_RATE_HZ, FloatSamples, resampled, write_speech
from tests.benchmarks.hands_free.recorder import RATE_HZ, Recorder, Sound
from tests.studio.ending import end_in_order
from tests.studio.studio import MICROPHONE_SINK, SPEAKER_MONITOR, VirtualStudio

ROOT = Path(__file__).resolve().parents[3]
READY_S = 180.0
"""A fresh process with torch and Rasa on a loaded machine."""
AUDIBLE = 0.01
"""Of a voice of 0.08 root mean square: the end of a word is its last sample beyond this."""
SEARCH_HZ = 8_000
"""Rate at which a clip is looked for in a recording."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Something that Encore told."""

    at_s: float
    what: str


class Encore:
    """A running ``encore listen`` and what it has told."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.said: list[str] = []
        self.stamps: list[Stamp] = []
        self.heap: dict[str, int] = {}
        """What its memory was for when it told so last: bytes held and free, Python's blocks."""
        self._log = log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.hands_free.encore_listening"],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def first(self, part: str, since_s: float, timeout_s: float = 0.0) -> Stamp | None:
        """Return the first stamp after a moment with this text; None when none comes in time."""
        give_up_s = time.monotonic() + timeout_s
        while True:
            for stamp in list(self.stamps):
                if stamp.at_s >= since_s and part in stamp.what:
                    return stamp
            if time.monotonic() > give_up_s or self.process.poll() is not None:
                return None
            time.sleep(0.02)

    def wait_until_said(self, text: str, timeout_s: float = READY_S) -> None:
        """Return when a line with this text was printed; raises AssertionError after the time."""
        give_up_s = time.monotonic() + timeout_s
        while not any(text in line for line in list(self.said)):
            if time.monotonic() > give_up_s or self.process.poll() is not None:
                raise AssertionError(f"no {text!r} in {self.said}")
            time.sleep(0.05)

    def close(self) -> None:
        """End it as a system does."""
        end_in_order(self.process)
        self._log.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told = json.loads(line)
            if "said" in told:
                self.said.append(told["said"])
            elif "heap" in told:
                self.heap = told["heap"]
            else:
                self.stamps.append(Stamp(told["at"], told["what"]))
        self.process.stdout.close()


class Rig:
    """The studio with everything in it; ``settings`` is Encore's settings file."""

    def __init__(self, settings: str, keep_s: float = 600.0) -> None:
        self._settings, self._keep_s = settings, keep_s
        self._stack = ExitStack()

    def __enter__(self) -> Rig:
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rig-")))
            studio = stack.enter_context(VirtualStudio())
            self.environment = studio.environment | {"PYTHONPATH": str(ROOT)}
            self.microphone = self._recorder(stack, f"{MICROPHONE_SINK}.monitor")
            self.speaker = self._recorder(stack, SPEAKER_MONITOR)
            self.keys = stack.enter_context(self._program("midi_player"))
            (self.folder / "settings.toml").write_text(self._settings)
            kept = {k: v for k, v in os.environ.items() if not k.startswith("ENCORE_")}
            own = {"ENCORE_HOME": str(self.folder / "home"), "OMP_NUM_THREADS": "1"}
            own |= {"ENCORE_SETTINGS": str(self.folder / "settings.toml")}
            self.encore = Encore(kept | self.environment | own, self.folder / "stderr.txt")
            stack.callback(self.encore.close)
            self.encore.wait_until_said("Listening. Say")
            self.encore.wait_until_said("Listening to the keyboard")
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def feed_back(self, gain: float, latency_ms: int = 60) -> Callable[[], None]:
        """Let the microphone hear the speaker, so much later; returns how to end it."""
        command = ("pactl", "load-module", "module-loopback", "source=speaker.monitor")
        options = (f"sink={MICROPHONE_SINK}", f"latency_msec={latency_ms}", "adjust_time=0")
        number = self._run(*command, *options).strip()
        inputs = self._run("pactl", "list", "short", "sink-inputs").splitlines()
        newest = max(int(line.split("\t")[0]) for line in inputs)
        # PulseAudio's volume is cubic
        volume = round(65536 * gain ** (1 / 3))
        self._run("pactl", "set-sink-input-volume", str(newest), str(volume))

        def end() -> None:
            self._run("pactl", "unload-module", number)

        return end

    def play_keys(self, lines: list[str]) -> None:
        """Play "TIME KIND PITCH VELOCITY" lines on the keyboard, and return when they are over."""
        assert self.keys.stdin is not None
        assert self.keys.stdout is not None
        self.keys.stdin.write("".join(f"{line}\n" for line in ("go", *lines, "end")))
        self.keys.stdin.flush()
        assert self.keys.stdout.readline().strip() == "done"

    def say(self, clip: FloatSamples) -> tuple[float, float]:
        """Say a clip (16 kHz) into the microphone; return when its first and last sounds were."""
        path = self.folder / "clip.wav"
        write_speech(clip, SPEECH_RATE_HZ, path)
        begun_s = time.time()
        self._run("paplay", f"--device={MICROPHONE_SINK}", str(path))
        time.sleep(0.15)  # until the recorder has got it all
        recorded, start_s = self.microphone.between(begun_s - 0.1, time.time())
        at_s = start_s + place_of(clip, recorded)
        audible = np.flatnonzero(np.abs(clip) > AUDIBLE)
        first, last = (float(audible[k]) / SPEECH_RATE_HZ for k in (0, -1))
        return at_s + first, at_s + last

    def _recorder(self, stack: ExitStack, source: str) -> Recorder:
        recorder = Recorder(source, self.environment, self._keep_s)
        stack.callback(recorder.close)
        return recorder

    @contextmanager
    def _program(self, name: str) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "e2e" / "studio" / f"{name}.py")],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def _run(self, *command: str) -> str:
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, text=True, timeout=60
        ).stdout


def place_of(clip: FloatSamples, recorded: Sound) -> float:
    """Return where in a recording (48 kHz) a clip (16 kHz) begins, seconds."""
    small = resampled(np.asarray(clip, np.float32), SPEECH_RATE_HZ, SEARCH_HZ)
    whole = resampled(recorded, RATE_HZ, SEARCH_HZ)
    products = fftconvolve(whole, small[::-1], mode="full")[len(small) - 1 :]
    return float(np.argmax(products)) / SEARCH_HZ
