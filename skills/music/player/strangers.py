"""Processes at the other end of the MIDI cables: what ``torture`` plays with, and on.

Times are ``time.perf_counter``'s, which all processes of a machine share on Linux and macOS.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from skills.music.notes import Note, Phrase

KEYS, MODULE = "Torture keys", "Torture module"
HELD = 3
"""So many keys are down at once."""
FASTEST_HZ = 1000.0
"""A MIDI cable carries no more events a second: 3 bytes at 31,250 baud."""

PATIENCE_S = 30.0
"""Systems take up to ten seconds for a port that comes or goes."""

Stroke = tuple[int, int]
"""Pitch and velocity; 0 is a release."""


def flood(count: int, seed: int = 0) -> list[Stroke]:
    """Return so many (an even number) strokes and releases; each key that goes down goes up.

    Pitch and velocity of 10,000 strokes in a row are all different, so nothing can be mistaken.
    """
    start, down, found = random.Random(seed).randrange(10_000), [], []
    for number in range(start, start + count // 2):
        pitch = 21 + number % 88
        found.append((pitch, 1 + number // 88 % 127))
        down.append(pitch)
        if len(down) > HELD:
            found.append((down.pop(0), 0))
    return [*found, *((pitch, 0) for pitch in down)]


def answer(chance: random.Random) -> Phrase:
    """Return three seconds of chords that overlap."""
    pitches = chance.sample(range(30, 100), 40)
    notes = (Note(place * 0.075, pitch, 0.4, 80) for place, pitch in enumerate(pitches))
    return Phrase(tuple(notes))


def wait_until(is_so: Callable[[], bool], most_s: float) -> bool:
    """Wait until something is so; False when it is not so after ``most_s``."""
    until_s = time.perf_counter() + most_s
    while not is_so():
        if time.perf_counter() > until_s:
            return False
        time.sleep(0.005)
    return True


class Stranger:
    """A child process with a MIDI port."""

    def __init__(self, role: str) -> None:
        command = [sys.executable, "-m", "skills.music.player.strangers", role]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        if self.line() != "ready":
            raise SystemExit("No MIDI system is here: run this in tests/studio/virtual-studio.")

    def line(self) -> str:
        """Return the next line that it says; "" when it says no more."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def say(self, line: str) -> None:
        """Give it a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def kill(self, number: int = signal.SIGKILL) -> bool:
        """End it, at once unless another signal is given; False when it did not obey."""
        self.process.send_signal(number)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return False
        return True


class Module(Stranger):
    """A sound module that remembers what it got."""

    def __init__(self) -> None:
        super().__init__("module")
        self.got: list[tuple[float, int, Stroke]] = []
        """Time, channel, what came."""
        self.down: set[tuple[int, int]] = set()
        """Channel and pitch of what sounds."""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while line := self.line():
            at, channel, pitch, velocity = line.split()
            key = (int(channel), int(pitch))
            self.got.append((float(at), key[0], (key[1], int(velocity))))
            (self.down.add if int(velocity) else self.down.discard)(key)


def _be_keys() -> None:
    """Play every line of stdin, [count, events a second, seed]; print when each event was sent."""
    import mido

    with mido.open_output("out", virtual=True, client_name=KEYS) as port:
        print("ready", flush=True)
        for line in sys.stdin:
            count, rate_hz, seed = json.loads(line)
            sent_s, start_s = [], time.perf_counter()
            for place, (pitch, velocity) in enumerate(flood(count, seed)):
                time.sleep(max(0.0, start_s + place / rate_hz - time.perf_counter()))
                sent_s.append(time.perf_counter())
                port.send(mido.Message("note_on", note=pitch, velocity=velocity))
            print(json.dumps(sent_s), flush=True)
        os._exit(0)  # whoever closes a port of a MIDI system that is gone waits for ever


def _be_module() -> None:
    """Print every stroke and release that arrives."""
    import mido

    def take(message: Any) -> None:
        if message.type in ("note_on", "note_off"):
            velocity = message.velocity if message.type == "note_on" else 0
            at = f"{time.perf_counter():.6f}"
            print(at, message.channel, message.note, velocity, flush=True)

    with mido.open_input("in", virtual=True, client_name=MODULE, callback=take):
        print("ready", flush=True)
        _end_with_parent()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


def _be_victim() -> None:
    """Play on the module until a signal comes, and leave as Encore does."""
    from skills.music.player.live import open_player

    for number in (signal.SIGTERM, signal.SIGINT):  # a shell in the background ignores SIGINT
        signal.signal(number, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(KeyboardInterrupt):
        player = open_player("midi", MODULE)
        try:
            print("ready", flush=True)
            while True:
                player.play(answer(random.Random()))
        finally:
            player.close()


if __name__ == "__main__":
    {"keys": _be_keys, "module": _be_module, "victim": _be_victim}[sys.argv[1]]()
