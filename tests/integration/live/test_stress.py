"""Floods, stops, kills and unplugs: keyboard, memory, thru and player together."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import mido
import pytest

from assistant.contract import DeviceError
from skills.music.generator.answer import Answer
from skills.music.keyboard import midi_keyboard
from skills.music.keyboard.events import Stroke
from skills.music.keyboard.midi_keyboard import MidiKeyboard
from skills.music.keyboard.wire import Wire
from skills.music.notes import Note, Phrase
from skills.music.player.clock import ManualClock, SystemClock
from skills.music.player.live import PLAYER, LivePlayer
from skills.music.player.metronome import Metronome
from skills.music.player.outputs import SilentOutput
from skills.music.stage import LiveStage

TIMES = 1000


class Cables:
    """A MIDI system whose keyboards a test plugs and unplugs."""

    def __init__(self) -> None:
        self.there: list[str] = ["Piano"]
        self.open: dict[str, Callable[[Any], None]] = {}


@pytest.fixture
def cables(monkeypatch: pytest.MonkeyPatch) -> Cables:
    cables = Cables()

    class Client:
        def names(self) -> list[str]:
            return list(cables.there)

        def open_virtual(self, callback: Callable[[Any], None]) -> bool:
            return callback is not None

        def close(self) -> None:
            pass

    class Port:
        def __init__(self, name: str, callback: Callable[[Any], None]) -> None:
            if name not in cables.there:
                raise DeviceError(f"The keyboard {name} is gone.")
            self.name = name
            cables.open[name] = callback

        def close(self) -> None:
            cables.open.pop(self.name, None)

    monkeypatch.setattr(midi_keyboard, "InputClient", Client)
    monkeypatch.setattr(midi_keyboard, "InputPort", Port)
    monkeypatch.setattr(midi_keyboard, "LOOK_S", 3600.0)  # tests look by hand
    return cables


@pytest.fixture
def board(cables: Cables) -> Iterator[MidiKeyboard]:  # noqa: ARG001 - the cables must be there
    made = MidiKeyboard("all", ManualClock(50.0))
    yield made
    made.close()


def song(events: int, seed: int = 0) -> list[tuple[int, int]]:
    """Return (pitch, velocity) of strokes and releases; every key that goes down goes up."""
    chance = random.Random(seed)
    down: list[int] = []
    found: list[tuple[int, int]] = []
    while len(found) < events:
        if down and (len(down) >= 10 or chance.random() < 0.5 or events - len(found) <= len(down)):
            found.append((down.pop(chance.randrange(len(down))), 0))
        else:
            pitch = chance.choice([p for p in range(21, 109) if p not in down])
            down.append(pitch)
            found.append((pitch, chance.randint(1, 127)))
    return found


def message(pitch: int, velocity: int, channel: int = 0) -> Any:
    return mido.Message("note_on", note=pitch, velocity=velocity, channel=channel)


def strokes_of(board: MidiKeyboard) -> list[tuple[int, int]]:
    return [(e.pitch, e.velocity) for e in board.memory._copy() if isinstance(e, Stroke)]


def hanging(output: SilentOutput) -> dict[tuple[int, int], int]:
    """Return the keys whose last message on the output is a stroke."""
    last = {(m.channel, m.note): m for _, m in output.sent if m.type in ("note_on", "note_off")}
    return {k: 1 for k, m in last.items() if m.type == "note_on" and m.velocity > 0}


def test_a_burst_of_2000_events_is_kept_and_sounds_in_order(board: MidiKeyboard) -> None:
    output = SilentOutput(ManualClock())
    board.thru = LivePlayer(output).thru
    wanted = song(2000)
    cable = [b for pitch, velocity in wanted for b in (0x90, pitch, velocity)]
    for found in Wire().feed(cable):
        board.receive(found, "Piano")
    assert strokes_of(board) == wanted
    assert [(m.note, m.velocity) for _, m in output.sent] == wanted
    assert not board.memory.is_sounding()
    assert not hanging(output)


def test_ten_minutes_at_50_events_a_second_lose_and_reorder_nothing(board: MidiKeyboard) -> None:
    clock = board._clock
    assert isinstance(clock, ManualClock)
    output = SilentOutput(clock)
    board.thru = LivePlayer(output, clock).thru
    heard: list[Any] = []
    board.on_event = heard.append
    wanted = song(30_000, seed=1)
    start_s = clock.now()
    for place, (pitch, velocity) in enumerate(wanted):
        clock.now_s = start_s + place / 50
        board.receive(message(pitch, velocity), "Piano")
    assert strokes_of(board) == wanted
    assert [(e.pitch, e.velocity) for e in heard] == wanted
    assert [(m.note, m.velocity) for _, m in output.sent] == wanted
    notes = board.memory.between(start_s, clock.now())
    assert len(notes) == sum(velocity > 0 for _, velocity in wanted)
    assert len(board.last_phrase()) == len(notes)  # no pause of two seconds in between


def test_two_keyboards_at_once_in_real_time_lose_nothing(cables: Cables) -> None:
    cables.there = ["Piano", "Pads"]
    board = MidiKeyboard("all", SystemClock())
    player = LivePlayer(SilentOutput())
    board.thru = player.thru
    parts = {"Piano": song(150, seed=2), "Pads": song(150, seed=3)}
    playing = threading.Thread(
        target=player.play, args=(Phrase(tuple(Note(i / 50, 30, 0.01, 9) for i in range(100))),)
    )

    def hands(name: str, channel: int) -> None:
        start_s = time.perf_counter()
        for place, (pitch, velocity) in enumerate(parts[name]):
            time.sleep(max(start_s + place / 75 - time.perf_counter(), 0.0))
            cables.open[name](message(pitch, velocity, channel))

    threads = [playing, *(threading.Thread(target=hands, args=(n, c)) for c, n in enumerate(parts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(strokes_of(board)) == Counter(parts["Piano"] + parts["Pads"])
    times = [e.time_s for e in board.memory._copy()]
    assert max((a - b for a, b in pairwise(times)), default=0.0) < 0.05
    board.close()
    player.close()


class Fate(ManualClock):
    """A clock on which something happens to the player after so many sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 0
        self.strikes: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.left -= 1
        if self.left == 0:
            self.strikes()


