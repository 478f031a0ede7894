"""Plays phrases in time: every event at its moment on an absolute schedule, every note closed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, Protocol

import mido

from assistant.contract import DeviceError
from skills.music.midi_file import on_one_keyboard
from skills.music.notes import Phrase
from skills.music.player.clock import Clock, SystemClock
from skills.music.player.outputs import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    MidiOutput,
    Output,
    SilentOutput,
    SynthOutput,
)

STEP_S = 0.01
"""Longest sleep: a cancelled turn is silent after this."""
LATE_S = 0.1
"""A stroke that is later than this is left out rather than played out of time."""
SWITCH_S = 0.0005
"""Interpreter switch interval while playing: a busy thread otherwise delays strokes by 8 ms."""

Choice = Literal["auto", "synth", "midi", "silent"]


class Player(Protocol):
    """Plays a phrase to its end, unless it is stopped."""

    def play(
        self, phrase: Phrase, program: int = 0, cancelled: threading.Event | None = None
    ) -> bool:
        """Sound the phrase and return when it is over; False when it was stopped before."""
        ...

    def stop(self) -> None:
        """Silence at once; from any thread, any number of times."""
        ...


class LivePlayer:
    """Sends a phrase's events to an output, each at its time since the start of the phrase."""

    def __init__(self, output: Output, clock: Clock | None = None, remark: str = "") -> None:
        self.output = output
        self.remark = remark
        """Why this is not the output one would wish for; "" when it is."""
        self._clock = clock or SystemClock()
        self._sending = threading.RLock()
        self._turn = threading.Event()
        """Set when the play that is going on has been stopped."""
        self._turns = threading.Lock()
        self._sounding: set[int] = set()

    def play(
        self, phrase: Phrase, program: int = 0, cancelled: threading.Event | None = None
    ) -> bool:
        """Sound the phrase and return when it is over; False when it was stopped before.

        A phrase that is still playing is stopped. Raises DeviceError when the output is gone.
        """
        self.stop()
        with self._turns, _brisk_threads():
            turn = self._turn = threading.Event()
            stops = (turn, cancelled) if cancelled else (turn,)
            start_s = self._clock.now()
            try:
                self._send(mido.Message("program_change", program=program), turn)
                for time_s, message in timeline(phrase):
                    if not self._wait(start_s + time_s, stops):
                        return False
                    if not self._late(start_s + time_s, message):
                        self._send(message, turn)
                return self._wait(start_s + phrase.length_s, stops)
            finally:
                self._close_notes()

    def stop(self) -> None:
        """Silence at once; from any thread, any number of times."""
        self._turn.set()
        with self._sending, suppress(DeviceError):
            self._release_all()
            for control in (ALL_NOTES_OFF, ALL_SOUND_OFF):
                self.output.send(mido.Message("control_change", control=control))

    def strike(self, pitch: int, velocity: int = 80) -> None:
        """Sound a key now, until ``release``."""
        with self._sending:
            self._sounding.add(pitch)
            self.output.send(mido.Message("note_on", note=pitch, velocity=velocity))

    def release(self, pitch: int) -> None:
        """End a key that sounds."""
        with self._sending:
            self._sounding.discard(pitch)
            self.output.send(mido.Message("note_off", note=pitch))

    def set_volume(self, percent: int) -> None:
        """Set the playback volume, 0..100."""
        if not 0 <= percent <= 100:
            raise ValueError(f"volume must be in 0..100, not {percent}")
        self.output.set_volume(percent)

    def close(self) -> None:
        """Stop and release the device; idempotent."""
        self.stop()
        self.output.close()

    def _wait(self, until_s: float, stops: tuple[threading.Event, ...]) -> bool:
        """Return True at the time, or False as soon as one of the events is set."""
        while not any(stop.is_set() for stop in stops):
            left_s = until_s - self._clock.now()
            if left_s <= 0.0:
                return True
            self._clock.sleep(min(left_s, STEP_S))
        return False

    def _late(self, due_s: float, message: Any) -> bool:
        return message.type == "note_on" and self._clock.now() - due_s > LATE_S

    def _send(self, message: Any, turn: threading.Event) -> None:
        with self._sending:
            if turn.is_set():
                return
            if message.type == "note_on":
                self._sounding.add(message.note)
            elif message.type == "note_off":
                if message.note not in self._sounding:
                    return
                self._sounding.discard(message.note)
            self.output.send(message)

    def _close_notes(self) -> None:
        with self._sending, suppress(DeviceError):
            self._release_all()

    def _release_all(self) -> None:
        while self._sounding:
            self.output.send(mido.Message("note_off", note=self._sounding.pop()))


def timeline(phrase: Phrase) -> list[tuple[float, Any]]:
    """Return (seconds since the start, message) in order; releases come before strokes."""
    events: list[tuple[float, int, Any]] = []
    for note in on_one_keyboard(phrase.notes):
        on = mido.Message("note_on", note=note.pitch, velocity=note.velocity)
        events.append((note.onset_s, 1, on))
        events.append((note.end_s, 0, mido.Message("note_off", note=note.pitch)))
    return [(time_s, message) for time_s, _, message in sorted(events, key=lambda e: e[:2])]


def open_player(
    choice: Choice = "auto",
    port: str = "",
    soundfont: Path | str | None = None,
    device: str | None = None,
    clock: Clock | None = None,
) -> LivePlayer:
    """Return a player on the output that is asked for.

    "auto" takes the MIDI port when one is named, else the synthesiser, else silence; what could
    not be had is told in ``remark``. The other choices raise DeviceError when they cannot be had.
    """
    remarks: list[str] = []
    for output in _candidates(choice, port):
        try:
            return LivePlayer(_opened(output, port, soundfont, device, clock), clock, *remarks[:1])
        except DeviceError as error:
            if choice != "auto":
                raise
            remarks.append(str(error))
    raise AssertionError("silence can always be had")


def _candidates(choice: Choice, port: str) -> tuple[Choice, ...]:
    if choice != "auto":
        return (choice,)
    return ("midi", "synth", "silent") if port else ("synth", "silent")


def _opened(
    output: Choice,
    port: str,
    soundfont: Path | str | None,
    device: str | None,
    clock: Clock | None,
) -> Output:
    if output == "midi":
        return MidiOutput(port)
    return SynthOutput(soundfont, device) if output == "synth" else SilentOutput(clock)


@contextmanager
def _brisk_threads() -> Iterator[None]:
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before_s)
