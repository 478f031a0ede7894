"""Tortures the live parts through real MIDI ports: ``python -m skills.music.player.torture``.

A keyboard plays for ten minutes at 50 events a second and then 2,000 events at once; then answers
are stopped, killed and unplugged at random moments. Told is what was lost, reordered, left
sounding or leaked. Needs a MIDI system; without one, run it in ``tests/studio/virtual-studio``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from assistant.contract import DeviceError
from skills.music.handover.build import make_partner
from skills.music.handover.measure import percentile
from skills.music.keyboard.events import Played
from skills.music.keyboard.events import Stroke as Key
from skills.music.keyboard.midi_keyboard import MidiKeyboard
from skills.music.lazy import Lazy
from skills.music.listening import Listening
from skills.music.parts import MusicGenerator
from skills.music.player.live import PLAYER, open_player
from skills.music.player.score import Score
from skills.music.player.strangers import (
    FASTEST_HZ,
    KEYS,
    MODULE,
    PATIENCE_S,
    Module,
    Stranger,
    Stroke,
    answer,
    flood,
    wait_until,
)
from skills.music.request import Request
from skills.music.session import Session
from skills.music.stage import LiveStage, Stage

SILENT_S = 1.0
"""An answer that was ended must be silent everywhere after this."""


class Encore:
    """The live parts between a keyboard and a sound module."""

    def __init__(self) -> None:
        from skills.music.generator.engine import Generator

        self.module, self.keys = Module(), Stranger("keys")
        generator: Lazy[MusicGenerator] = Lazy(Generator.load)
        generator()
        self.stage = LiveStage(open_player("midi", MODULE))
        stage: Lazy[Stage] = Lazy(lambda: self.stage)
        self.partner = make_partner(generator, stage, Session(Request(seconds=4.0)), Listening())
        self.keyboard = MidiKeyboard(KEYS)
        self.keyboard.thru = self.stage.player.thru
        self.partner.connect(self.keyboard)
        self.heard: list[Played] = []
        inner = self.keyboard.on_event
        assert inner is not None

        def take(event: Played) -> None:
            self.heard.append(event)
            inner(event)

        self.keyboard.on_event = take

    def flow(self, count: int, rate_hz: float, seed: int) -> str:
        """Let the keyboard play; return what came of it."""
        wanted = flood(count, seed)
        self.heard.clear()
        self.module.got.clear()
        self.keys.say(json.dumps([count, rate_hz, seed]))
        sent_s: list[float] = json.loads(self.keys.line())
        took_s = sent_s[-1] - sent_s[0]
        wait_until(lambda: len(self.module.got) >= count and len(self.heard) >= count, 5.0)
        heard = [(e.time_s, (e.pitch, e.velocity)) for e in self.heard if isinstance(e, Key)]
        got = [(at_s, stroke) for at_s, channel, stroke in self.module.got if channel == PLAYER]
        heard_s, got_s = [at_s for at_s, _ in heard], [at_s for at_s, _ in got]
        return (
            f"{count} events in {took_s:.1f} s: heard {verdict(wanted, [s for _, s in heard])}; "
            f"sounded {verdict(wanted, [s for _, s in got])}; "
            f"keyboard to Encore {delays(sent_s, heard_s)}, to the module {delays(sent_s, got_s)}"
        )

    def close(self) -> None:
        """Release the ports."""
        self.partner.close()
        self.keyboard.close()
        self.stage.close()
        self.keys.kill()
        self.module.kill()


class Torturer:
    """Does to an answer what can happen to one; every fate returns when it is over."""

    def __init__(self, encore: Encore, chance: random.Random) -> None:
        self._encore, self._chance = encore, chance
        # weight, what happens
        self.fates: dict[str, tuple[int, Callable[[], None]]] = {
            "stop": (420, encore.stage.stop),
            "give way": (260, encore.stage.give_way),
            "cancel": (120, self._cancel),
            "next answer": (160, self._next_answer),
            "kill": (20, self._kill),
            "unplug module": (10, self._unplug_module),
            "unplug keyboard": (10, self._unplug_keyboard),
        }

    def run(self, count: int) -> tuple[Counter[str], int]:
        """Let ``count`` things happen; return them, and after how many a note hung."""
        weights = [weight for weight, _ in self.fates.values()]
        happened: Counter[str] = Counter()
        hanging = 0
        for _ in range(count):
            name = self._chance.choices(list(self.fates), weights)[0]
            happened[name] += 1
            self._play()
            time.sleep(self._chance.uniform(0.0, 0.25))
            self.fates[name][1]()
            if name not in ("kill", "unplug module", "unplug keyboard"):
                self._encore.stage.give_way()
            if not wait_until(lambda: not self._encore.module.down, SILENT_S):
                hanging += 1
                print(f"after {name}: {sorted(self._encore.module.down)} sound on", flush=True)
                self._encore.module.down.clear()
            self._encore.stage.stop()
            self._encore.module.got.clear()
        return happened, hanging

    def _play(self) -> None:
        self._encore.stage.perform(Score(answer(self._chance)))

    def _cancel(self) -> None:
        if (performance := self._encore.stage.performance) is not None:
            performance.cancelled.set()

    def _next_answer(self) -> None:
        self._play()
        time.sleep(self._chance.uniform(0.0, 0.1))

    def _kill(self) -> None:
        """Another Encore plays on the module and is ended from outside."""
        self._encore.stage.stop()
        victim = Stranger("victim")
        time.sleep(self._chance.uniform(0.0, 1.0))
        if not victim.kill(self._chance.choice((signal.SIGTERM, signal.SIGINT))):
            print("a player that was told to end did not", flush=True)

    def _unplug_module(self) -> None:
        self._encore.module.kill()
        wait_until(self._is_module_gone, PATIENCE_S)  # JACK drops a killed client after 3 s
        self._encore.module = Module()
        self._encore.stage.stop()
        if not wait_until(self._is_module_back, PATIENCE_S):
            print("the sound module was not found again", flush=True)

    def _is_module_gone(self) -> bool:
        try:
            self._encore.stage.player.release(100)
        except DeviceError:
            return True
        return False

    def _is_module_back(self) -> bool:
        with suppress(DeviceError):
            self._encore.stage.player.strike(100)
            self._encore.stage.player.release(100)
        time.sleep(0.05)
        return bool(self._encore.module.got)

    def _unplug_keyboard(self) -> None:
        """The keyboard goes with keys down: they sound no more."""
        keys, keyboard = self._encore.keys, self._encore.keyboard
        keys.say(json.dumps([7, 1000.0, 0]))
        keys.line()
        keys.kill()
        wait_until(lambda: not keyboard.names, PATIENCE_S)
        self._encore.stage.stop()
        self._encore.keys = Stranger("keys")
        if not wait_until(lambda: bool(keyboard.names), PATIENCE_S):
            print("the keyboard was not found again", flush=True)


def verdict(wanted: Sequence[Stroke], found: Sequence[Stroke]) -> str:
    """Return how many events are lost, and whether the others are in order."""
    lost = sum((Counter(wanted) - Counter(found)).values())
    if not lost:
        return "none lost, none reordered" if list(found) == list(wanted) else "reordered"
    return f"{lost} of {len(wanted)} lost"


def delays(from_s: Sequence[float], to_s: Sequence[float]) -> str:
    """Return p50, p95 and the most of the times between, milliseconds."""
    late = [(b - a) * 1000 for a, b in zip(from_s, to_s, strict=False)] or [float("nan")]
    return f"{percentile(late, 50):.1f} / {percentile(late, 95):.1f} / {max(late):.1f} ms"


def held() -> dict[str, float]:
    """Return what this process holds: threads, open files (Linux), megabytes of memory (Linux)."""
    files, statm = Path("/proc/self/fd"), Path("/proc/self/statm")
    found = {"threads": float(threading.active_count())}
    if files.exists():
        found["open files"] = float(len(list(files.iterdir())))
        pages = int(statm.read_text(encoding="ascii").split()[1])
        found["MB"] = round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
    return found


def main() -> None:
    """Torture, and print what came of it; exit 1 when a note hung."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=1000, help="stops, kills and unplugs")
    parser.add_argument("--minutes", type=float, default=10.0, help="at 50 events a second")
    parser.add_argument("--burst", type=int, default=2000, help="events, as fast as a cable")
    options = parser.parse_args()
    encore = Encore()
    wait_until(lambda: bool(encore.keyboard.names), PATIENCE_S)
    time.sleep(3.0)
    print(
        "a burst, as fast as a cable carries:",
        encore.flow(options.burst, FASTEST_HZ, 1),
        flush=True,
    )
    print("a burst, at once:", encore.flow(options.burst, 1e9, 2), flush=True)
    if options.minutes:
        print("a flow:", encore.flow(2 * int(options.minutes * 1500), 50.0, 3), flush=True)
    torturer = Torturer(encore, random.Random(8))
    torturer.run(20)
    encore.stage.wait()
    before = held()
    happened, hanging = torturer.run(options.count)
    encore.stage.wait()
    print(f"{dict(happened)}: a note hung after {hanging}", flush=True)
    print(f"before {before}, after {held()}", flush=True)
    encore.close()
    sys.exit(hanging > 0)


if __name__ == "__main__":
    main()
