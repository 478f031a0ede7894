"""What comes from a keyboard, as values with the time it happened."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

SUSTAIN: Final = 64
"""MIDI controller of the sustain pedal."""
PRESSED: Final = 64
"""A pedal is down from this value on."""

ClockWord = Literal["clock", "start", "continue", "stop"]


class Stroke(NamedTuple):
    """One key going down, or up when the velocity is 0."""

    time_s: float
    """When, on the clock of whoever listens."""
    pitch: int
    velocity: int


class Pedal(NamedTuple):
    """The sustain pedal going down or up."""

    time_s: float
    down: bool


class Control(NamedTuple):
    """Any other controller: a foot switch, a knob."""

    time_s: float
    number: int
    """MIDI controller, 0..127."""
    value: int
    """0..127."""


class Bend(NamedTuple):
    """The pitch wheel."""

    time_s: float
    value: int
    """-8192..8191."""


class Program(NamedTuple):
    """The player chose another sound on the keyboard."""

    time_s: float
    program: int
    """General MIDI program, 0..127."""


class ClockTick(NamedTuple):
    """A sequencer's or drum machine's time: 24 clocks a beat, and its start and stop."""

    time_s: float
    word: ClockWord


KeyEvent = Stroke | Pedal
"""What phrases are made of."""
Played = Stroke | Pedal | Control | Bend | Program | ClockTick


def event_of(message: Any, time_s: float) -> Played | None:
    """Return what a ``mido.Message`` says; None for what nobody here needs (sysex, sensing …)."""
    match message.type:
        case "note_on":
            return Stroke(time_s, message.note, message.velocity)
        case "note_off":
            return Stroke(time_s, message.note, 0)
        case "control_change" if message.control == SUSTAIN:
            return Pedal(time_s, message.value >= PRESSED)
        case "control_change":
            return Control(time_s, message.control, message.value)
        case "pitchwheel":
            return Bend(time_s, message.pitch)
        case "program_change":
            return Program(time_s, message.program)
        case "clock" | "start" | "continue" | "stop":
            return ClockTick(time_s, message.type)
    return None
