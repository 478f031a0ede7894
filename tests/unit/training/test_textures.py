"""Textures of training songs: lines, chords, outer voices, accompaniment; swing; mixtures."""

import io

import mido
import numpy as np
import pytest

from skills.music.training import corpora, prepare
from skills.music.training.batches import Windows
from skills.music.training.beats import swung
from skills.music.training.mixture import Mixture
from skills.music.training.scale import Scale
from skills.music.training.textures import SHARES, TEXTURES, is_tune, made, touched

BEATS = np.stack([np.arange(65) * 0.5, np.arange(65) / 4], axis=1)


def song(corpus, parts, split="train", chords=None):
    """A song of named parts; each part is its pitches at every beat: half a second."""
    file = mido.MidiFile()
    for name, pitches in parts:
        track = mido.MidiTrack()
        track.append(mido.MetaMessage("track_name", name=name))
        file.tracks.append(track)
        for pitch in pitches:
            track.append(mido.Message("note_on", note=pitch, velocity=70))
            track.append(mido.Message("note_off", note=pitch, time=480))
    data = io.BytesIO()
    file.save(file=data)
    index = [c.name for c in corpora.CORPORA].index(corpus)
    beats = b"".join(b"%.1f 0.0 %d\n" % (k * 0.5, k % 4 == 0) for k in range(65))
    own = beats if corpora.CORPORA[index].beats else None
    return corpora.Song(index, "x.mid", split, data.getvalue(), own, chords)


def texture(name):
    return next(t for t in TEXTURES if t.name == name)


TUNE, LOW = [72, 74, 76, 77] * 16, [48, 50, 52, 53] * 16
POP = [("MELODY", TUNE), ("BRIDGE", [60] * 64), ("PIANO", LOW)]


def test_a_pop_song_is_taken_apart():
    line = made(texture("line"), song("pop909", POP))[0].notes
    rest = made(texture("accompaniment"), song("pop909", POP))[0].notes
    assert line[:, 2].tolist() == TUNE
    assert set(rest[:, 2]) == {60, *LOW}


def test_a_tune_is_put_over_its_chords():
    table = b"0.0\t8.0\tC:maj\n8.0\t32.0\tA:min\n"
    notes = made(texture("chords"), song("pop909", POP, chords=table))[0].notes
    below = notes[notes[:, 2] < 72]
    assert set(below[below[:, 0] < 7.9][:, 2] % 12) == {0, 4, 7}
    assert set(below[below[:, 0] > 8.1][:, 2] % 12) == {9, 0, 4}
    assert [p for p in notes[:, 2] if p >= 72] == TUNE


def test_hymns_give_their_outer_voices():
    voices = [("", TUNE), ("", [67] * 64), ("", [60] * 64), ("", LOW)]
    notes = made(texture("outer"), song("openhymnal", voices))[0].notes
    assert set(notes[:, 2]) == set(TUNE) | set(LOW)


def test_songs_give_their_voice_only_where_it_is_one_line():
    parts = [("Voice", TUNE), ("Piano st1", [60] * 64), ("Piano st2", LOW)]
    assert made(texture("line"), song("openscore_lieder", parts))[0].notes[:, 2].tolist() == TUNE
    alone = [("Piano st1", TUNE)]
    assert not made(texture("line"), song("openscore_lieder", alone))
    overlapping = np.array([[0.0, 2, 60, 70, 2], [1, 3, 64, 70, 3], [2, 4, 67, 70, 4]])
    assert not is_tune(overlapping)


@pytest.mark.parametrize("split", ["val", "test"])
def test_no_texture_is_made_of_songs_to_be_judged_on(split):
    assert not any(made(t, song("pop909", POP, split)) for t in TEXTURES)


def test_a_texture_is_the_same_each_time():
    lead = song("openewld", [("Voice", TUNE)])
    first, second = (made(texture("line"), lead)[0].notes for _ in range(2))
    assert (first == second).all()


def test_a_touched_line_keeps_its_keys_and_gets_a_players_loudness():
    rows = np.zeros((64, 5))
    rows[:, 0] = np.arange(64) * 0.5
    rows[:, 1] = rows[:, 4] = rows[:, 0] + 0.5
    rows[:, 2], rows[:, 3] = TUNE, 72
    found = touched(rows, np.random.default_rng(0))
    assert found[:, 2].tolist() == TUNE
    assert found[:, 3].std() > 3
    assert np.abs(found[:, 0] - rows[:, 0]).max() < 0.04
    assert (found[:, 1] > found[:, 0]).all()


def test_swing_delays_the_off_beats_and_nothing_on_the_beat():
    times = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    assert swung(times, BEATS, 2.0) == pytest.approx([0.0, 1 / 3, 0.5, 5 / 6, 1.0])
    slow = BEATS * [2.0, 1.0]  # a beat of a second: its halves are beats, quarters are swung
    assert swung(times, slow, 2.0) == pytest.approx([0.0, 1 / 3, 0.5, 5 / 6, 1.0])
    assert (swung(times, BEATS[:1], 2.0) == times).all()


def music_of(reads, path):
    prepare.write(path, [read.song for read in reads], found, workers=1)
    return prepare.stored(path)


def found(own):
    parts = prepare.read_notes(own.midi)
    return [prepare.measured(own, parts, prepare.beats_in(own))]


def test_windows_are_drawn_from_textures_in_their_shares(tmp_path):
    """The songs hold high tunes and low parts; the texture is the tune alone."""
    whole = song("pop909", POP)
    music = music_of([prepare.Read(whole, *[None] * 4)], tmp_path / "music.npz")
    tune = song("pop909", [("MELODY", TUNE)])
    lines = music_of([prepare.Read(tune, *[None] * 4)], tmp_path / "lines.npz")
    empty = music_of([], tmp_path / "empty.npz")
    rng = np.random.default_rng(0)
    sets = {"line": lines, "chords": empty}
    mixture = Mixture.of(music, sets, Scale.of(music), 40, rng)
    pitches = mixture.batch(400).tokens[:, :, 1].numpy()
    alone = pitches.min(axis=1) >= 66
    assert alone.mean() == pytest.approx(SHARES["line"], abs=0.05)
    plain = Windows(lines, "train", Scale.of(music), 40, rng)
    assert plain.batch(4).tokens.shape == (4, 40, 4)
