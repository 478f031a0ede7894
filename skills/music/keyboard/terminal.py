"""Playing a phrase on the computer's keys in a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

from assistant.contract import DeviceError
from skills.music.keyboard.computer import MAX_NOTE_S, VELOCITY, ComputerKeyboard
from skills.music.notes import Phrase
from skills.music.player.clock import Clock, SystemClock

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.output import Output

PICTURE = """\
   s d   g h j   l ;        2 3   5 6 7   9 0
  z x c v b n m , . /      q w e r t y u i o p     - = octave
  C D E F G A B C D E      C D E F G A B C D E
Play, then Enter to hand over, Esc to cancel."""


class Sounder(Protocol):
    """Sounds keys while they are played; LivePlayer is one."""

    def strike(self, pitch: int, velocity: int = VELOCITY) -> None:
        """Sound a key now."""
        ...

    def release(self, pitch: int) -> None:
        """End it."""
        ...


def read_phrase_from_terminal(
    sounder: Sounder | None = None,
    clock: Clock | None = None,
    terminal_input: Input | None = None,
    terminal_output: Output | None = None,
) -> Phrase | None:
    """Let the user play until Enter and return the phrase; None when Esc cancelled.

    Raises DeviceError where stdin is no terminal, KeyboardInterrupt at Ctrl-C.
    """
    if terminal_input is None and not sys.stdin.isatty():
        raise DeviceError("The computer's keys can be played in a terminal only.")
    bindings = _bindings(ComputerKeyboard(), _Echo(sounder), clock or SystemClock())
    return _application(bindings, terminal_input, terminal_output).run()


class _Echo:
    """Sounds one key after the other, each for as long as the phrase will hold it at most."""

    def __init__(self, sounder: Sounder | None) -> None:
        self._sounder = sounder
        self._down: set[int] = set()

    def strike(self, pitch: int) -> None:
        if self._sounder is None:
            return
        import asyncio

        self.end_all()
        try:
            self._sounder.strike(pitch, VELOCITY)
        except DeviceError:  # the speakers are gone: playing goes on without them
            self._sounder = None
            return
        self._down.add(pitch)
        asyncio.get_running_loop().call_later(MAX_NOTE_S, self._end, pitch)

    def end_all(self) -> None:
        for pitch in tuple(self._down):
            self._end(pitch)

    def _end(self, pitch: int) -> None:
        if pitch in self._down and self._sounder is not None:
            self._down.discard(pitch)
            self._sounder.release(pitch)


def _application(
    bindings: KeyBindings, terminal_input: Input | None, terminal_output: Output | None
) -> Application[Phrase | None]:
    from prompt_toolkit.application import Application
    from prompt_toolkit.layout import Layout, Window
    from prompt_toolkit.layout.controls import FormattedTextControl

    control = FormattedTextControl(PICTURE, show_cursor=False)
    return Application(
        layout=Layout(Window(control, dont_extend_height=True)),
        key_bindings=bindings,
        erase_when_done=True,
        input=terminal_input,
        output=terminal_output,
    )


def _bindings(keys: ComputerKeyboard, echo: _Echo, clock: Clock) -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings

    bindings = KeyBindings()

    @bindings.add("enter")
    def _hand_over(event: KeyPressEvent) -> None:
        echo.end_all()
        event.app.exit(result=keys.last_phrase())

    @bindings.add("escape")
    def _cancel(event: KeyPressEvent) -> None:
        echo.end_all()
        event.app.exit(result=None)

    @bindings.add("c-c")
    def _interrupt(event: KeyPressEvent) -> None:
        echo.end_all()
        event.app.exit(exception=KeyboardInterrupt)

    @bindings.add("<any>")
    def _play(event: KeyPressEvent) -> None:
        pitch = keys.press(clock.now(), event.data)
        if pitch is not None:
            echo.strike(pitch)

    return bindings
