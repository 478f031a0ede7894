"""From archives to a playable model on a small made-up collection."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from skills.music.generator.checkpoint import CONFIG, SILENT, WEIGHTS, digest, load, save
from skills.music.generator.model import Shape
from skills.music.training import prepare
from skills.music.training.export import export
from skills.music.training.sweep import trained
from skills.music.training.train import Recipe, Trainer


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
    small, large = (trained(music, Shape(hidden=h, layers=1), seconds=0.6) for h in (16, 384))
    assert small["parameters"] < large["parameters"]
    assert small["steps"] >= large["steps"] >= 1
    assert 0 < small["loss"] < 25
    assert small["step_ms_16"] > 0
