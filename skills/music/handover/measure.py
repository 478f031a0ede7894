"""Measures the hand-over over real MIDI ports: ``python -m skills.music.handover.measure``.

A player process sends phrases to Encore, a module process takes the answers and stamps them. Two
figures come out, without load and beside a busy process: how long after the hand-over was decided
the first note arrives where nothing gives a beat, and how far it is from the beat where one does.
Needs a MIDI system; on a machine without one, run it in ``tests/studio/virtual-studio``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from skills.music.handover.build import make_partner
from skills.music.handover.partner import Partner
from skills.music.handover.turns import Cause, Order, Phase
from skills.music.lazy import Lazy
from skills.music.listening import Listening
from skills.music.parts import MusicGenerator
from skills.music.request import Request
from skills.music.session import Session
from skills.music.stage import LiveStage, Stage
from skills.music.theory.phrase_end import RETURN_S

PLAYER, MODULE = "Measure keys", "Measure module"
PEDAL = 66
PITCHES = (60, 64, 67, 72, 71, 67, 65, 62, 64, 60, 59, 62, 60, 55, 59, 60)
BEAT_S = 0.5
WAIT_S = 8.0
"""An answer that has not come by then is lost."""

Event = tuple[float, str, int, int]
"""(seconds since "go", note_on, note_off or control_change, number, value)."""


def phrase(kind: str, by_pedal: bool, chance: random.Random) -> list[Event]:
    """Return the events of one phrase, "pulse" or "free", and the pedal at its end."""
    events, at_s = [], 0.0
    for i, pitch in enumerate(PITCHES):
        step_s = BEAT_S / 2 if kind == "pulse" else chance.uniform(0.11, 0.49)
        shaken_s = at_s + (chance.gauss(0.0, 0.008) if kind == "pulse" and i else 0.0)
        events.append((shaken_s, "note_on", pitch, 60 + chance.randrange(30)))
        events.append((shaken_s + 0.8 * step_s, "note_off", pitch, 0))
        at_s += step_s
    if by_pedal:
        events.append((at_s - chance.uniform(0.0, 0.1), "control_change", PEDAL, 127))
        events.append((at_s + 0.3, "control_change", PEDAL, 0))
    return sorted(events)


def play_lines() -> None:
    """Be the player: play each line of stdin, a JSON list of events."""
    import mido

    with mido.open_output("out", virtual=True, client_name=PLAYER) as port:
        print("ready", flush=True)
        for line in sys.stdin:
            start_s = time.perf_counter()
            for at_s, kind, number, value in json.loads(line):
                time.sleep(max(0.0, start_s + at_s - time.perf_counter()))
                names = ("control", "value") if kind == "control_change" else ("note", "velocity")
                port.send(mido.Message(kind, **dict(zip(names, (number, value), strict=True))))


def listen() -> None:
    """Be the module: print the time of every stroke that arrives."""
    import mido

    def take(message: Any) -> None:
        now_s = time.perf_counter()
        if message.type == "note_on" and message.velocity:
            print(now_s, flush=True)

    with mido.open_input("in", virtual=True, client_name=MODULE, callback=take):
        print("ready", flush=True)
        sys.stdin.read()


@contextlib.contextmanager
def child(role: str) -> Iterator[subprocess.Popen[str]]:
    """Run this module as the player or the module until the block ends."""
    command = [sys.executable, "-m", "skills.music.handover.measure", "--be", role]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            sys.exit("There is no MIDI system here: run this in tests/studio/virtual-studio.")
        yield process
        process.kill()


@contextlib.contextmanager
def load(busy: bool) -> Iterator[None]:
    """Keep a core busy while the block runs."""
    if not busy:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield
        process.kill()


class Bench:
    """Encore's live parts between two ports, and what arrived at the second."""

    def __init__(self, player: subprocess.Popen[str], module: subprocess.Popen[str]) -> None:
        from skills.music.generator.engine import Generator
        from skills.music.keyboard.midi_keyboard import MidiKeyboard
        from skills.music.player.live import open_player

        self._player = player
        self._chance = random.Random(5)
        self.arrived: list[float] = []
        threading.Thread(target=self._read, args=(module,), daemon=True).start()
        generator: Lazy[MusicGenerator] = Lazy(Generator.load)
        generator()
        self.stage = LiveStage(open_player("midi", MODULE))
        stage: Lazy[Stage] = Lazy(lambda: self.stage)
        session = Session(Request(seconds=4.0))
        self.partner: Partner = make_partner(generator, stage, session, Listening())
        self.partner.pedal.number = PEDAL
        self.keyboard = MidiKeyboard(PLAYER)
        self.partner.connect(self.keyboard)

    def trial(self, kind: str, cause: Cause) -> tuple[bool, float] | None:
        """Hand over once.

        Return whether the answer came on a beat, and the milliseconds of its first note from the
        beat or else from the decision; None when it was lost.
        """
        self.arrived.clear()
        known = len(self.partner.entries.timings)
        if cause is Cause.END:
            self.partner.arm(Order(Request(seconds=4.0)))
        events = phrase(kind, cause is Cause.PEDAL, self._chance)
        assert self._player.stdin is not None
        self._player.stdin.write(json.dumps(events) + "\n")
        self._player.stdin.flush()
        until_s = time.perf_counter() + events[-1][0] + WAIT_S
        while (first_s := self._first_s(known)) is None:
            if time.perf_counter() > until_s:
                self.rest()
                return None
            time.sleep(0.02)
        timing = self.partner.entries.timings[-1]
        time.sleep(0.3)
        self.rest()
        wanted_s = timing.planned_s if timing.on_beat else timing.decided_s
        return timing.on_beat, (first_s - wanted_s) * 1000

    def rest(self) -> None:
        """Be silent, and let the pulse die."""
        self.partner.disarm()
        self.stage.stop()
        while self.partner.phase is not Phase.IDLE:
            time.sleep(0.01)
        self.keyboard.memory.clear()
        time.sleep(RETURN_S)

    def close(self) -> None:
        """Release the ports."""
        self.partner.close()
        self.keyboard.close()
        self.stage.close()

    def _first_s(self, known: int) -> float | None:
        """Return when the first stroke of the newest answer arrived; None before.

        Where machines are starved, strokes of an answer that was stopped come seconds later.
        """
        timings = self.partner.entries.timings
        if len(timings) == known:
            return None
        sent_s = timings[-1].first_note_s
        return next((at_s for at_s in tuple(self.arrived) if at_s >= sent_s), None)

    def _read(self, module: subprocess.Popen[str]) -> None:
        assert module.stdout is not None
        for line in module.stdout:
            self.arrived.append(float(line))


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(-(-len(ordered) * int(percent) // 100) - 1, 0)]


def line(name: str, values: Sequence[float]) -> str:
    """Return one line of the table; milliseconds."""
    sizes = [abs(value) for value in values] or [float("nan")]
    p50, p95 = percentile(sizes, 50), percentile(sizes, 95)
    return f"{name:<48} {p50:7.1f} {p95:7.1f} {max(sizes):7.1f} {len(values):5d}"


def measure(bench: Bench, trials: int, suffix: str) -> None:
    """Hand over in every way, and print what came of it."""
    for cause in (Cause.END, Cause.PEDAL):
        results = [bench.trial(kind, cause) for kind in ("free", "pulse") for _ in range(trials)]
        came = [result for result in results if result is not None]
        at_once = [ms for on_beat, ms in came if not on_beat]
        on_beat = [ms for on_beat, ms in came if on_beat]
        print(line(f"decided to first note, {cause.value}{suffix}", at_once), flush=True)
        print(line(f"beat to first note, {cause.value}{suffix}", on_beat), flush=True)
        if len(came) < len(results):
            print(f"lost: {len(results) - len(came)} of {len(results)}", flush=True)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--trials", type=int, default=12, help="of each kind")
    parser.add_argument("--be", choices=["player", "module"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.be:
        play_lines() if options.be == "player" else listen()
        return
    with child("player") as player, child("module") as module:
        bench = Bench(player, module)
        time.sleep(2.0)
        print(f"{'milliseconds':<48} {'p50':>7} {'p95':>7} {'most':>7} count", flush=True)
        bench.trial("pulse", Cause.END)  # the first answer warms everything up
        for busy in (False, True):
            with load(busy):
                measure(bench, options.trials, ", with load" if busy else "")
        bench.close()


if __name__ == "__main__":
    main()
