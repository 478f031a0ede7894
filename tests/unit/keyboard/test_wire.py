"""Bytes of a MIDI cable: running status, clocks amid messages, sysex and noise."""

from __future__ import annotations

import random

import mido
from hypothesis import given
from hypothesis import strategies as st

from skills.music.keyboard.wire import Wire


def said(*data: int) -> list[tuple[str, list[int]]]:
    return [(m.type, m.bytes()) for m in Wire().feed(data)]


def test_running_status_needs_no_status_byte() -> None:
    assert said(0x90, 60, 100, 62, 90, 60, 0) == [
        ("note_on", [0x90, 60, 100]),
        ("note_on", [0x90, 62, 90]),
        ("note_on", [0x90, 60, 0]),
    ]


def test_a_clock_amid_a_message_breaks_nothing() -> None:
    assert [kind for kind, _ in said(0x90, 60, 0xF8, 100, 0xFE, 62, 90)] == [
        "clock",
        "note_on",
        "note_on",
    ]


def test_sysex_of_any_length_is_left_out() -> None:
    assert said(0xF0, *range(120), 0xF8, 5, 0xF7, 0x80, 60, 0) == [
        ("clock", [0xF8]),
        ("note_off", [0x80, 60, 0]),
    ]
    assert said(0xF0, 1, 2, 0x90, 60, 1) == [("note_on", [0x90, 60, 1])]  # one that never ended


def test_strays_and_undefined_bytes_are_left_out() -> None:
    assert said(60, 100, 0xF4, 1, 0xF5, 0xFD, 0xF9, 0xF2, 1, 2, 0xC0, 5) == [
        ("program_change", [0xC0, 5])
    ]


@given(st.lists(st.integers(0, 255), max_size=400))
def test_noise_never_raises_and_yields_messages_only(noise: list[int]) -> None:
    wire = Wire()
    for message in wire.feed(noise):
        assert isinstance(message, mido.Message)
    assert wire.feed([0x90, 60, 100])[-1].bytes() == [0x90, 60, 100]


def test_messages_survive_however_the_bytes_are_cut() -> None:
    chance = random.Random(3)
    messages = [
        mido.Message("note_on", note=chance.randrange(128), velocity=chance.randrange(1, 128))
        for _ in range(200)
    ]
    data = [byte for m in messages for byte in m.bytes()]
    wire, got = Wire(), []
    while data:
        size = chance.randrange(1, 9)
        got += wire.feed(data[:size])
        data = data[size:]
    assert got == messages
