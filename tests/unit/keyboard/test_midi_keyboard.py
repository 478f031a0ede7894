"""Keyboards on MIDI ports, with a MIDI system that a test plugs and unplugs by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import mido
import pytest

from assistant.contract import DeviceError
from skills.music.keyboard import midi_keyboard, ports
from skills.music.keyboard.events import Bend, ClockTick, Control, Played, Program
from skills.music.keyboard.midi_keyboard import MidiKeyboard
from skills.music.notes import Phrase
from skills.music.player.clock import ManualClock

Callback = Callable[[mido.Message], None]


class PatchBay:
    """The ports that are there, and the callbacks of those that are open."""

    def __init__(self, *names: str) -> None:
        self.there = list(names)
        self.open: dict[str, Callback] = {}
        self.has_virtual_ports = True


@pytest.fixture
def bay(monkeypatch: pytest.MonkeyPatch) -> PatchBay:
    bay = PatchBay("Midi Through 14:0", "Piano:1", "Pads:2")

    class Client:
        def names(self) -> list[str]:
            return list(bay.there)

        def open_virtual(self, callback: Callback) -> bool:
            bay.open["Encore"] = callback
            return bay.has_virtual_ports

        def close(self) -> None:
            bay.open.pop("Encore", None)

    class Port:
        def __init__(self, name: str, callback: Callback) -> None:
            if name not in bay.there:
                raise DeviceError(f"The keyboard {name} is gone.")
            self.name = name
            bay.open[name] = callback

        def close(self) -> None:
            bay.open.pop(self.name, None)

    monkeypatch.setattr(midi_keyboard, "InputClient", Client)
    monkeypatch.setattr(midi_keyboard, "InputPort", Port)
    monkeypatch.setattr(midi_keyboard, "LOOK_S", 3600.0)  # tests look by hand
    return bay


@pytest.fixture
def opened(bay: PatchBay) -> Iterator[Callable[..., tuple[MidiKeyboard, list[str], ManualClock]]]:
    boards: list[MidiKeyboard] = []

    def begin(wanted: str = "") -> tuple[MidiKeyboard, list[str], ManualClock]:
        said: list[str] = []
        clock = ManualClock(50.0)
        boards.append(MidiKeyboard(wanted, clock, said.append))
        return boards[-1], said, clock

    yield begin
    for board in boards:
        board.close()
        board.close()
    assert bay.open == {}


Opened = Callable[..., tuple[MidiKeyboard, list[str], ManualClock]]


def spans(phrase: Phrase) -> list[tuple[float, float, int]]:
    return [(round(n.onset_s, 3), round(n.end_s, 3), n.pitch) for n in phrase.notes]


def note(pitch: int, velocity: int = 80) -> mido.Message:
    return mido.Message("note_on", note=pitch, velocity=velocity)


def pedal(value: int) -> mido.Message:
    return mido.Message("control_change", control=64, value=value)


def test_strokes_are_stamped_and_kept_with_their_velocity(opened: Opened, bay: PatchBay) -> None:
    keyboard, _, clock = opened()
    for at, message in (
        (50.0, note(60, 90)),
        (50.5, note(60, 0)),
        (51.0, note(64, 70)),
        (51.5, mido.Message("note_off", note=64)),
    ):
        clock.now_s = at
        bay.open["Piano:1"](message)
    assert spans(keyboard.last_phrase()) == [(0.0, 0.5, 60), (1.0, 1.5, 64)]
    assert [n.velocity for n in keyboard.last_phrase().notes] == [90, 70]


def test_the_first_real_keyboard_is_taken_where_nothing_is_wished(opened: Opened) -> None:
    assert opened()[0].names == ("Piano:1",)
    assert opened("pads")[0].names == ("Pads:2",)
    assert opened("pads, piano")[0].names == ("Pads:2", "Piano:1")
    assert opened("all")[0].name == "Piano:1 and Pads:2"
    assert opened("organ")[0].names == ()


def test_several_keyboards_play_one_phrase(opened: Opened, bay: PatchBay) -> None:
    keyboard, _, clock = opened("all")
    for at, port, message in (
        (50.0, "Piano:1", note(48)),
        (50.2, "Pads:2", note(72)),
        (50.6, "Piano:1", note(48, 0)),
        (50.8, "Pads:2", note(72, 0)),
    ):
        clock.now_s = at
        bay.open[port](message)
    assert spans(keyboard.last_phrase()) == [(0.0, 0.6, 48), (0.2, 0.8, 72)]


def test_other_programs_can_play_into_encore(opened: Opened, bay: PatchBay) -> None:
    bay.there.clear()
    keyboard, _, clock = opened()
    assert keyboard.own_port == "Encore"
    bay.open["Encore"](note(60))
    clock.now_s = 50.4
    bay.open["Encore"](note(60, 0))
    assert spans(keyboard.last_phrase()) == [(0.0, 0.4, 60)]


def test_a_keyboard_that_goes_and_comes_is_told_once_each(opened: Opened, bay: PatchBay) -> None:
    keyboard, said, _ = opened("piano")
    bay.there.remove("Piano:1")
    for _ in range(3):
        keyboard._reconcile()
    assert keyboard.names == ()
    bay.there.append("Piano:1")
    for _ in range(3):
        keyboard._reconcile()
    assert said == ["The keyboard Piano:1 is gone.", "The keyboard Piano:1 is back."]
    assert keyboard.names == ("Piano:1",)


def test_a_keyboard_that_is_plugged_in_later_is_found(opened: Opened, bay: PatchBay) -> None:
    bay.there[:] = []
    keyboard, said, _ = opened()
    assert keyboard.name == ""
    bay.there.append("Grand:9")
    keyboard._reconcile()
    assert said == ["The keyboard Grand:9 is here."]
    assert keyboard.name == "Grand:9"


def test_keys_that_were_down_when_the_cable_went_are_released(
    opened: Opened, bay: PatchBay
) -> None:
    keyboard, _, clock = opened("piano")
    through: list[mido.Message] = []
    keyboard.thru = through.append
    bay.open["Piano:1"](pedal(127))
    bay.open["Piano:1"](note(60))
    clock.now_s = 51.0
    bay.there.remove("Piano:1")
    keyboard._reconcile()
    assert not keyboard.memory.is_sounding()
    assert spans(keyboard.last_phrase()) == [(0.0, 1.0, 60)]
    assert [(m.type, m.bytes()[1:]) for m in through[-2:]] == [
        ("note_off", [60, 64]),
        ("control_change", [64, 0]),
    ]


def test_everything_that_a_player_does_is_told_to_the_listener(
    opened: Opened, bay: PatchBay
) -> None:
    keyboard, _, _ = opened()
    events: list[Played] = []
    keyboard.on_event = events.append
    for message in (
        mido.Message("pitchwheel", pitch=-100),
        mido.Message("program_change", program=19),
        mido.Message("clock"),
        mido.Message("control_change", control=67, value=127),
        mido.Message("sysex", data=[1, 2, 3]),
        mido.Message("aftertouch", value=3),
    ):
        bay.open["Piano:1"](message)
    assert events == [
        Bend(50.0, -100),
        Program(50.0, 19),
        ClockTick(50.0, "clock"),
        Control(50.0, 67, 127),
    ]
    assert keyboard.last_phrase() == Phrase()


PORTS = ["Midi Through:Midi Through Port-0 14:0", "Piano:Piano MIDI 1 24:0", "Pads 28:0"]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [("", 1), ("pads", 2), ("Piano:Piano MIDI 1 24:0", 1), ("through", 0), ("organ", None)],
)
def test_ports_are_chosen_by_a_part_of_their_name(wanted: str, chosen: int | None) -> None:
    assert ports.choose(PORTS, wanted) == (None if chosen is None else PORTS[chosen])


@pytest.mark.parametrize(
    "name", [PORTS[0], "RtMidi Output Client:RtMidi Output", "Encore:in", "IAC Driver Bus 1"]
)
def test_loopbacks_and_encore_itself_are_no_keyboards(name: str) -> None:
    assert ports.choose([name]) is None


def test_a_keyboard_that_is_open_stays_the_chosen_one() -> None:
    assert ports.choose_all(["New:1", "Piano:2"], "", ["Piano:2"]) == ["Piano:2"]
    assert ports.choose_all(["New:1"], "", ["Piano:2"]) == ["New:1"]


def test_a_machine_without_midi_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_system() -> list[str]:
        raise SystemError("MidiInAlsa::initialize: error creating ALSA sequencer client object.")

    monkeypatch.setattr(ports, "_check_alsa", lambda: None)
    monkeypatch.setattr(mido, "get_input_names", no_system)
    with pytest.raises(DeviceError, match=r"^There is no MIDI system on this machine[^.]*\.$"):
        ports.input_names()
