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
from skills.music.notes import Phrase
from skills.music.player.clock import Clock, SystemClock
from skills.music.player.midi_output import MidiOutput
from skills.music.player.outputs import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    Output,
    SilentOutput,
    SynthOutput,
    Tap,
)
from skills.music.player.score import Score

STEP_S = 0.01
"""Longest sleep: a cancelled turn is silent after this."""
LATE_S = 0.1
"""A stroke that is later than this is left out rather than played out of time."""
SWITCH_S = 0.0005
"""Interpreter switch interval while playing: a busy thread otherwise delays strokes by 8 ms."""

ANSWER, PLAYER = 0, 1
"""MIDI channels: so that a release of one never ends a key of the other."""
THRU_TYPES = frozenset(
    {"note_on", "note_off", "control_change", "pitchwheel", "program_change", "aftertouch"}
)

Choice = Literal["auto", "synth", "midi", "silent"]
Key = tuple[int, int]
"""Channel and pitch."""
Stop = threading.Event


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
    """Sends a phrase's events to an output, each at its time since the start of the phrase.

    Answers sound on the channel ANSWER, the player's own keys (``thru``) on PLAYER.
    """

    def __init__(self, output: Output, clock: Clock | None = None, remark: str = "") -> None:
        self.output = output
        self.remark = remark
        """Why this is not the output one would wish for; "" when it is."""
        self.clock = clock or SystemClock()
        self.loudness = 1.0
        """Factor on the velocity of what is played from now on; each ``play`` begins with 1."""
        self.latency_s = 0.0
        """From sending a stroke to its sound, as ``encore calibrate`` measured it."""
        self._sending = threading.RLock()
        self._turn = threading.Event()
        """Set when the play that is going on has been stopped."""
        self._turns = threading.Lock()
        self._sounding: set[Key] = set()
        self._thru_sounding: set[Key] = set()

    def play(
        self,
        music: Phrase | Score,
        program: int = 0,
        cancelled: threading.Event | None = None,
        at_s: float | None = None,
    ) -> bool:
        """Sound the music and return when it is over; False when it was stopped before.

        It is heard from ``at_s`` of the clock on (begins now when None). A phrase that is still
        playing is stopped. Raises DeviceError when the output is gone.
        """
        score = music if isinstance(music, Score) else Score(music)
        self.stop()
        with self._turns, _brisk_threads():
            turn = self._turn = threading.Event()
            self.loudness = 1.0
            now_s = self.clock.now()
            start_s = now_s if at_s is None else max(at_s - self.latency_s, min(at_s, now_s))
            stops = (turn, cancelled) if cancelled else (turn,)
            try:
                change = mido.Message("program_change", program=program, channel=score.channel)
                self._send(change, turn)
                return self._play(score, start_s, turn, stops)
            finally:
                self._close_notes()

    def stop(self) -> None:
        """Silence at once; from any thread, any number of times."""
        self._turn.set()
        with self._sending, suppress(DeviceError):
            self._release_all()
            for control in (ALL_NOTES_OFF, ALL_SOUND_OFF):
                self.output.send(mido.Message("control_change", control=control, channel=ANSWER))

    def give_way(self) -> None:
        """End what is played as a player does who lifts the hands: notes fade by themselves."""
        self._turn.set()
        self._close_notes()

    def strike(self, pitch: int, velocity: int = 80, channel: int = ANSWER) -> None:
        """Sound a key now, until ``release``."""
        with self._sending:
            self._sounding.add((channel, pitch))
            self.output.send(
                mido.Message("note_on", note=pitch, velocity=velocity, channel=channel)
            )

    def release(self, pitch: int, channel: int = ANSWER) -> None:
        """End a key that sounds."""
        with self._sending:
            self.output.send(mido.Message("note_off", note=pitch, channel=channel))
            self._sounding.discard((channel, pitch))

    def thru(self, message: Any) -> None:
        """Sound what the player does, at once: a MIDI callback may call it, and it never raises."""
        if message.type not in THRU_TYPES:
            return
        message = message.copy(channel=PLAYER)
        with suppress(DeviceError):
            if message.type in ("note_on", "note_off"):
                struck = message.type == "note_on" and message.velocity > 0
                key = (PLAYER, message.note)
                (self._thru_sounding.add if struck else self._thru_sounding.discard)(key)
            self.output.send(message)

    def set_volume(self, percent: int) -> None:
        """Set the playback volume, 0..100."""
        if not 0 <= percent <= 100:
            raise ValueError(f"volume must be in 0..100, not {percent}")
        self.output.set_volume(percent)

    def duck(self, share: float) -> None:
        """Play at this share of the volume, 0..1."""
        self.output.duck(share)

    def tap_sound(self, tap: Tap | None) -> None:
        """Hand every block that goes to the speakers, and its rate in hertz, to ``tap``."""
        if isinstance(self.output, SynthOutput):
            self.output.tap = tap

    def is_sounding(self) -> bool:
        """Tell whether a note sounds now, a played one or one of the player's through Encore."""
        return bool(self._sounding or self._thru_sounding)

    def close(self) -> None:
        """Stop and release the device; idempotent."""
        self.stop()
        with suppress(DeviceError):
            for channel, pitch in tuple(self._thru_sounding):
                self.output.send(mido.Message("note_off", note=pitch, channel=channel))
        self._thru_sounding.clear()
        self.output.close()

    def _play(
        self, score: Score, start_s: float, turn: threading.Event, stops: tuple[Stop, ...]
    ) -> bool:
        index = 0
        while True:
            if index < len(score.events):
                time_s, message = score.events[index]
                index += 1
                if not self._wait(start_s + time_s, stops):
                    return False
                if not self._late(start_s + time_s, message):
                    self._send(message, turn, score)
            elif score.is_whole:
                return self._wait(start_s + score.length_s, stops)
            elif not self._wait(self.clock.now() + STEP_S, stops):
                return False

    def _wait(self, until_s: float, stops: tuple[Stop, ...]) -> bool:
        """Return True at the time, or False as soon as one of the events is set."""
        while not any(stop.is_set() for stop in stops):
            left_s = until_s - self.clock.now()
            if left_s <= 0.0:
                return True
            self.clock.sleep(min(left_s, STEP_S))
        return False

    def _late(self, due_s: float, message: Any) -> bool:
        return message.type == "note_on" and self.clock.now() - due_s > LATE_S

    def _send(self, message: Any, turn: threading.Event, score: Score | None = None) -> None:
        with self._sending:
            if turn.is_set():
                return
            if message.type == "note_on":
                message = self._struck(message, score)
            elif message.type == "note_off":
                key = (message.channel, message.note)
                if key in self._sounding:
                    self.output.send(message)
                    self._sounding.discard(key)  # only now: what could not be sent still sounds
                return
            self.output.send(message)

    def _struck(self, message: Any, score: Score | None) -> Any:
        self._sounding.add((message.channel, message.note))
        if score is not None and score.first_note_s is None:
            score.first_note_s = self.clock.now()
        if self.loudness == 1.0:
            return message
        return message.copy(velocity=max(1, min(127, round(message.velocity * self.loudness))))

    def _close_notes(self) -> None:
        with self._sending, suppress(DeviceError):
            self._release_all()

    def _release_all(self) -> None:
        """End every key; one that cannot be ended now is ended the next time."""
        for channel, pitch in tuple(self._sounding):
            self.output.send(mido.Message("note_off", note=pitch, channel=channel))
            self._sounding.discard((channel, pitch))


def open_player(
    choice: Choice = "auto",
    port: str = "",
    soundfont: Path | str | None = None,
    device: str | None = None,
    clock: Clock | None = None,
    latency_ms: float | None = None,
) -> LivePlayer:
    """Return a player on the output that is asked for.

    "auto" takes the MIDI port when one is named, else the synthesiser, else silence; what could
    not be had is told in ``remark``. The other choices raise DeviceError when they cannot be had.
    """
    remarks: list[str] = []
    for output in _candidates(choice, port):
        try:
            opened = _opened(output, port, soundfont, device, clock, latency_ms)
            return LivePlayer(opened, clock, *remarks[:1])
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
    latency_ms: float | None,
) -> Output:
    if output == "midi":
        return MidiOutput(port)
    if output == "synth":
        return SynthOutput(soundfont, device, latency_ms=latency_ms)
    return SilentOutput(clock)


@contextmanager
def _brisk_threads() -> Iterator[None]:
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before_s)
