"""MIDI ports by name: what there is, which one is meant, how to open it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.contract import DeviceError

LOOPBACKS = ("midi through", "through port", "iac driver bus")
"""Ports of the system that no keyboard is behind."""
ALSA_SEQUENCER = Path("/dev/snd/seq")
NO_SYSTEM = "There is no MIDI system on this machine, so no keyboard can be connected"


def input_names() -> list[str]:
    """Return the names of the MIDI inputs; raises DeviceError where there is no MIDI system."""
    return _names("get_input_names")


def output_names() -> list[str]:
    """Return the names of the MIDI outputs; raises DeviceError where there is no MIDI system."""
    return _names("get_output_names")


def choose(names: Sequence[str], wanted: str = "") -> str | None:
    """Return the port that ``wanted`` means, or None.

    A whole name first, then a part of it in any case; with nothing wanted the first port that a
    keyboard can be behind, which leaves out the system's loopbacks ("Midi Through").
    """
    if not wanted:
        return next((n for n in names if not n.lower().startswith(LOOPBACKS)), None)
    if wanted in names:
        return wanted
    return next((n for n in names if wanted.lower() in n.lower()), None)


def open_input(wanted: str, callback: Callable[[Any], None]) -> Any:
    """Open a MIDI input; the callback gets each message in a thread of the MIDI system."""
    return reopen_input(_chosen(input_names(), wanted, "keyboard"), callback)


def reopen_input(name: str, callback: Callable[[Any], None]) -> Any:
    """Open the MIDI input of exactly this name without looking at what there is."""
    with midi_system() as mido:
        return mido.open_input(name, callback=callback)


def open_output(wanted: str) -> Any:
    """Open a MIDI output; raises DeviceError with the names there are when it is not there."""
    name = _chosen(output_names(), wanted, "MIDI output")
    with midi_system() as mido:
        return mido.open_output(name)


class InputWatch:
    """Tells again and again which MIDI inputs there are, with one client of the MIDI system.

    ``input_names`` makes new clients each time, and a new client of JACK stopped the messages of
    every program for 1 s (asynchronous server) to 10 s (``jackd --sync``) when it was measured.
    Raises DeviceError where there is no MIDI system.
    """

    def __init__(self) -> None:
        with midi_system() as mido:
            import rtmidi

            api = getattr(rtmidi, f"API_{mido.backend.api or 'UNSPECIFIED'}")
            self._client = rtmidi.MidiIn(api)

    def names(self) -> list[str]:
        """Return the names of the MIDI inputs."""
        with midi_system():
            return list(self._client.get_ports())

    def close(self) -> None:
        """Release the client."""
        self._client.delete()


@contextmanager
def midi_system() -> Iterator[Any]:
    """Yield mido; whatever the MIDI system raises becomes a DeviceError with one sentence."""
    _check_alsa()
    try:
        import mido

        yield mido
    except (ImportError, OSError, SystemError, RuntimeError) as error:
        raise DeviceError(f"{NO_SYSTEM}.") from error


def _check_alsa() -> None:
    """Say so before ALSA does it by itself on stderr."""
    jack = "JACK" in os.environ.get("MIDO_BACKEND", "")
    if sys.platform == "linux" and not jack and not ALSA_SEQUENCER.exists():
        raise DeviceError(f"{NO_SYSTEM}.")


def _names(function: str) -> list[str]:
    with midi_system() as mido:
        return list(dict.fromkeys(getattr(mido, function)()))


def _chosen(names: Sequence[str], wanted: str, what: str) -> str:
    name = choose(names, wanted)
    if name is not None:
        return name
    there = f" There is: {', '.join(names)}." if names else ""
    if wanted:
        raise DeviceError(f"There is no {what} called {wanted!r}.{there}")
    raise DeviceError(f"No {what} is connected.{there}")
