"""One line at the foot of a terminal that shows what Encore is doing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.states import State, StateEvent, States

if TYPE_CHECKING:
    from rich.console import Console

WORDS = {
    State.ASLEEP: "asleep",
    State.LISTENING: "listening",
    State.HEARD: "heard",
    State.THINKING: "thinking",
    State.PLAYING: "playing",
    State.SPEAKING: "speaking",
}
STYLES = {
    State.ASLEEP: "dim",
    State.LISTENING: "bold green",
    State.HEARD: "green",
    State.THINKING: "yellow",
    State.PLAYING: "cyan",
    State.SPEAKING: "magenta",
}
LONGEST_TEXT = 60
"""Characters; of longer texts the end is shown, since that is what has just been said."""


def line_of(event: StateEvent) -> str:
    """Return what a person reads: ``heard "make it sadder"``, ``listening · playing`` …"""
    text = event.text
    if len(text) > LONGEST_TEXT:
        text = "…" + text[-LONGEST_TEXT:]
    line = WORDS[event.state]
    if text:
        line += f' "{text}"' if event.state is State.HEARD else f": {text}"
    if State.PLAYING in event.going_on and event.state is not State.PLAYING:
        line += f" · {WORDS[State.PLAYING]}"
    return line


@contextmanager
def status_line(states: States, console: Console | None = None) -> Iterator[None]:
    """Show the line for the length of a block; nothing at all where no person looks.

    What is printed meanwhile stands above the line, and the line is gone afterwards. It goes to
    stderr, and only when that is a terminal.
    """
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = console or Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        yield
        return

    def shown(event: StateEvent) -> Text:
        return Text(line_of(event), STYLES[event.state], overflow="ellipsis", no_wrap=True)

    with Live(shown(states.now), console=console, transient=True, auto_refresh=False) as live:
        end = states.subscribe(lambda event: live.update(shown(event), refresh=True))
        try:
            yield
        finally:
            end()
