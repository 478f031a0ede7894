"""Round trips of the event codec on real, hard and damaged phrases."""

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skills.music.generator.codec import (
    DURATIONS_S,
    ONSET_GRID_S,
    SHIFTS_S,
    UNKNOWN_VELOCITY,
    decode,
    encode,
    tidy,
)
from skills.music.midi_file import read_phrase
from skills.music.notes import Phrase

note_rows = st.lists(
    st.tuples(
        st.floats(0, 30),
        st.floats(0.03, 4),
        st.integers(0, 127),
        st.integers(1, 127),
    ),
    min_size=1,
    max_size=60,
)


def as_notes(rows):
    return np.array([(a, a + d, p, v) for a, d, p, v in rows], dtype=float)


@settings(max_examples=60, deadline=None)
@given(note_rows)
def test_tidied_notes_never_overlap_on_one_key_and_come_in_order(rows):
    notes = tidy(as_notes(rows))
    assert len(notes) >= 1
    grid = np.round(notes[:, 0] / ONSET_GRID_S)
    assert (np.diff(grid) >= 0).all()
    for pitch in set(notes[:, 2]):
        own = notes[notes[:, 2] == pitch]
        assert (own[1:, 0] >= own[:-1, 1] - 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(note_rows)
def test_pitches_survive_and_times_stay_within_their_bins(rows):
    notes = tidy(as_notes(rows))
    encoded = encode(notes)
    back = decode(encoded.tokens, float(encoded.onsets_s[0]))
    assert (back[:, 2] == notes[:, 2]).all()
    assert (np.abs(back[:, 3] - notes[:, 3]) <= 3).all()
    longest = np.diff(notes[:, 0], prepend=notes[0, 0]).max()
    if longest < SHIFTS_S[-1]:
        assert (np.abs(encoded.onsets_s - notes[:, 0]) <= 0.11).all()


def test_a_played_groove_keeps_its_time_to_ten_milliseconds():
    onsets = np.cumsum([0, 0.243, 0.262, 0.121, 0.374, 0.251, 0.008, 0.49])
    notes = np.array([(t, t + 0.2, 60 + i, 80) for i, t in enumerate(onsets)])
    encoded = encode(tidy(notes))
    assert np.abs(encoded.onsets_s - onsets).max() <= 0.0051
    assert np.abs(decode(encoded.tokens)[:, 0] - onsets).max() <= 0.0051


def test_rounding_never_adds_up_over_a_long_phrase():
    onsets = np.arange(2000) * 0.3333
    notes = np.array([(t, t + 0.2, 60 + i % 12, 80) for i, t in enumerate(onsets)])
    assert np.abs(encode(tidy(notes)).onsets_s - onsets).max() < 0.011


def test_a_long_silence_is_cut_and_the_clock_goes_on_from_the_true_onset():
    notes = np.array([(0.0, 0.5, 60, 80), (60.0, 60.5, 62, 80), (60.25, 60.5, 64, 80)])
    encoded = encode(tidy(notes))
    assert encoded.onsets_s[1] == pytest.approx(60.0)
    assert encoded.onsets_s[2] == pytest.approx(60.25, abs=0.01)


def test_unknown_loudness_has_a_token_of_its_own():
    notes = np.array([(0.0, 0.5, 60, 72), (0.5, 1.0, 64, 72)])
    assert set(encode(notes, velocity_known=False).tokens[:, 3]) == {UNKNOWN_VELOCITY}


def test_the_longer_of_two_notes_on_one_key_at_one_time_stays():
    notes = tidy(np.array([(0.0, 0.2, 60, 80), (0.004, 1.0, 60, 80)]))
    assert len(notes) == 1
    assert notes[0, 1] == 1.0


def test_an_empty_phrase_gives_no_events():
    assert len(encode(tidy(Phrase().to_array())).tokens) == 0
    assert DURATIONS_S[0] < 0.05 < 5.0 < DURATIONS_S[-1]


def written(path, notes, tempos=()):
    """Write notes (onset, end, pitch, velocity) in seconds as a MIDI file with tempo changes."""
    midi = mido.MidiFile(ticks_per_beat=960)
    track = midi.add_track()
    events = [(t, 0, mido.MetaMessage("set_tempo", tempo=us)) for t, us in tempos]
    for start, end, pitch, velocity in notes:
        events.append((start, 2, mido.Message("note_on", note=int(pitch), velocity=int(velocity))))
        events.append((end, 1, mido.Message("note_off", note=int(pitch))))
    now, tempo_us = 0.0, 500_000
    for time, _, message in sorted(events, key=lambda e: e[:2]):
        ticks = round(mido.second2tick(time - now, 960, tempo_us))
        now += mido.tick2second(ticks, 960, tempo_us)
        track.append(message.copy(time=ticks))
        if message.type == "set_tempo":
            tempo_us = message.tempo
    midi.save(path)
    return path


def played_notes(count=80, seed=4):
    """Uneven playing: two hands, rolled chords, swing, a held bass, changing loudness."""
    rng = np.random.default_rng(seed)
    beat = np.arange(count) * 0.29 + rng.normal(0, 0.012, count)
    melody = np.stack([beat, beat + 0.25, 62 + rng.integers(0, 20, count), 64 + beat % 40], axis=1)
    bass = melody[::4].copy()
    bass[:, 1] = bass[:, 0] + 1.1
    bass[:, 2] = 36 + rng.integers(0, 12, len(bass))
    rolled = melody[2::8].copy()
    rolled[:, 0] += 0.024
    rolled[:, 2] -= 9
    notes = np.concatenate([melody, bass, rolled])
    notes[:, :2] -= notes[:, 0].min()
    return notes


def assert_survives(path):
    """A file, read, encoded and decoded again, keeps pitches, onsets, lengths and loudness."""
    notes = tidy(read_phrase(path).to_array())
    encoded = encode(notes)
    back = decode(encoded.tokens, float(encoded.onsets_s[0]))
    assert (back[:, 2] == notes[:, 2]).all()
    gaps = np.diff(notes[:, 0], prepend=notes[0, 0])
    near = np.abs(encoded.onsets_s - notes[:, 0])
    assert near[gaps < 0.5].max() <= 0.0101
    length = np.clip(notes[:, 1] - notes[:, 0], DURATIONS_S[0], DURATIONS_S[-1])
    assert np.abs(np.log((back[:, 1] - back[:, 0]) / length)).max() <= 0.046  # half a step of 9 %
    assert np.abs(back[:, 3] - notes[:, 3]).max() <= 3


def test_a_played_file_survives(tmp_path):
    assert_survives(written(tmp_path / "played.mid", played_notes()))


def test_a_file_with_tempo_changes_and_dense_chords_survives(tmp_path):
    rng = np.random.default_rng(1)
    starts = np.repeat(np.cumsum(rng.uniform(0.06, 0.45, 40)), 6)
    pitches = np.concatenate([30 + rng.permutation(70)[:6] for _ in range(40)])
    notes = np.stack([starts, starts + 0.05, pitches, rng.integers(1, 128, 240)], axis=1)
    tempos = [(0.0, 700_000), (3.0, 250_000), (8.0, 1_200_000)]
    assert_survives(written(tmp_path / "hard.mid", notes, tempos))


@pytest.mark.parametrize("share", [0.95, 0.6, 0.2])
def test_what_is_left_of_a_damaged_file_survives(tmp_path, share):
    data = written(tmp_path / "whole.mid", played_notes()).read_bytes()
    cut = tmp_path / "cut.mid"
    cut.write_bytes(data[: int(len(data) * share)])
    assert len(read_phrase(cut)) >= 5
    assert_survives(cut)
