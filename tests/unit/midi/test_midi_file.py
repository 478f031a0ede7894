"""Reading and writing MIDI files: round trips, hard files, damaged files."""

from __future__ import annotations

import os
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.contract import InputError
from skills.music import midi_file
from skills.music.midi_file import read_phrase, write_phrase
from skills.music.notes import Note, Phrase

SAME_FOLDER = [HealthCheck.function_scoped_fixture]


def save(path: Path, tracks: list[list[mido.Message]], kind: int = 1, ppq: int = 480) -> Path:
    midi = mido.MidiFile(type=kind, ticks_per_beat=ppq)
    midi.tracks.extend(mido.MidiTrack(track) for track in tracks)
    midi.save(path)
    return path


def on(note: int, time: int = 0, velocity: int = 80, channel: int = 0) -> mido.Message:
    return mido.Message("note_on", note=note, velocity=velocity, time=time, channel=channel)


def off(note: int, time: int = 0, channel: int = 0) -> mido.Message:
    return mido.Message("note_off", note=note, time=time, channel=channel)


def tempo(microseconds: int, time: int = 0) -> mido.MetaMessage:
    return mido.MetaMessage("set_tempo", tempo=microseconds, time=time)


def spans(phrase: Phrase) -> list[tuple[float, float, int]]:
    return [(round(n.onset_s, 3), round(n.end_s, 3), n.pitch) for n in phrase.notes]


@st.composite
def phrases(draw: st.DrawFn) -> Phrase:
    notes = []
    for pitch in draw(st.lists(st.integers(0, 127), min_size=1, max_size=12, unique=True)):
        at = draw(st.floats(0, 60))
        for _ in range(draw(st.integers(1, 4))):
            length = draw(st.floats(0.01, 4))
            notes.append(Note(at, pitch, length, draw(st.integers(1, 127))))
            at += length + draw(st.floats(0.01, 2))
    return Phrase(tuple(notes), draw(st.floats(0, 60)))


@settings(suppress_health_check=SAME_FOLDER, deadline=None)
@given(phrase=phrases(), tempo_bpm=st.none() | st.floats(30, 300), program=st.integers(0, 127))
def test_a_written_phrase_is_read_back_within_a_millisecond(
    tmp_path: Path, phrase: Phrase, tempo_bpm: float | None, program: int
) -> None:
    path = tmp_path / "phrase.mid"
    write_phrase(phrase, path, program, tempo_bpm)
    back = read_phrase(path)
    key = lambda n: (n.pitch, n.onset_s)  # noqa: E731
    for wrote, read in zip(sorted(phrase.notes, key=key), sorted(back.notes, key=key), strict=True):
        assert (wrote.pitch, wrote.velocity) == (read.pitch, read.velocity)
        assert abs(wrote.onset_s - read.onset_s) < 0.001
        assert abs(wrote.end_s - read.end_s) < 0.001
    programs = [m.program for m in mido.MidiFile(path).tracks[0] if m.type == "program_change"]
    assert programs == [program]


def test_a_closing_rest_belongs_to_the_phrase(tmp_path: Path) -> None:
    write_phrase(Phrase((Note(0.0, 60, 4.2, 80),), 5.0), tmp_path / "a.mid")
    assert read_phrase(tmp_path / "a.mid").length_s == pytest.approx(5.0, abs=0.001)


def test_a_file_that_runs_on_in_silence_ends_with_its_last_note(tmp_path: Path) -> None:
    rest = mido.MetaMessage("end_of_track", time=480 * 60)
    path = save(tmp_path / "a.mid", [[on(60), off(60, 480), rest]])
    assert read_phrase(path).length_s == pytest.approx(0.5)


def test_releases_come_before_strokes_at_one_tick(tmp_path: Path) -> None:
    write_phrase(Phrase((Note(0.0, 60, 0.5, 80), Note(0.5, 60, 0.5, 80))), tmp_path / "a.mid")
    kinds = [m.type for m in mido.MidiFile(tmp_path / "a.mid").tracks[0] if "note" in m.type]
    assert kinds == ["note_on", "note_off", "note_on", "note_off"]


