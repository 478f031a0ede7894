"""MIDI ports by name: what there is, which one is meant, how to open it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from assistant.contract import DeviceError
from skills.music.keyboard.wire import Wire

OWN_NAME = "Encore"
"""What Encore is called on the MIDI patch bay."""
NO_KEYBOARDS = ("midi through", "through port", "iac driver", "rtmidi", OWN_NAME.lower())
"""Ports with this in their name: the system's loopbacks, and programs like this one."""
EVERY = "all"
"""The wish for every keyboard that is there."""
ALSA_SEQUENCER = Path("/dev/snd/seq")
NO_SYSTEM = "There is no MIDI system on this machine, so no keyboard can be connected"

log = logging.getLogger(__name__)


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
        return next((n for n in names if is_real(n)), None)
    if wanted in names:
        return wanted
    return next((n for n in names if wanted.lower() in n.lower()), None)


def choose_all(names: Sequence[str], wanted: str, open_now: Sequence[str] = ()) -> list[str]:
    """Return every port that ``wanted`` means: names or parts of names with commas, or "all".

    With nothing wanted it is one keyboard: the one that is open while it is there, else the first.
    """
    if wanted.strip().lower() == EVERY:
        return [n for n in names if is_real(n)]
    if not wanted.strip():
        kept = [n for n in open_now if n in names]
        first = choose(names)
        return kept[:1] or ([first] if first is not None else [])
    found = (choose(names, part.strip()) for part in wanted.split(",") if part.strip())
    return list(dict.fromkeys(name for name in found if name is not None))


def is_real(name: str) -> bool:
    """Tell whether a keyboard can be behind a port of this name."""
    return not any(word in name.lower() for word in NO_KEYBOARDS)


class InputClient:
    """The one client of the MIDI system through which Encore watches ports and is found itself.

    A new client of JACK stopped the messages of every program for 1 s (asynchronous server) to
    10 s (``jackd --sync``) when it was measured, so this one lasts. Raises DeviceError where there
    is no MIDI system.
    """

    def __init__(self) -> None:
        with midi_system() as mido:
            import rtmidi

            api = getattr(rtmidi, f"API_{mido.backend.api or 'UNSPECIFIED'}")
            self._rt = rtmidi.MidiIn(api, name=OWN_NAME)

    def names(self) -> list[str]:
        """Return the names of the MIDI inputs."""
        with midi_system():
            return list(dict.fromkeys(self._rt.get_ports()))

    def open_virtual(self, callback: Callable[[Any], None]) -> bool:
        """Be an input that other programs can connect to; False where the system has none such."""
        with suppress(Exception):  # each system has its own way to refuse
            _listen(self._rt, callback)
            self._rt.open_virtual_port("in")
            return True
        return False

    def close(self) -> None:
        """Release the client; idempotent."""
        _release(self._rt)


class InputPort:
    """One MIDI input that is open; raises DeviceError when there is none of exactly this name."""

    def __init__(self, name: str, callback: Callable[[Any], None]) -> None:
        self.name = name
        with midi_system() as mido:
            import rtmidi

            api = getattr(rtmidi, f"API_{mido.backend.api or 'UNSPECIFIED'}")
            self._rt = rtmidi.MidiIn(api, name=f"{OWN_NAME} listens")
            names = self._rt.get_ports()
            if name not in names:
                _release(self._rt)
                raise DeviceError(f"The keyboard {name} is gone.")
            _listen(self._rt, callback)
            self._rt.open_port(names.index(name))

    def close(self) -> None:
        """Release the port; idempotent."""
        _release(self._rt)


@contextmanager
def midi_system() -> Iterator[Any]:
    """Yield mido; whatever the MIDI system raises becomes a DeviceError with one sentence."""
    _check_alsa()
    try:
        import mido

        yield mido
    except (ImportError, OSError, SystemError, RuntimeError, ValueError) as error:
        raise DeviceError(f"{NO_SYSTEM}.") from error


def _listen(rt: Any, callback: Callable[[Any], None]) -> None:
    """Hand every message that arrives to ``callback``, in a thread of the MIDI system."""
    wire = Wire()

    def take(data: tuple[list[int], float], _own: Any) -> None:
        try:
            for message in wire.feed(data[0]):
                callback(message)
        except Exception:  # nothing that a cable brings may end the listening
            log.exception("A message from the keyboard was dropped.")

    rt.ignore_types(sysex=True, timing=False, active_sense=True)
    rt.set_callback(take)


def _release(rt: Any) -> None:
    if rt.is_deleted:
        return
    with suppress(Exception):  # a port that is gone already
        rt.cancel_callback()
        rt.close_port()
    rt.delete()


def _check_alsa() -> None:
    """Say so before ALSA does it by itself on stderr."""
    jack = "JACK" in os.environ.get("MIDO_BACKEND", "")
    if sys.platform == "linux" and not jack and not ALSA_SEQUENCER.exists():
        raise DeviceError(f"{NO_SYSTEM}.")


def _names(function: str) -> list[str]:
    with midi_system() as mido:
        return list(dict.fromkeys(getattr(mido, function)()))
