"""The computer's keys as a piano: the map, the lengths, the terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.input.base import PipeInput
from prompt_toolkit.output import DummyOutput

from assistant.contract import DeviceError
from skills.music.keyboard.computer import ComputerKeyboard
from skills.music.keyboard.terminal import read_phrase_from_terminal
from skills.music.notes import Phrase
from skills.music.player.clock import ManualClock


def played(*presses: tuple[float, str]) -> Phrase:
    keyboard = ComputerKeyboard()
    for time_s, key in presses:
        keyboard.press(time_s, key)
    return keyboard.last_phrase()


def spans(phrase: Phrase) -> list[tuple[float, float, int]]:
    return [(round(n.onset_s, 3), round(n.end_s, 3), n.pitch) for n in phrase.notes]


def pitches(keys: str) -> list[int | None]:
    keyboard = ComputerKeyboard()
    return [keyboard.press(float(index), key) for index, key in enumerate(keys)]


def test_the_rows_are_chromatic_from_middle_c() -> None:
    assert pitches("zsxdcvgbhnjm") == list(range(60, 72))
    assert pitches("q2w3er5t6y7u") == list(range(72, 84))
    assert pitches("ZQ") == [60, 72]
    assert pitches("a1 ü") == [None] * 4


def test_octaves_shift_and_stop_at_the_ends() -> None:
    keyboard = ComputerKeyboard()
    assert [keyboard.press(0.0, key) for key in "=z--z"] == [None, 72, None, None, 48]
    for _ in range(9):
        keyboard.press(1.0, "=")
    assert keyboard.press(2.0, "p") is None  # above the highest MIDI note
    assert keyboard.press(3.0, "z") == 108


def test_a_note_lasts_until_the_next_key_or_half_a_second() -> None:
    phrase = played((5.0, "z"), (5.2, "x"), (6.5, "c"))
    assert spans(phrase) == [(0.0, 0.2, 60), (0.2, 0.7, 62), (1.5, 2.0, 64)]


def test_keys_hit_together_make_a_chord() -> None:
    phrase = played((0.0, "z"), (0.01, "c"), (0.02, "b"), (0.4, "x"))
    assert spans(phrase)[0] == (0.0, 0.4, 60)
    assert spans(phrase)[2] == (0.02, 0.4, 67)


def test_a_held_key_is_one_long_note() -> None:
    repeats = [(0.5 + 0.03 * step, "z") for step in range(20)]
    phrase = played((0.0, "z"), *repeats, (2.0, "x"))
    assert spans(phrase) == [(0.0, 1.07, 60), (2.0, 2.5, 62)]


def test_the_same_key_hit_again_is_a_new_note() -> None:
    assert [s[0] for s in spans(played((0.0, "z"), (0.3, "z"), (0.6, "z")))] == [0.0, 0.3, 0.6]


def test_nothing_played_is_an_empty_phrase() -> None:
    assert played((0.0, "1")) == Phrase()


class Sounds:
    def __init__(self) -> None:
        self.events: list[tuple[str, int]] = []

    def strike(self, pitch: int, velocity: int = 80) -> None:
        assert velocity > 0
        self.events.append(("strike", pitch))

    def release(self, pitch: int) -> None:
        self.events.append(("release", pitch))


@contextmanager
def typing(text: str) -> Iterator[PipeInput]:
    with create_pipe_input() as pipe:
        pipe.send_text(text)
        yield pipe


def test_a_phrase_is_read_from_the_terminal_and_sounds() -> None:
    sounds = Sounds()
    with typing("zcb\r") as pipe:
        phrase = read_phrase_from_terminal(sounds, ManualClock(), pipe, DummyOutput())
    assert phrase is not None
    assert [n.pitch for n in phrase.notes] == [60, 64, 67]
    assert [e for e in sounds.events if e[0] == "strike"] == [
        ("strike", 60),
        ("strike", 64),
        ("strike", 67),
    ]
    assert sorted(p for what, p in sounds.events if what == "release") == [60, 64, 67]


def test_escape_cancels() -> None:
    with typing("zc") as pipe:
        escape = threading.Timer(0.2, pipe.send_text, ["\x1b"])
        escape.start()
        assert read_phrase_from_terminal(None, ManualClock(), pipe, DummyOutput()) is None
        escape.join()


def test_control_c_interrupts() -> None:
    with typing("z\x03") as pipe, pytest.raises(KeyboardInterrupt):
        read_phrase_from_terminal(None, ManualClock(), pipe, DummyOutput())


def test_speakers_that_go_away_do_not_end_the_playing() -> None:
    class Broken(Sounds):
        def strike(self, pitch: int, velocity: int = 80) -> None:
            super().strike(pitch, velocity)
            raise DeviceError("No speakers were found.")

    with typing("zc\r") as pipe:
        phrase = read_phrase_from_terminal(Broken(), ManualClock(), pipe, DummyOutput())
    assert phrase is not None
    assert len(phrase) == 2


def test_without_a_terminal_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(DeviceError, match="in a terminal only"):
        read_phrase_from_terminal()
