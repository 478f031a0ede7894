"""Learning curves of runs that went on from one another."""

import json

import pytest
from click.testing import CliRunner

from skills.music.training.curves import main, rows_of


@pytest.fixture
def runs(tmp_path):
    folders = []
    for name, steps in (("first", (150, 300)), ("second", (250, 500))):
        folder = tmp_path / name
        folder.mkdir()
        rows = [
            {
                "step": step,
                "training_loss": 6.0,
                "loss": 5.0,
                "pitch_accuracy": 0.4,
                "pitch_accuracy_unconditioned": 0.3,
            }
            for step in steps
        ]
        (folder / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
        folders.append(folder)
    return folders


def test_steps_are_counted_through_all_runs(runs):
    assert [row["step"] for row in rows_of(runs)] == [150, 300, 550, 800]


def test_curves_become_a_picture(runs, tmp_path):
    done = CliRunner().invoke(main, [*map(str, runs), str(tmp_path / "curves.png")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "curves.png").read_bytes()[:4] == b"\x89PNG"


def test_a_run_without_metrics_is_named(tmp_path):
    done = CliRunner().invoke(main, [str(tmp_path), str(tmp_path / "curves.png")])
    assert done.exit_code == 1
    assert "metrics.jsonl is not there yet" in done.output
