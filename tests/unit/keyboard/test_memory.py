"""What the keyboard's memory gives back, from strokes with times."""

from __future__ import annotations

import pytest

from assistant.contract import InputError
from skills.music.keyboard.events import Pedal, Stroke
from skills.music.keyboard.file_keyboard import FileKeyboard
from skills.music.keyboard.memory import Keyboard, NoteMemory
from skills.music.midi_file import write_phrase
from skills.music.notes import Note, Phrase


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


def pedalled(*events: tuple[float, int, int]) -> NoteMemory:
    """Rows (time, pitch, velocity); pitch 0 is the pedal, velocity 1 down and 0 up."""
    kept = NoteMemory()
    for at, pitch, velocity in events:
        kept.take(Stroke(at, pitch, velocity) if pitch else Pedal(at, bool(velocity)))
    return kept


def test_under_the_pedal_a_note_sounds_until_it_is_lifted() -> None:
    kept = pedalled((0, 0, 1), (1, 60, 80), (1.5, 60, 0), (2, 64, 80), (4, 0, 0), (5, 64, 0))
    assert spans(kept.last_phrase(6)) == [(0.0, 3.0, 60), (1.0, 4.0, 64)]


def test_a_key_struck_again_under_the_pedal_ends_its_first_note() -> None:
    kept = pedalled((0, 0, 1), (1, 60, 80), (1.2, 60, 0), (2, 60, 70), (2.2, 60, 0), (3, 0, 0))
    assert spans(kept.last_phrase(4)) == [(0.0, 1.0, 60), (1.0, 2.0, 60)]


def test_the_pedal_holds_a_phrase_together_but_not_for_ever() -> None:
    close = pedalled((0, 0, 1), (1, 60, 80), (1.2, 60, 0), (4, 62, 80), (4.2, 62, 0), (5, 0, 0))
    assert len(close.last_phrase(9)) == 2
    far = pedalled((0, 0, 1), (1, 60, 80), (1.2, 60, 0), (9, 62, 80), (9.2, 62, 0), (10, 0, 0))
    assert spans(far.last_phrase(11)) == [(0.0, 1.0, 62)]


def test_a_pedal_that_was_down_before_the_phrase_counts_in_it() -> None:
    kept = pedalled(
        (0, 60, 80), (0.5, 60, 0), (5, 0, 1), (9, 62, 80), (9.1, 62, 0), (10, 0, 0), (10.5, 64, 0)
    )
    assert spans(kept.last_phrase(11)) == [(0.0, 1.0, 62)]


def test_a_string_that_nobody_holds_any_more_dies_away() -> None:
    kept = pedalled((0, 0, 1), (1, 60, 80), (1.5, 60, 0))
    assert spans(kept.last_phrase(100)) == [(0.0, 10.5, 60)]


def test_the_start_of_the_phrase_is_known_on_the_clock() -> None:
    kept = memory((10, 60, 80), (11, 60, 0), (15, 64, 90), (16, 64, 0))
    assert kept.phrase_start_s(20) == 15
    assert NoteMemory().phrase_start_s(20) is None
    assert kept.strokes == 2


def test_asking_for_the_phrase_costs_the_same_after_ten_minutes() -> None:
    kept = NoteMemory()
    for i in range(30_000):  # ten minutes at fifty events a second
        kept.add(i * 0.02, 30 + i // 2 % 60, 80 * (1 - i % 2))
    kept.add(603.0, 60, 80)
    kept.add(603.5, 60, 0)
    assert spans(kept.last_phrase(604)) == [(0.0, 0.5, 60)]
    assert kept._events.maxlen is not None


def test_a_file_stands_in_for_a_keyboard(tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_phrase(Phrase((Note(0.0, 60, 1.0, 80),)), tmp_path / "a.mid")
    keyboard: Keyboard = FileKeyboard(tmp_path / "a.mid")
    assert spans(keyboard.last_phrase()) == [(0.0, 1.0, 60)]
    with pytest.raises(InputError, match="There is no file"):
        FileKeyboard(tmp_path / "b.mid").last_phrase()
