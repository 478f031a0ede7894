"""From archives to a playable model on a small made-up collection."""

import csv
import io
import json
import os
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
import symusic
import torch
from safetensors.torch import load_file, save_file

from assistant.contract import InputError
from skills.music.generator.checkpoint import CONFIG, SILENT, WEIGHTS, digest, load, save
from skills.music.generator.codec import UNKNOWN_VELOCITY
from skills.music.generator.features import FEATURES
from skills.music.generator.model import Shape
from skills.music.training import beats, corpora, prepare
from skills.music.training.batches import IGNORED, Scale, Windows
from skills.music.training.cuts import cuts
from skills.music.training.export import export
from skills.music.training.sweep import trained
from skills.music.training.train import Recipe, Trainer

SONGS = 6


def midi(seed):
    rng = np.random.default_rng(seed)
    file = mido.MidiFile()
    track = mido.MidiTrack()
    file.tracks.append(track)
    for pitch in rng.integers(48, 80, 120):
        velocity = int(rng.integers(40, 100))
        track.append(mido.Message("note_on", note=int(pitch), velocity=velocity))
        track.append(mido.Message("note_off", note=int(pitch), time=240))
    data = io.BytesIO()
    file.save(file=data)
    return data.getvalue()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    rows = []
    for corpus in corpora.CORPORA:
        with tarfile.open(folder / f"{corpus.name}.tar.gz", "w:gz") as archive:
            for k in range(SONGS):
                split = ("train", "train", "train", "train", "val", "test")[k]
                rows.append((corpus.name, f"{k}.mid", f"{k}", split))
                content = midi(k)
                info = tarfile.TarInfo(corpus.path.format(item=f"{k}.mid"))
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    with (folder / "splits.tsv").open("w", newline="") as table:
        writer = csv.writer(table, delimiter="\t")
        writer.writerow(("dataset", "item", "group", "split"))
        writer.writerows(rows)
    (folder / "openewld_years.tsv").write_text("midi\tuse\n0.mid\tyes\n1.mid\tno\n4.mid\tunknown\n")
    return folder


@pytest.fixture(scope="module")
def music(data, tmp_path_factory):
    return prepare.load(data, tmp_path_factory.mktemp("cache"), workers=1)


def index_of(name):
    return [c.name for c in corpora.CORPORA].index(name)


def test_only_rows_that_may_be_used_are_learned(music):
    """Of the lead sheets one row says yes, one no, one unknown and three are not in the table."""
    assert int((music.corpus == index_of("openewld")).sum()) == 1
    assert int((music.corpus == index_of("pop909")).sum()) == SONGS


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


def test_training_learns_resumes_and_ends_in_a_model_that_plays(music, tmp_path):
    small = Shape(hidden=32, layers=1, condition=8)
    recipe = Recipe(steps=6, batch=4, events=40, every=3, warm_up=1, shape=small)
    first = Trainer(music, recipe, tmp_path / "run")
    before = first.validate()["loss"]
    first.run()
    rows = [json.loads(x) for x in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [3, 6]
    assert rows[-1]["loss"] < before
    again = Trainer(
        music, Recipe(steps=9, batch=4, events=40, every=3, shape=small), tmp_path / "run"
    )
    assert again.step == 6
    again.run()
    export(again, tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert loaded.network.shape == small
    assert json.loads((tmp_path / "model" / "metrics.json").read_text())["sha256"] == loaded.sha256


def test_training_stops_early_when_validation_gets_no_better(music, tmp_path):
    small = Shape(hidden=16, layers=1, condition=4)
    recipe = Recipe(
        steps=60, batch=2, events=20, every=2, patience=2, learning_rate=0.0, shape=small
    )
    trainer = Trainer(music, recipe, tmp_path / "run")
    trainer.run()
    assert trainer.step == 6  # the first validation is the best, two more change nothing


def test_the_same_seed_learns_the_same(music, tmp_path):
    small = Shape(hidden=16, layers=1, condition=4)
    losses = []
    for k, seed in enumerate((5, 5, 6)):
        recipe = Recipe(steps=2, batch=2, events=20, every=2, seed=seed, shape=small)
        trainer = Trainer(music, recipe, tmp_path / str(k))
        trainer.run()
        losses.append(trainer.best)
    assert losses[0] == losses[1] != losses[2]


def test_training_goes_on_from_a_model_that_was_never_told_a_beat(music, tmp_path):
    small = Shape(hidden=16, layers=1, condition=4, dropout=0.0)
    recipe = Recipe(steps=2, batch=2, events=20, every=2, shape=small)
    first = Trainer(music, recipe, tmp_path / "first")
    first.scale.mean[:] += 1.0
    save(first.network, first.scale.mean.tolist(), first.scale.deviation.tolist(), tmp_path / "m")
    weights = load_file(tmp_path / "m" / WEIGHTS)
    save_file({k: v for k, v in weights.items() if k not in SILENT}, tmp_path / "m" / WEIGHTS)
    config = json.loads((tmp_path / "m" / CONFIG).read_text())
    config["sha256"] = digest(tmp_path / "m" / WEIGHTS)
    (tmp_path / "m" / CONFIG).write_text(json.dumps(config))
    on = Trainer(music, replace(recipe, start_from=str(tmp_path / "m")), tmp_path / "second")
    assert on.scale.mean == pytest.approx(first.scale.mean, abs=1e-5)
    assert not on.network.pulse.weight.detach().any()
    on.run()
    assert on.network.pulse.weight.detach().any()


def test_two_processes_train_one_network(data, music, tmp_path):
    """Through torchrun and gloo: they end with the same weights and write one log."""
    prepare.load(data, tmp_path / "cache", workers=1)
    options = "--steps 4 --hidden 16 --layers 1 --batch 2 --events 20 --every 2".split()
    options += ["--learning-rate", "0.05"]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc_per_node", "2", "-m", "skills.music.training", "--data", str(data)]
    command += ["--cache", str(tmp_path / "cache"), "--run-folder", str(tmp_path / "run"), *options]
    command += ["--out", str(tmp_path / "model")]
    root = Path(__file__).parents[3]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(row)["step"] for row in rows] == [2, 4]
    assert done.stdout.count("step 4/4") == 1
    tiny = Shape(hidden=16, layers=1)
    alone = Recipe(steps=4, batch=2, events=20, every=2, shape=tiny, learning_rate=0.05)
    single = Trainer(music, alone, tmp_path / "alone")
    single.run()
    both, one = load(tmp_path / "model").network.state_dict(), single.network.state_dict()
    assert any(not torch.allclose(both[k], one[k], atol=1e-3) for k in one)


def test_sizes_are_compared_at_equal_time(music):
    small, large = (trained(music, Shape(hidden=h, layers=1), seconds=0.6) for h in (16, 256))
    assert small["parameters"] < large["parameters"]
    assert small["steps"] >= large["steps"] >= 1
    assert 0 < small["loss"] < 25
    assert small["step_ms_16"] > 0


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
