"""The live player on a clock that is turned by hand: times, order, and that every note ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import mido
import pytest

from assistant.contract import DeviceError
from skills.music.notes import Note, Phrase
from skills.music.player import live
from skills.music.player.clock import ManualClock
from skills.music.player.live import LivePlayer, open_player
from skills.music.player.outputs import SilentOutput
from skills.music.player.score import timeline

PHRASE = Phrase((Note(0.0, 60, 1.0, 80), Note(0.5, 64, 0.5, 70), Note(1.0, 60, 0.25, 90)), 2.0)


def strokes(output: SilentOutput) -> list[tuple[float, str, int]]:
    return [(round(t, 6), m.type, m.note) for t, m in output.sent if "note" in m.type]


def balance(output: SilentOutput) -> dict[int, int]:
    """Strokes less releases for every key."""
    count: dict[int, int] = {}
    for _, message in output.sent:
        if message.type in {"note_on", "note_off"}:
            step = 1 if message.type == "note_on" else -1
            count[message.note] = count.get(message.note, 0) + step
    return count


def player(clock: ManualClock | None = None) -> tuple[LivePlayer, SilentOutput]:
    clock = clock or ManualClock(1000.0)
    output = SilentOutput(clock)
    return LivePlayer(output, clock), output


def test_events_sound_at_their_time_and_releases_come_first() -> None:
    clock = ManualClock(1000.0)
    live_player, output = player(clock)
    assert live_player.play(PHRASE, program=48) is True
    assert strokes(output) == [
        (1000.0, "note_on", 60),
        (1000.5, "note_on", 64),
        (1001.0, "note_off", 60),
        (1001.0, "note_off", 64),
        (1001.0, "note_on", 60),
        (1001.25, "note_off", 60),
    ]
    assert clock.now() == pytest.approx(1002.0)
    assert [m.program for _, m in output.sent if m.type == "program_change"] == [48]


def test_an_hour_of_music_does_not_drift() -> None:
    phrase = Phrase(tuple(Note(i * 0.37, 40 + i % 40, 0.2, 80) for i in range(9_730)))
    live_player, output = player(ManualClock())
    live_player.play(phrase)
    expected = [t for t, _ in timeline(phrase)]
    assert [t for t, m in output.sent if "note" in m.type] == pytest.approx(expected, abs=1e-6)


class StoppingOutput(SilentOutput):
    """Calls back in the middle of a phrase, as a user does who says stop."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.on_message: Callable[[], None] = lambda: None

    def send(self, message: mido.Message) -> None:
        super().send(message)
        if message.type == "note_on" and message.note == 64:
            self.on_message()


@pytest.mark.parametrize("how", ["stop", "cancelled"])
def test_stopping_closes_every_note_and_plays_no_more(how: str) -> None:
    clock = ManualClock()
    output = StoppingOutput(clock)
    live_player = LivePlayer(output, clock)
    cancelled = threading.Event()
    output.on_message = live_player.stop if how == "stop" else cancelled.set
    assert live_player.play(PHRASE, cancelled=cancelled) is False
    assert balance(output) == {60: 0, 64: 0}
    assert clock.now() <= 0.5 + live.STEP_S


def test_a_device_that_fails_is_told_and_gets_its_releases() -> None:
    clock = ManualClock()
    output = StoppingOutput(clock)

    def unplugged() -> None:
        output.on_message = lambda: None
        raise DeviceError("The MIDI output Piano is gone.")

    output.on_message = unplugged
    with pytest.raises(DeviceError, match="is gone"):
        LivePlayer(output, clock).play(PHRASE)
    assert balance(output) == {60: 0, 64: 0}


class StallingClock(ManualClock):
    """A machine that is away for a while when it should wake up."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if 0.45 < self.now_s < 0.5:
            self.now_s = 0.8


def test_a_stroke_that_is_far_too_late_is_left_out() -> None:
    live_player, output = player(StallingClock())
    live_player.play(PHRASE)
    assert [s for s in strokes(output) if s[2] == 64] == []
    assert balance(output) == {60: 0}


def test_notes_that_overlap_on_one_key_are_closed_before_the_next_stroke() -> None:
    live_player, output = player(ManualClock())
    live_player.play(Phrase((Note(0.0, 60, 2.0, 80), Note(1.0, 60, 2.0, 80))))
    assert [s[:2] for s in strokes(output)] == [
        (0.0, "note_on"),
        (1.0, "note_off"),
        (1.0, "note_on"),
        (3.0, "note_off"),
    ]


def test_a_second_phrase_stops_the_first() -> None:
    output = SilentOutput()
    live_player = LivePlayer(output)
    finished: list[bool] = []
    long = Phrase((Note(0.0, 60, 30.0, 80),))
    thread = threading.Thread(target=lambda: finished.append(live_player.play(long)))
    thread.start()
    deadline = time.monotonic() + 5
    while not balance(output).get(60) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert live_player.play(Phrase((Note(0.0, 72, 0.01, 80),))) is True
    thread.join(5)
    assert finished == [False]
    assert balance(output) == {60: 0, 72: 0}


def test_keys_struck_by_hand_end_with_stop() -> None:
    live_player, output = player()
    live_player.strike(60)
    live_player.strike(64)
    live_player.release(60)
    live_player.stop()
    assert balance(output) == {60: 0, 64: 0}


def test_volume_outside_its_range_is_refused() -> None:
    live_player, output = player()
    live_player.set_volume(30)
    assert output.volume_percent == 30
    with pytest.raises(ValueError, match=r"0\.\.100"):
        live_player.set_volume(101)


def test_without_sound_the_player_is_silent_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> None:
        raise DeviceError("No speakers were found.")

    monkeypatch.setattr(live, "SynthOutput", nothing)
    quiet = open_player("auto")
    assert quiet.remark == "No speakers were found."
    assert quiet.play(Phrase((Note(0.0, 60, 0.01, 80),))) is True
    with pytest.raises(DeviceError, match="No speakers"):
        open_player("synth")