class Fragile(SilentOutput):
    """An output whose cable can be pulled and put back."""

    is_there = True

    def send(self, message: Any) -> None:
        if not self.is_there:
            raise DeviceError("The MIDI output is gone.")
        super().send(message)


CHORDS = Phrase(
    tuple(Note(i * 0.1, 40 + (7 * i + 3 * k) % 45, 0.35, 80) for i in range(12) for k in range(3))
)


def test_a_thousand_stops_and_pulled_cables_leave_no_hanging_note() -> None:
    chance = random.Random(4)
    clock = Fate()
    output = Fragile(clock)
    player = LivePlayer(output, clock)
    failed = 0
    for _ in range(TIMES):
        output.sent.clear()
        output.is_there = True
        cancelled = threading.Event()

        def pull() -> None:
            output.is_there = False

        def both() -> None:
            player.strike(90, channel=PLAYER)
            player.stop()

        fates = (player.stop, player.give_way, cancelled.set, pull, both, lambda: None)
        clock.strikes, clock.left = chance.choice(fates), chance.randint(1, 140)
        try:
            player.play(CHORDS, cancelled=cancelled)
        except DeviceError:
            failed += 1
        if not output.is_there:
            output.is_there = True
            player.stop()
        assert not player.is_sounding()
        assert not hanging(output)
    assert 50 < failed < 300
    output.sent.clear()
    assert player.play(CHORDS)
    assert len([m for _, m in output.sent if m.type == "note_on"]) == len(CHORDS)


def test_hundreds_of_answers_stopped_by_others_leave_no_thread_and_no_note() -> None:
    threads = threading.active_count()
    chance = random.Random(5)
    output = SilentOutput()
    stage = LiveStage(LivePlayer(output))
    phrase = Phrase(tuple(Note(i * 0.002, 60 + i, 0.05, 80) for i in range(10)))
    answer = Answer(phrase, 1.0, seed=0)
    for _ in range(TIMES // 4):
        stage.present(phrase, answer, "title")
        time.sleep(chance.random() * 0.004)
        chance.choice((stage.stop, stage.give_way, lambda: None))()
    stage.stop()
    stage.wait()
    assert not hanging(output)
    stage.close()
    assert threading.active_count() == threads


def test_a_thousand_unplugs_leave_no_key_down_and_no_port_open(
    cables: Cables, board: MidiKeyboard
) -> None:
    chance = random.Random(6)
    output = SilentOutput(ManualClock())
    player = LivePlayer(output)
    board.thru = player.thru
    names = ["Piano", "Pads", "Organ"]
    for _ in range(TIMES):
        cables.there = [n for n in names if chance.random() < 0.5]
        board._reconcile(quietly=True)
        assert sorted(board.names) == sorted(cables.there) == sorted(cables.open)
        for name in cables.there:
            for pitch in chance.sample(range(40, 80), 3):
                cables.open[name](message(pitch, 80, names.index(name)))
    cables.there = []
    board._reconcile(quietly=True)
    assert not board.memory.is_sounding()
    assert not hanging(output)
    assert cables.open == {}


def test_hundreds_of_starts_and_stops_of_the_click_leave_nothing_behind() -> None:
    threads = threading.active_count()
    chance = random.Random(7)
    output = SilentOutput()
    metronome = Metronome(LivePlayer(output))
    for place in range(TIMES // 4):
        if place % 4 == 3:
            metronome.stop()
        else:
            metronome.start(chance.uniform(30, 300), beats=chance.choice((None, 1, 4)))
    metronome.stop()
    assert not hanging(output)
    assert threading.active_count() == threads
