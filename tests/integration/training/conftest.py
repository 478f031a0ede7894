"""A small made-up collection of music in the shape of the archives."""

import csv
import io
import tarfile

import mido
import numpy as np
import pytest

from skills.music.training import corpora, prepare

SONGS = 6
"""In each corpus: four to train on, one to validate, one to test."""


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
