"""What the keyboard's memory gives back, from strokes with times."""

from __future__ import annotations

import mido
import pytest

from assistant.contract import DeviceError, InputError
from skills.music.keyboard import midi_keyboard, ports
from skills.music.keyboard.file_keyboard import FileKeyboard
from skills.music.keyboard.memory import Keyboard, NoteMemory
from skills.music.keyboard.midi_keyboard import MidiKeyboard
from skills.music.midi_file import write_phrase
from skills.music.notes import Note, Phrase
from skills.music.player.clock import ManualClock


def spans(phrase: Phrase) -> list[tuple[float, float, int]]:
    return [(round(n.onset_s, 3), round(n.end_s, 3), n.pitch) for n in phrase.notes]


def memory(*strokes: tuple[float, int, int]) -> NoteMemory:
    kept = NoteMemory()
    for stroke in strokes:
        kept.add(*stroke)
    return kept


def test_the_phrase_just_played_begins_after_the_last_long_silence() -> None:
    kept = memory((10, 60, 80), (11, 60, 0), (13, 62, 70), (13.5, 62, 0), (15, 64, 90), (16, 64, 0))
    assert spans(kept.last_phrase(20)) == [(0.0, 0.5, 62), (2.0, 3.0, 64)]


def test_a_held_note_keeps_the_phrase_together_and_ends_now() -> None:
    kept = memory((10, 60, 80), (14, 64, 80), (14.5, 64, 0))
    assert spans(kept.last_phrase(15)) == [(0.0, 5.0, 60), (4.0, 4.5, 64)]
    assert kept.is_sounding()


def test_silence_since_the_phrase_does_not_matter() -> None:
    kept = memory((10, 60, 80), (11, 60, 0))
    assert spans(kept.last_phrase(300)) == [(0.0, 1.0, 60)]
    assert not kept.is_sounding()


def test_what_is_older_than_ten_minutes_is_forgotten() -> None:
    kept = memory((10, 60, 80), (11, 60, 0))
    assert kept.last_phrase(612) == Phrase()
    assert NoteMemory().last_phrase(5) == Phrase()


def test_a_key_struck_twice_without_release_gives_two_notes() -> None:
    kept = memory((0, 60, 80), (1, 60, 80), (2, 60, 0), (2.5, 61, 0))
    assert spans(kept.last_phrase(3)) == [(0.0, 1.0, 60), (1.0, 2.0, 60)]


def test_a_span_of_time_can_be_asked_for() -> None:
    kept = memory((1, 60, 80), (2, 60, 0), (3, 62, 80), (4, 62, 0), (5, 64, 80), (6, 64, 0))
    assert spans(kept.between(2.5, 5.5)) == [(0.0, 1.0, 62), (2.0, 2.5, 64)]


class FakePort:
    name = "Piano:1"
    closed = False

    def close(self) -> None:
        self.closed = True


class FakeWatch:
    def names(self) -> list[str]:
        return ["Piano:1"]

    def close(self) -> None:
        pass


def test_a_midi_keyboard_stamps_what_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(midi_keyboard, "open_input", lambda *_: FakePort())
    monkeypatch.setattr(midi_keyboard, "InputWatch", FakeWatch)
    clock = ManualClock(50.0)
    keyboard = MidiKeyboard("piano", clock)
    for at, message in (
        (50.0, mido.Message("note_on", note=60, velocity=90)),
        (50.2, mido.Message("control_change", control=64, value=127)),
        (50.5, mido.Message("note_on", note=60, velocity=0)),
        (51.0, mido.Message("note_on", note=64, velocity=70)),
        (51.5, mido.Message("note_off", note=64)),
    ):
        clock.now_s = at
        keyboard.receive(message)
    assert spans(keyboard.last_phrase()) == [(0.0, 0.5, 60), (1.0, 1.5, 64)]
    assert [n.velocity for n in keyboard.last_phrase().notes] == [90, 70]
    keyboard.close()
    keyboard.close()


def test_a_file_stands_in_for_a_keyboard(tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_phrase(Phrase((Note(0.0, 60, 1.0, 80),)), tmp_path / "a.mid")
    keyboard: Keyboard = FileKeyboard(tmp_path / "a.mid")
    assert spans(keyboard.last_phrase()) == [(0.0, 1.0, 60)]
    with pytest.raises(InputError, match="There is no file"):
        FileKeyboard(tmp_path / "b.mid").last_phrase()


PORTS = ["Midi Through:Midi Through Port-0 14:0", "Piano:Piano MIDI 1 24:0", "Pads 28:0"]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [("", 1), ("pads", 2), ("Piano:Piano MIDI 1 24:0", 1), ("through", 0), ("organ", None)],
)
def test_ports_are_chosen_by_a_part_of_their_name(wanted: str, chosen: int | None) -> None:
    assert ports.choose(PORTS, wanted) == (None if chosen is None else PORTS[chosen])


def test_the_systems_loopback_is_no_keyboard() -> None:
    assert ports.choose(PORTS[:1]) is None


def test_silent_keyboard_is_told_to_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "input_names", lambda: PORTS[:1])
    with pytest.raises(DeviceError, match="No keyboard is connected"):
        ports.open_input("", lambda _: None)
    with pytest.raises(DeviceError, match=r"no keyboard called 'organ'\. There is: Midi Through"):
        ports.open_input("organ", lambda _: None)


def test_a_machine_without_midi_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_system() -> list[str]:
        raise SystemError("MidiInAlsa::initialize: error creating ALSA sequencer client object.")

    monkeypatch.setattr(ports, "_check_alsa", lambda: None)
    monkeypatch.setattr(mido, "get_input_names", no_system)
    with pytest.raises(DeviceError, match=r"^There is no MIDI system on this machine[^.]*\.$"):
        ports.input_names()