def test_silence_before_the_first_note_is_kept(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mid", [[on(60, 960), off(60, 480)]])
    assert spans(read_phrase(path)) == [(1.0, 1.5, 60)]


def test_a_tempo_in_another_track_counts(tmp_path: Path) -> None:
    conductor = [tempo(1_000_000), tempo(250_000, 480)]
    path = save(tmp_path / "a.mid", [conductor, [on(60), off(60, 480), on(62), off(62, 480)]])
    assert spans(read_phrase(path)) == [(0.0, 1.0, 60), (1.0, 1.25, 62)]


def test_type_two_patterns_follow_one_another_with_their_own_tempos(tmp_path: Path) -> None:
    first = [tempo(1_000_000), on(60), off(60, 480)]
    path = save(tmp_path / "a.mid", [first, [on(62), off(62, 480)]], kind=2)
    assert spans(read_phrase(path)) == [(0.0, 1.0, 60), (1.0, 1.5, 62)]


def test_film_time_is_read(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mid", [[on(60), off(60, 1000)]], ppq=-25 * 256 + 40)
    assert spans(read_phrase(path)) == [(0.0, 1.0, 60)]


def test_a_stroke_of_velocity_zero_is_a_release(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mid", [[on(60), on(60, 480, velocity=0)]])
    assert spans(read_phrase(path)) == [(0.0, 0.5, 60)]


def test_an_unclosed_note_ends_with_the_file(tmp_path: Path) -> None:
    end = mido.MetaMessage("end_of_track", time=480)
    path = save(tmp_path / "a.mid", [[on(60), on(64, 480), off(64, 480), end]])
    assert spans(read_phrase(path)) == [(0.0, 1.5, 60), (0.5, 1.0, 64)]


def test_a_key_struck_again_before_its_release_gives_two_notes(tmp_path: Path) -> None:
    once = save(tmp_path / "a.mid", [[on(60), on(60, 480), off(60, 480)]])
    assert spans(read_phrase(once)) == [(0.0, 0.5, 60), (0.5, 1.0, 60)]
    twice = save(tmp_path / "b.mid", [[on(60), on(60, 480), off(60, 10), off(60, 470)]])
    assert spans(read_phrase(twice)) == [(0.0, 0.5, 60), (0.5, 1.0, 60)]


def test_two_channels_on_one_key_become_one_note(tmp_path: Path) -> None:
    tracks = [[on(60), off(60, 480)], [on(60, channel=3), off(60, 960, channel=3)]]
    assert spans(read_phrase(save(tmp_path / "a.mid", tracks))) == [(0.0, 1.0, 60)]


def test_notes_of_no_length_are_dropped(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mid", [[on(60), off(60), on(62), off(62, 480)]])
    assert spans(read_phrase(path)) == [(0.0, 0.5, 62)]


def test_drums_are_left_out_and_named_when_alone(tmp_path: Path) -> None:
    drums = [on(36, channel=9), off(36, 480, channel=9)]
    both = save(tmp_path / "a.mid", [drums, [on(60), off(60, 480)]])
    assert spans(read_phrase(both)) == [(0.0, 0.5, 60)]
    with pytest.raises(InputError, match="holds no notes other than drums"):
        read_phrase(save(tmp_path / "b.mid", [drums]))


def test_notes_of_no_length_are_told_where_there_are_no_others(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds only notes of no length"):
        read_phrase(save(tmp_path / "a.mid", [[on(60), off(60), on(64), off(64)]]))


def test_data_bytes_above_127_are_clipped(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mid", [[on(60, velocity=100), off(60, 480)]])
    path.write_bytes(path.read_bytes().replace(bytes((0x90, 60, 100)), bytes((0x90, 60, 200))))
    assert read_phrase(path).notes[0].velocity == 127


def test_a_riff_wrapper_is_looked_through(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mid", [[on(60), off(60, 480)]])
    path.write_bytes(b"RIFF\x00\x00\x00\x00RMIDdata\x00\x00\x00\x00" + path.read_bytes())
    assert spans(read_phrase(path)) == [(0.0, 0.5, 60)]


def test_a_file_cut_off_keeps_its_whole_notes(tmp_path: Path) -> None:
    notes = [m for pitch in range(40, 80) for m in (on(pitch), off(pitch, 480))]
    path = save(tmp_path / "a.mid", [notes])
    path.write_bytes(path.read_bytes()[:200])
    kept = spans(read_phrase(path))
    assert 15 < len(kept) < 40
    assert kept[:2] == [(0.0, 0.5, 40), (0.5, 1.0, 41)]


def test_a_broken_text_does_not_hide_the_notes(tmp_path: Path) -> None:
    bad_key = mido.UnknownMetaMessage(0x59, data=(99, 7))
    path = save(tmp_path / "a.mid", [[tempo(1_000_000), bad_key, on(60), off(60, 480)]])
    assert spans(read_phrase(path)) == [(0.0, 1.0, 60)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not a MIDI file"),
        (b"RIFF....WAVEfmt ", "is not a MIDI file"),
        (b"MThd", "damaged MIDI file"),
        (b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x00MTrk\x00\x00\x00\x00", "damaged MIDI file"),
        (b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0", "holds no notes"),
    ],
)
def test_a_file_without_music_is_told(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "a.mid").write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read_phrase(tmp_path / "a.mid")


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_phrase(tmp_path / "none.mid")
    with pytest.raises(InputError, match="is a folder"):
        read_phrase(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_missing_permission_is_told(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mid", [[on(60), off(60, 480)]])
    path.chmod(0)
    with pytest.raises(InputError, match="no permission to read"):
        read_phrase(path)
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="no permission to write"):
        write_phrase(Phrase(), tmp_path / "b.mid")


def test_a_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "a.mid", [[on(60), off(60, 480)] * 20])
    monkeypatch.setattr(midi_file, "MAX_NOTES", 19)
    with pytest.raises(InputError, match="more than 100,000 notes"):
        read_phrase(path)
    monkeypatch.setattr(midi_file, "MAX_FILE_BYTES", 50)
    with pytest.raises(InputError, match="larger than 10 MB"):
        read_phrase(path)


def test_a_file_of_days_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mid", [[on(60), off(60, 0x0FFFFFFF)]])
    with pytest.raises(InputError, match="longer than 3 hours"):
        read_phrase(path)


@settings(suppress_health_check=SAME_FOLDER, deadline=None, max_examples=300)
@given(data=st.data())
def test_damage_never_raises_anything_but_a_sentence(tmp_path: Path, data: st.DataObject) -> None:
    notes = [m for pitch in (60, 64, 67) for m in (on(pitch, 10), off(pitch, 480))]
    path = save(tmp_path / "a.mid", [[tempo(400_000)], notes, notes])
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    outcome = outcome_of(path)
    assert outcome.endswith(("notes", ".")), outcome
    assert "\n" not in outcome


def outcome_of(path: Path) -> str:
    try:
        return f"{len(read_phrase(path))} notes"
    except InputError as error:
        return str(error)


def test_a_failed_write_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mid"
    write_phrase(Phrase((Note(0.0, 60, 1.0, 80),)), path)
    before = path.read_bytes()

    def full_disk(_self: object, where: Path) -> None:
        where.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mido.MidiFile, "save", full_disk)
    with pytest.raises(InputError, match="the disk is full"):
        write_phrase(Phrase(), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_told_before_writing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        write_phrase(Phrase(), tmp_path / "none" / "a.mid")


def pedal(value: int, time: int = 0, channel: int = 0) -> mido.Message:
    return mido.Message("control_change", control=64, value=value, time=time, channel=channel)


def test_the_pedal_holds_notes_until_it_is_lifted_or_the_key_is_struck_again(
    tmp_path: Path,
) -> None:
    track = [on(60), pedal(127, 240), off(60, 240), on(64), off(64, 480), on(60), off(60, 240)]
    path = save(tmp_path / "a.mid", [[*track, pedal(0, 720), on(67), off(67, 480)]])
    assert spans(read_phrase(path)) == [
        (0.0, 1.0, 60),  # struck again at 1 s
        (0.5, 2.0, 64),
        (1.0, 2.0, 60),
        (2.0, 2.5, 67),
    ]


def test_the_pedal_holds_its_own_channel_alone(tmp_path: Path) -> None:
    held = [pedal(64), on(48), off(48, 480), pedal(63, 960)]
    dry = [on(72, channel=1), off(72, 480, channel=1)]
    path = save(tmp_path / "a.mid", [held, dry])
    assert spans(read_phrase(path)) == [(0.0, 1.5, 48), (0.0, 0.5, 72)]


def test_a_pedal_that_is_never_lifted_holds_no_longer_than_a_string_sounds(tmp_path: Path) -> None:
    track = [pedal(127), on(60), off(60, 480), on(62, 960 * 20), off(62, 480)]
    path = save(tmp_path / "a.mid", [track])
    assert spans(read_phrase(path)) == [(0.0, 10.5, 60), (20.5, 21.0, 62)]


@pytest.mark.parametrize("rate", [960, 1000, 440])
@pytest.mark.parametrize("tempo_bpm", [None, 61.0, 85.3, 211.0])
def test_a_written_phrase_keeps_the_clock_of_a_file_at_any_tempo(
    tmp_path: Path, rate: int, tempo_bpm: float | None
) -> None:
    notes = tuple(Note(k * 341 / rate, 60 + k, 100 / rate, 80) for k in range(12))
    path = tmp_path / "answer.mid"
    write_phrase(Phrase(notes, 10.0), path, tempo_bpm=tempo_bpm)
    kept = read_phrase(path).to_array()
    assert np.abs(kept - Phrase(notes, 10.0).to_array()).max() < 1e-9
    tempos = [m.tempo for m in mido.MidiFile(path).tracks[0] if m.type == "set_tempo"]
    assert mido.tempo2bpm(tempos[0]) == pytest.approx(tempo_bpm or 120.0, rel=0.0025)
