"""What a MIDI file says of its own tempo and bars."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest

from skills.music.midi_file import read_phrase
from skills.music.notes import Metre


def written(folder: Path, *metas: mido.MetaMessage) -> Metre | None:
    midi = mido.MidiFile(ticks_per_beat=480)
    track = midi.add_track()
    track.extend(metas)
    track += [mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=480)]
    midi.save(folder / "a.mid")
    return read_phrase(folder / "a.mid").written


def tempo(bpm: float, time: int = 0) -> mido.MetaMessage:
    return mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm), time=time)


def bars(over: int, under: int) -> mido.MetaMessage:
    return mido.MetaMessage("time_signature", numerator=over, denominator=under)


def test_a_tempo_alone_tells_beats_and_no_bars(tmp_path: Path) -> None:
    assert written(tmp_path, tempo(150)) == Metre(0.4)


@pytest.mark.parametrize(
    ("over", "under", "beat_s", "beats_a_bar", "beats_hold"),
    [(3, 4, 0.4, 3, 2), (4, 4, 0.4, 4, 2), (6, 8, 0.6, 2, 3), (2, 2, 0.8, 2, 2)],
)
def test_a_time_signature_tells_bars(
    tmp_path: Path, over: int, under: int, beat_s: float, beats_a_bar: int, beats_hold: int
) -> None:
    found = written(tmp_path, tempo(150), bars(over, under))
    assert found is not None
    assert found.beat_s == pytest.approx(beat_s)
    assert (found.beats_a_bar, found.beats_hold) == (beats_a_bar, beats_hold)


def test_the_tempo_that_every_program_writes_says_nothing(tmp_path: Path) -> None:
    assert written(tmp_path, tempo(120)) is None
    assert written(tmp_path) is None
    assert written(tmp_path, tempo(120), bars(4, 4)) == Metre(0.5, 4)


def test_a_tempo_that_changes_says_nothing(tmp_path: Path) -> None:
    assert written(tmp_path, tempo(90), tempo(150, time=240)) is None
    assert written(tmp_path, tempo(90), bars(4, 4), bars(3, 4)) is None
