"""From archives to a playable model on a small made-up collection."""

import csv
import io
import json
import tarfile

import mido
import numpy as np
import pytest

from assistant.contract import InputError
from skills.music.generator.checkpoint import load
from skills.music.generator.codec import UNKNOWN_VELOCITY
from skills.music.generator.features import FEATURES
from skills.music.generator.model import Shape
from skills.music.training import corpora, prepare
from skills.music.training.batches import IGNORED, Scale, Windows
from skills.music.training.cuts import cuts
from skills.music.training.export import export
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


def test_loudness_of_scores_is_neither_told_nor_learned(music):
    scale = Scale.of(music)
    rng = np.random.default_rng(0)
    windows = Windows(music, "train", scale, 60, rng)
    scores = [s for s in windows.songs if not corpora.CORPORA[music.corpus[s]].velocity_known]
    tokens, targets, _, known, _ = windows._window(int(scores[0]), varied=True)
    used = targets[:, 1] != IGNORED
    assert set(tokens[used][:, 3]) <= {UNKNOWN_VELOCITY}
    assert set(targets[:, 3]) == {IGNORED}
    assert known[:, FEATURES.index("velocity_mean")].max() == 0


def test_transposition_moves_pitches_and_their_feature_together(music):
    windows = Windows(music, "train", Scale.of(music), 60, np.random.default_rng(1))
    cut = music.song(0)[:40].astype(float)
    measured = np.zeros((39, len(FEATURES)))
    before = cut.copy()
    windows._vary(cut, measured)
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
