"""A click in time, on the output that answers sound on: bars begin with an accent."""

from __future__ import annotations

import logging
import threading
from math import ceil
from typing import Final

from assistant.contract import DeviceError
from skills.music.player.clock import Clock
from skills.music.player.live import LivePlayer

DRUMS: Final = 9
"""The MIDI channel on which every General MIDI sound set has its percussion."""
ACCENT, BEAT = (76, 110), (77, 85)
"""Pitch (high and low wood block) and velocity of the first beat of a bar and of the others."""
MIN_BPM, MAX_BPM = 30.0, 300.0
CLICK_S = 0.05
STEP_S = 0.01
"""Longest sleep: the click is quiet so soon after ``stop``."""
LATE_S = 0.1
"""A beat that is missed by more is left out: the next one is in time again."""

log = logging.getLogger(__name__)


class Metronome:
    """Clicks on an absolute grid until it is stopped; any thread may start and stop it.

    What else is played, and a ``stop`` of the player, leave its grid alone.
    """

    def __init__(self, player: LivePlayer, clock: Clock | None = None) -> None:
        self._player = player
        self._clock = clock or player.clock
        self._changing = threading.Lock()
        self._over = threading.Event()
        self._over.set()
        self._thread: threading.Thread | None = None
        self.bpm = 0.0
        """Beats a minute of the last start; 0 before."""
        self._start_s = 0.0

    @property
    def running(self) -> bool:
        """Whether it clicks, or will."""
        return not self._over.is_set()

    def start(
        self,
        bpm: float,
        at_s: float | None = None,
        beats: int | None = None,
        beats_a_bar: int = 4,
    ) -> None:
        """Click from now on, or so that it is heard from a time of the clock on; return at once.

        ``beats``: fall silent after so many. A click that is running is replaced. ValueError when
        the tempo is not in 30..300.
        """
        if not MIN_BPM <= bpm <= MAX_BPM:
            raise ValueError(f"a metronome's tempo must be in 30..300, not {bpm}")
        self.stop()
        with self._changing:
            self.bpm = bpm
            self._start_s = self._clock.now() if at_s is None else at_s
            sent_s = self._start_s - (0.0 if at_s is None else self._player.latency_s)
            over = self._over = threading.Event()
            self._thread = threading.Thread(
                target=self._run,
                args=(over, sent_s, 60.0 / bpm, beats, max(beats_a_bar, 1)),
                name="metronome",
                daemon=True,
            )
            self._thread.start()

    def stop(self) -> None:
        """Fall silent; idempotent."""
        with self._changing:
            self._over.set()
            thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def next_beat_s(self, now_s: float) -> float | None:
        """Return when the next beat falls, on the clock; None when it does not run."""
        if not self.running:
            return None
        beat_s = 60.0 / self.bpm
        return self._start_s + max(ceil((now_s - self._start_s) / beat_s), 0) * beat_s

    def _run(
        self, over: threading.Event, start_s: float, beat_s: float, beats: int | None, bar: int
    ) -> None:
        beat = 0
        try:
            while (beats is None or beat < beats) and self._wait(start_s + beat * beat_s, over):
                if self._clock.now() - (start_s + beat * beat_s) <= LATE_S:
                    self._click(ACCENT if beat % bar == 0 else BEAT, over)
                beat += 1
        except DeviceError as error:  # nobody waits for this thread
            log.warning("%s", error)
        finally:
            over.set()

    def _click(self, sound: tuple[int, int], over: threading.Event) -> None:
        pitch, velocity = sound
        self._player.strike(pitch, velocity, DRUMS)
        try:
            self._wait(self._clock.now() + CLICK_S, over)
        finally:
            self._player.release(pitch, DRUMS)

    def _wait(self, until_s: float, over: threading.Event) -> bool:
        """Return True at the time, or False as soon as it is over."""
        while not over.is_set():
            left_s = until_s - self._clock.now()
            if left_s <= 0.0:
                return True
            self._clock.sleep(min(left_s, STEP_S))
        return False
