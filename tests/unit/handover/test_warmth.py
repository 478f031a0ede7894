"""Notes are read as they end, on the phrase's clock."""

from __future__ import annotations

import tracemalloc

from skills.music.handover.warmth import Warmth
from skills.music.keyboard.events import Pedal, Stroke
from skills.music.notes import Note


class Ear:
    def __init__(self) -> None:
        self.fed: list[tuple[Note, float | None]] = []
        self.resets = 0

    def feed(self, note: Note, sounding_since_s: float | None = None) -> None:
        self.fed.append((note, sounding_since_s))

    def reset(self) -> None:
        self.resets += 1


def test_a_note_is_read_when_it_ends_with_what_still_sounds() -> None:
    ear = Ear()
    warmth = Warmth(lambda: ear)
    for event in (Stroke(10.0, 60, 80), Stroke(10.5, 64, 70), Stroke(11.0, 60, 0)):
        warmth.take(event)
    warmth.take(Stroke(11.5, 64, 0))
    assert ear.fed == [(Note(0.0, 60, 1.0, 80), 0.5), (Note(0.5, 64, 1.0, 70), None)]


def test_under_the_pedal_notes_end_when_it_is_lifted() -> None:
    ear = Ear()
    warmth = Warmth(lambda: ear)
    for event in (Pedal(9.0, True), Stroke(10.0, 60, 80), Stroke(10.2, 60, 0)):
        warmth.take(event)
    assert ear.fed == []


def test_a_new_phrase_begins_at_zero() -> None:
    ear = Ear()
    warmth = Warmth(lambda: ear)
    for event in (Stroke(10.0, 60, 80), Stroke(10.5, 60, 0), Stroke(14.0, 62, 80)):
        warmth.take(event)
    warmth.take(Stroke(14.5, 62, 0))
    assert [note.onset_s for note, _ in ear.fed] == [0.0, 0.0]
    assert ear.resets == 2


def test_without_a_generator_nothing_happens() -> None:
    warmth = Warmth(lambda: None)
    warmth.take(Stroke(10.0, 60, 80))
    warmth.take(Stroke(10.5, 60, 0))


def test_playing_without_a_pause_takes_no_more_memory_by_the_hour() -> None:
    ear = Ear()
    warmth = Warmth(lambda: ear)
    tracemalloc.start()
    try:
        for k in range(4_000):
            if k == 2_000:
                before, _ = tracemalloc.get_traced_memory()
            warmth.take(Stroke(0.1 * k, 60, 80))
            warmth.take(Stroke(0.1 * k + 0.09, 60, 0))
            assert len(ear.fed) == 1
            ear.fed.clear()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000
