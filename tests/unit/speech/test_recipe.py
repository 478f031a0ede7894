import hashlib

import torch

from speech import make
from speech.average import average


def test_two_networks_are_averaged_and_their_counters_are_not():
    first = {"weight": torch.tensor([1.0, 3.0]), "kind": torch.tensor([1])}
    second = {"weight": torch.tensor([3.0, 3.0]), "kind": torch.tensor([0])}
    mean = average(first, second)
    assert mean["weight"].tolist() == [2.0, 3.0]
    assert mean["kind"].tolist() == [1]


def test_the_seal_covers_all_that_is_loaded_and_nothing_else(tmp_path):
    loaded = (
        "am/final.mdl",
        "conf/model.conf",
        "graph/HCLG.fst",
        "opinion/HCLG.fst",
        "spotter/HCLG.fst",
    )
    for name in (*loaded, "verifier.json", "card.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    make.seal(tmp_path)
    lines = (tmp_path / "SHA256SUMS").read_text().splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        *loaded,
        "verifier.json",
    ]
    assert lines[0].startswith(hashlib.sha256(b"am/final.mdl").hexdigest())


def steps_of(monkeypatch, tmp_path, *options: str) -> list[list[str]]:
    """The commands of a run whose steps only leave the files that later ones look for."""
    steps: list[list[str]] = []

    def pretend(*arguments) -> None:
        steps.append([str(argument) for argument in arguments])
        if arguments[0] == "speech.train":
            (tmp_path / "network.safetensors").write_text("")

    monkeypatch.setattr(make, "run", pretend)
    monkeypatch.setattr(make, "seal", lambda _model: None)
    where = ["--packs", "p", "--work", str(tmp_path), "--out", "shipped"]
    monkeypatch.setattr("sys.argv", ["make", *where, *options])
    make.main()
    return steps


def test_a_trial_walks_the_same_steps_and_leaves_the_shipped_model_alone(monkeypatch, tmp_path):
    whole = steps_of(monkeypatch, tmp_path)
    for path in tmp_path.glob("network*"):
        path.unlink()
    trial = steps_of(monkeypatch, tmp_path, "--trial")
    assert [step[0] for step in trial] == [step[0] for step in whole]
    assert any("shipped" in step for step in whole)
    assert not any("shipped" in step for step in trial)


def test_a_finished_network_is_not_trained_again(monkeypatch, tmp_path):
    (tmp_path / "network.safetensors").write_text("")
    names = [step[0] for step in steps_of(monkeypatch, tmp_path)]
    assert "speech.train" not in names
    assert names[-1] == "speech.plot"
