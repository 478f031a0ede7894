"""What the training reads: licences, splits, loudness, pedal, beats, variations, cuts."""

import io

import mido
import numpy as np
import pytest
import symusic

from assistant.contract import InputError
from skills.music.generator.codec import UNKNOWN_VELOCITY
from skills.music.generator.features import FEATURES
from skills.music.training import beats, corpora, prepare
from skills.music.training.batches import IGNORED, Windows
from skills.music.training.cuts import cuts
from skills.music.training.scale import Scale


def index_of(name):
    return [c.name for c in corpora.CORPORA].index(name)


def test_only_rows_that_may_be_used_are_learned(music):
    """Of the lead sheets one row says yes, one no, one unknown and three are not in the table."""
    assert int((music.corpus == index_of("openewld")).sum()) == 1
    assert int((music.corpus == index_of("pop909")).sum()) == 6


def test_songs_keep_their_split(music):
    assert len(music.songs_of("val")) == len(music.songs_of("test")) == len(corpora.CORPORA) - 1


def test_a_missing_archive_is_named(tmp_path):
    with pytest.raises(InputError, match=r"splits\.tsv, pop909\.tar\.gz"):
        list(corpora.songs(tmp_path))


def test_flat_loudness_of_scores_is_learned_at_any_level(music):
    """A converter's one velocity stays one velocity in a window, and its level says nothing."""
    windows = Windows(music, "train", Scale.of(music), 60, np.random.default_rng(0))
    score = next(
        int(s) for s in windows.songs if not corpora.CORPORA[music.corpus[s]].velocity_known
    )
    music.song(score)[:, 3] = 80
    levels, unknown = set(), 0
    for _ in range(80):
        tokens, targets, *_ = windows._window(score, varied=True)
        seen = set(tokens[targets[:, 1] != IGNORED][:, 3])
        assert len(seen) == 1
        if seen == {UNKNOWN_VELOCITY}:
            unknown += 1
            assert set(targets[:, 3]) == {IGNORED}
        else:
            levels |= seen
    assert len(levels) > 8
    assert 1 <= unknown <= 24


def test_the_scale_of_loudness_is_that_of_played_music(music):
    before = Scale.of(music)
    for song in range(len(music.corpus)):
        if not corpora.CORPORA[music.corpus[song]].velocity_known:
            music.windows_of(song)[:, FEATURES.index("velocity_mean")] += 30
    after = Scale.of(music)
    assert after.mean == pytest.approx(before.mean)
    assert after.deviation == pytest.approx(before.deviation)


def test_notes_under_the_pedal_sound_until_it_is_lifted_or_the_key_is_struck_again():
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    file.tracks.append(track)
    messages = [(0, "pedal", 127), (0, "on", 60), (240, "off", 60), (240, "on", 64)]
    messages += [(240, "off", 64), (240, "on", 60), (240, "off", 60), (480, "pedal", 0)]
    for k in range(30):
        messages += [(240, "on", 40 + k), (120, "off", 40 + k)]
    for time, kind, value in messages:
        if kind == "pedal":
            message = mido.Message("control_change", control=64, value=value, time=time)
        else:
            message = mido.Message("note_on" if kind == "on" else "note_off", note=value, time=time)
        track.append(message)
    data = io.BytesIO()
    file.save(file=data)
    notes = prepare.read_notes(data.getvalue())
    first, second, again = notes[:3]
    assert first[[0, 1, 4]] == pytest.approx([0.0, 0.25, 1.0])  # struck again at 1.0 s
    assert second[[0, 1, 4]] == pytest.approx([0.5, 0.75, 1.75])
    assert again[[0, 1, 4]] == pytest.approx([1.0, 1.25, 1.75])
    assert (notes[3:, 4] == notes[3:, 1]).all()


def test_beats_follow_the_signature_and_the_tempo():
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.MetaMessage("time_signature", numerator=6, denominator=8))
    track.append(mido.MetaMessage("set_tempo", tempo=500_000))
    track.append(mido.MetaMessage("time_signature", numerator=3, denominator=4, time=1440))
    track.append(mido.MetaMessage("set_tempo", tempo=1_000_000, time=480))
    track.append(mido.Message("note_on", note=60, velocity=60))
    track.append(mido.Message("note_off", note=60, time=960))
    data = io.BytesIO()
    file.save(file=data)
    found = beats.from_score(symusic.Score.from_midi(data.getvalue()))
    assert found[:, 0] == pytest.approx([0.0, 0.75, 1.5, 2.0, 3.0])
    assert found[:, 1] == pytest.approx([0.0, 0.5, 1.0, 4 / 3, 5 / 3])


def test_beats_of_a_table_know_their_bars():
    table = b"0.5 1.0 0.0\n1.0 0.0 1.0\n1.5 1.0 0.0\n2.0 0.0 1.0\n"
    found = beats.from_table(table)
    assert found[:, 0].tolist() == [0.5, 1.0, 1.5, 2.0]
    assert found[:, 1] == pytest.approx([-0.5, 0.0, 0.5, 1.0])


def test_a_window_is_told_where_its_onsets_lie_in_the_beat(music):
    """The made-up songs strike a key every half beat: what is told must say the same."""
    windows = Windows(music, "train", Scale.of(music), 60, np.random.default_rng(2))
    song = int(music.songs_of("train")[-1])
    told = [windows._window(song, varied=False)[5:] for _ in range(4)]
    for place, bars, beat_s, bar_s, known, _ in told:
        used = np.flatnonzero(known)
        assert 15 <= len(used) <= 31  # from the middle of the window on
        off = (place[used] * 2) % 1
        assert np.minimum(off, 1 - off).max() < 0.03
        assert bar_s == pytest.approx(4 * beat_s, rel=0.02)
        assert (bars[used] * 4) % 1 == pytest.approx(place[used] % 1, abs=0.05)


def test_a_told_beat_may_be_unknown_shifted_and_of_another_level(music):
    windows = Windows(music, "train", Scale.of(music), 60, np.random.default_rng(3))
    song = int(music.songs_of("train")[-1])
    told = [windows._window(song, varied=True)[5:] for _ in range(200)]
    known = np.array([row[4].max() for row in told])
    assert 0.2 < (known == 0).mean() < 0.5
    lengths = np.array([row[2] for row in told])[known > 0]
    assert (lengths < 0.36).any()
    assert (lengths > 0.7).any()


def test_transposition_moves_pitches_and_their_feature_together(music):
    windows = Windows(music, "train", Scale.of(music), 60, np.random.default_rng(1))
    cut = music.song(0)[:40, :4].astype(float)
    measured = np.zeros((39, len(FEATURES)))
    before = cut.copy()
    windows._vary(cut, measured, played=True)
    shift = cut[0, 2] - before[0, 2]
    assert (cut[:, 2] - before[:, 2] == shift).all()
    assert (measured[:, FEATURES.index("pitch_mean")] == shift).all()
    stretch = cut[1, 0] / before[1, 0]
    assert measured[0, FEATURES.index("log_duration")] == pytest.approx(np.log(stretch))


def test_cuts_hold_what_really_came_next(music):
    found = cuts(music, "test", "pop909", 3, seed=0)
    assert len(found) == 3
    for name, (prompt, truth) in found:
        assert name == "pop909"
        assert prompt.length_s == 8.0
        assert truth.length_s == 5.0
        assert len(truth) >= 4
    again = cuts(music, "test", "pop909", 3, seed=0)
    assert again == found
