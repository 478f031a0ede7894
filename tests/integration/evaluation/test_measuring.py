"""The shipped model is measured on a small made-up collection: every row and picture is there."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from assistant.cli.bench_command import NO_DATA
from assistant.cli.bench_command import command as bench
from assistant.contract import InputError
from skills.music.evaluation import likelihood, run
from skills.music.evaluation.answers import answered, held_out
from skills.music.evaluation.judge import own_measure
from skills.music.evaluation.run import Measured, to_json, write
from skills.music.generator.engine import Generator
from skills.music.generator.features import FEATURES
from skills.music.training.critic import fit, pairs_of, separation
from skills.music.training.prepare import SPLITS, MusicSet

SCALE = np.array([60, 62, 64, 65, 67, 69, 71, 72])


def song(seed):
    chance = np.random.default_rng(seed)
    onsets = np.arange(120) * 0.25
    pitches = SCALE[np.clip(np.cumsum(chance.integers(-1, 2, 120)) % 16, 0, 7)]
    loud = 70 + 8 * chance.standard_normal(120)
    return np.stack([onsets, onsets + 0.24, pitches, loud.round()], axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def music():
    songs = [song(k) for k in range(12)]
    starts = np.cumsum([0] + [len(notes) for notes in songs])
    known = {
        "notes": np.concatenate(songs),
        "note_starts": starts,
        "windows": np.zeros((len(songs), len(FEATURES)), np.float32),
        "window_starts": np.arange(len(songs) + 1),
        "corpus": np.zeros(len(songs), np.int64),
        "split": np.array([SPLITS.index("train")] * 8 + [SPLITS.index("test")] * 4),
    }
    fields = MusicSet.__dataclass_fields__
    blank = {name: np.zeros(0) for name in fields if name not in known}
    return MusicSet(**known | blank)


@pytest.fixture(scope="module")
def generator():
    return Generator.load()


def test_the_network_is_measured_beside_counting_and_guessing(generator, music):
    rows = likelihood.compare(generator.checkpoint, music, songs=3, seed=0)
    assert set(rows) == {"encore", "n-gram", "unigram", "last pitch again"}
    assert rows["encore"].nats["shift"].value < rows["unigram"].nats["shift"].value + 1.0
    assert rows["encore"].pitch_accuracy.value > 0.0
    assert rows["encore"].nats["all"].value == pytest.approx(
        sum(rows["encore"].nats[name].value for name in ("shift", "pitch", "duration", "velocity"))
    )


def test_the_seed_network_is_taught_and_asked_the_same_tunes(generator, music):
    rows, steps = likelihood.compare_on_tunes(generator.checkpoint, music, 2, 0, seconds=0.5)
    assert steps >= 1
    assert set(rows) == {"encore", "seed network", "last pitch again"}
    assert 0 <= rows["encore"].pitch_accuracy.value <= 1


def test_a_report_holds_every_row_and_is_written_with_pictures(
    generator, music, monkeypatch, tmp_path
):
    monkeypatch.setattr(run, "QUADRANTS", ("happy", "sad"))
    monkeypatch.setattr(run, "FOUR", ("happy", "sad"))
    plan = Measured(count=2, corpora=("pop909",))
    said = []
    report = run._continuations(plan, generator, music, said.append)
    report |= run._moods(plan, generator, music, [own_measure()], said.append)
    assert set(report["continuations"]["pop909"]) == {"encore", "repeat", "markov", "human"}
    figures = report["moods"]["pop909"]
    assert set(figures["moved"]) == {"happy", "sad"}
    assert {"four", "nine", "order", "plane"} <= set(figures["judges"]["own measure"])
    write(report, tmp_path)
    assert json.loads((tmp_path / "report.json").read_text()) == json.loads(to_json(report))
    assert len(list(tmp_path.glob("*.png"))) >= 4
    assert said


def test_the_critic_is_taught_on_what_is_drawn_and_what_came(generator, music):
    found = held_out(music, ("pop909",), 3, 0, "train")
    rows = [pairs_of(generator, *pair, number) for number, (_, pair) in enumerate(found)]
    human = np.concatenate([row.human for row in rows])
    drawn = np.concatenate([row.drawn for row in rows])
    assert len(drawn) > len(human) > 0
    louder = drawn.copy()
    louder[:, :] += 5.0
    many = [np.repeat(table, 20, axis=0) for table in (human, louder)]
    critic = fit(*many)
    assert separation(critic, replace(rows[0], human=human, drawn=louder)) > 0.9


def test_answers_carry_their_mood_and_corpus(generator, music):
    [case] = answered(generator, held_out(music, ("pop909",), 1, 0, "test"), "calm")
    assert (case.mood, case.corpus) == ("calm", "pop909")
    assert case.answer[:, 1].max() == pytest.approx(5.0, abs=0.05)


def test_without_data_the_speed_is_measured_and_the_rest_is_asked_for(monkeypatch):
    monkeypatch.setattr("skills.music.evaluation.speed.REPEATS", 1)
    monkeypatch.setattr("skills.music.evaluation.speed.measure", lambda _: {"answer_5s_s": 0.1})
    result = CliRunner().invoke(bench, ["--music", "--json"])
    assert result.exit_code == 0, result.output
    assert NO_DATA in result.stderr
    assert json.loads(result.stdout) == {"speed": {"answer_5s_s": 0.1}}


def test_a_folder_without_songs_is_told_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("skills.music.evaluation.speed.measure", lambda _: {})
    with pytest.raises(InputError, match="lacks"):
        run.run(Measured(data=tmp_path, cache=tmp_path))


def test_the_speed_is_measured_beside_other_networks():
    from skills.music.evaluation import speed

    figures = speed._others()
    assert figures["gru_2x1024_event_s"] > 0
    assert figures["seed_network_240_steps_s"] > 0
    assert speed.memory_mb() > 10
