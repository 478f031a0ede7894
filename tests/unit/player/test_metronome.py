from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from assistant.contract import DeviceError
from skills.music.player.clock import ManualClock
from skills.music.player.live import LivePlayer
from skills.music.player.metronome import ACCENT, BEAT, DRUMS, Metronome
from skills.music.player.outputs import SilentOutput


class SteppedClock(ManualClock):
    """A clock that a test lets go on: whoever sleeps waits until the test has come so far."""

    def __init__(self) -> None:
        super().__init__()
        self.until_s = 0.0
        self.moved = threading.Condition()

    def sleep(self, seconds: float) -> None:
        with self.moved:
            self.moved.wait_for(lambda: self.until_s >= self.now_s + seconds, timeout=0.05)
            if self.until_s >= self.now_s + seconds:
                self.now_s += seconds

    def go_to(self, time_s: float) -> None:
        with self.moved:
            self.until_s = time_s
            self.moved.notify_all()
        wait_until(lambda: self.now_s >= time_s - 0.011)


def wait_until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end_s
        time.sleep(0.001)


def make() -> tuple[Metronome, SilentOutput, SteppedClock]:
    clock = SteppedClock()
    output = SilentOutput(clock)
    return Metronome(LivePlayer(output, clock)), output, clock


def clicks(output: SilentOutput) -> list[tuple[float, int]]:
    return [(round(t, 3), m.note) for t, m in output.sent if m.type == "note_on"]


def open_notes(output: SilentOutput) -> int:
    ons = sum(m.type == "note_on" for _, m in output.sent)
    return ons - sum(m.type == "note_off" for _, m in output.sent)


def test_clicks_fall_on_the_beats_and_bars_are_accented() -> None:
    metronome, output, clock = make()
    metronome.start(120, at_s=1.0)
    clock.go_to(4.3)
    metronome.stop()
    heard = clicks(output)
    assert [t for t, _ in heard] == pytest.approx([1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0], abs=1e-6)
    assert [n for _, n in heard] == [ACCENT[0], *[BEAT[0]] * 3, ACCENT[0], *[BEAT[0]] * 2]
    assert {m.channel for _, m in output.sent} == {DRUMS}
    assert open_notes(output) == 0


def test_the_grid_does_not_drift_in_a_thousand_beats() -> None:
    clock = ManualClock()
    output = SilentOutput(clock)
    metronome = Metronome(LivePlayer(output, clock))
    metronome.start(137, at_s=0.0, beats=1000)
    wait_until(lambda: not metronome.running)
    times = [t for t, m in output.sent if m.type == "note_on"]
    assert len(times) == 1000
    assert max(abs(t - k * 60 / 137) for k, t in enumerate(times)) < 1e-6


def test_it_falls_silent_after_the_beats_of_a_count_in() -> None:
    clock = ManualClock()
    output = SilentOutput(clock)
    metronome = Metronome(LivePlayer(output, clock))
    metronome.start(60, at_s=0.0, beats=3, beats_a_bar=3)
    wait_until(lambda: not metronome.running)
    assert len(clicks(output)) == 3


def test_a_new_tempo_replaces_the_old_one() -> None:
    metronome, output, clock = make()
    metronome.start(60, at_s=0.0)
    clock.go_to(1.5)
    metronome.start(120, at_s=2.0)
    clock.go_to(3.2)
    metronome.stop()
    assert [t for t, _ in clicks(output)] == pytest.approx([0.0, 1.0, 2.0, 2.5, 3.0], abs=1e-6)
    assert metronome.bpm == 120


def test_a_stop_of_the_music_leaves_the_grid_alone() -> None:
    metronome, output, clock = make()
    metronome.start(60, at_s=0.0)
    clock.go_to(1.02)
    metronome._player.stop()
    clock.go_to(3.5)
    metronome.stop()
    assert [t for t, _ in clicks(output)] == pytest.approx([0.0, 1.0, 2.0, 3.0], abs=1e-6)


def test_beats_that_were_missed_are_left_out() -> None:
    clock = ManualClock(10.0)
    output = SilentOutput(clock)
    metronome = Metronome(LivePlayer(output, clock))
    metronome.start(60, at_s=7.5, beats=5)
    wait_until(lambda: not metronome.running)
    assert [t for t, _ in clicks(output)] == pytest.approx([10.5, 11.5], abs=1e-6)


def test_the_next_beat_is_told() -> None:
    metronome, _, clock = make()
    assert metronome.next_beat_s(0.0) is None
    metronome.start(60, at_s=0.5)
    assert metronome.next_beat_s(0.0) == 0.5
    assert metronome.next_beat_s(2.1) == 2.5
    metronome.stop()
    clock.go_to(0.0)


@pytest.mark.parametrize("bpm", [29.0, 301.0, float("nan")])
def test_a_tempo_out_of_range_is_an_error(bpm: float) -> None:
    with pytest.raises(ValueError, match=r"30\.\.300"):
        make()[0].start(bpm)


def test_an_output_that_is_gone_ends_the_click() -> None:
    class Gone(SilentOutput):
        def send(self, message: object) -> None:
            assert message is not None
            raise DeviceError("The MIDI output is gone.")

    clock = ManualClock()
    metronome = Metronome(LivePlayer(Gone(clock), clock))
    metronome.start(60)
    wait_until(lambda: not metronome.running)
