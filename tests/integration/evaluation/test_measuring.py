"""The shipped model is measured on a small made-up collection: every row and picture is there."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from assistant.cli.bench_command import NO_DATA
from assistant.cli.bench_command import command as bench
from assistant.contract import InputError
from skills.music.evaluation import asked, likelihood, mood_section, run
from skills.music.evaluation.answers import answered, cases_of, held_out
from skills.music.evaluation.run import Measured
from skills.music.generator.engine import Generator
from skills.music.generator.features import FEATURES
from skills.music.midi_file import write_phrase
from skills.music.notes import Phrase
from skills.music.training.critic import fit, separation
from skills.music.training.pairs import pairs_of
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
        "split": np.array(
            [SPLITS.index("train")] * 8 + [SPLITS.index("val")] + [SPLITS.index("test")] * 3
        ),
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
    rows = likelihood.compare_on_tunes(generator.checkpoint, music, 2, 0, seconds=0.5)
    assert rows["lesson"].steps >= 1
    assert set(rows) == {"encore", "seed network", "last pitch again", "lesson"}
    assert 0 <= rows["encore"].pitch_accuracy.value <= 1


@pytest.fixture
def small(music, monkeypatch):
    """A bench of two moods on two cuts, whose times and foresight are not measured."""
    for module in (mood_section, asked):
        monkeypatch.setattr(module, "QUADRANTS", ("happy", "sad"))
        monkeypatch.setattr(module, "FOUR", ("happy", "sad"))
    monkeypatch.setattr(run, "_music", lambda *_: music)
    monkeypatch.setattr(run, "_foresight", lambda _: None)
    monkeypatch.setattr("skills.music.evaluation.speed.measure", lambda _: {"answer_5s_s": 0.1})


@pytest.mark.usefixtures("small")
def test_a_report_holds_every_row_and_is_written_with_pictures(tmp_path):
    said = []
    plan = Measured(data=tmp_path, count=2, corpora=("pop909",), out=tmp_path)
    report = run.run(plan, said.append)
    assert set(report["continuations"]["all"]) == {"encore", "repeat", "markov", "human"}
    figures = report["moods"]["pop909"]
    assert set(figures["moved"]) == {"happy", "sad"}
    heard = figures["judges"]["own measure"]
    assert {"four", "nine", "order", "strengths", "plane"} <= set(heard)
    assert {"no mood", "people", "four", "happy", "sad"} == set(figures["coherence"])
    assert json.loads((tmp_path / "report.json").read_text()) == report
    assert "| no mood, after |" in (tmp_path / "report.md").read_text()
    assert len(list(tmp_path.glob("*.png"))) >= 4
    assert len(said) > 5


@pytest.mark.usefixtures("small")
def test_a_run_that_was_stopped_goes_on_without_drawing_anything_again(tmp_path, monkeypatch):
    plan = Measured(data=tmp_path, count=2, corpora=("pop909",), out=tmp_path)
    run.run(replace(plan, part=(1, 2)), lambda _: None)
    drawn = {path.name for path in (tmp_path / "answers").iterdir()}
    assert "pop909-none-1.npz" in drawn
    assert not (tmp_path / "report.json").exists()
    asked_again = []
    real = Generator.generate

    def watched(self, phrase, request, *rest):
        asked_again.append((request.mood, request.mood_strength))
        return real(self, phrase, request, *rest)

    monkeypatch.setattr(Generator, "generate", watched)
    first = run.run(plan, lambda _: None)
    assert asked_again
    assert (None, 1.0) not in asked_again
    asked_again.clear()
    assert run.run(plan, lambda _: None) == first
    assert asked_again == []
    run.run(replace(plan, seed=1), lambda _: None)
    assert (None, 1.0) in asked_again


@pytest.mark.usefixtures("small")
def test_a_folder_of_midi_files_is_a_corpus_of_its_own(tmp_path):
    folder = tmp_path / "hymns of mine"
    folder.mkdir()
    for number in range(2):
        rows = song(number).astype(float)
        write_phrase(Phrase.from_array(rows, 31.0), folder / f"{number}.mid")
    plan = Measured(data=tmp_path, count=2, corpora=(), songs=(folder,))
    report = run.run(plan, lambda _: None)
    assert set(report["continuations"]) == {"all", "hymns of mine"}
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no music"):
        run.run(replace(plan, songs=(tmp_path / "empty",)), lambda _: None)


def test_the_critic_is_taught_on_what_is_drawn_and_what_came(generator, music):
    found = held_out(music, ("pop909",), 3, 0, "train")
    rows = [pairs_of(generator, *pair, number) for number, (_, pair) in enumerate(found)]
    human = np.concatenate([row.human for row in rows])
    drawn = np.concatenate([row.drawn for row in rows])
    assert len(drawn) > len(human) > 0
    louder = drawn + 5.0
    twenty = [np.repeat(table, 20, axis=0) for table in (human, louder)]
    case = np.arange(len(twenty[1])) % len(twenty[0])
    merit = np.zeros(len(case))
    critic = fit(
        replace(rows[0], human=twenty[0], drawn=twenty[1], case=case, merit=merit), trees=20
    )
    assert separation(critic, replace(rows[0], human=human, drawn=louder)) > 0.9


def test_answers_are_measured_as_their_files_hold_them(generator, music):
    found = held_out(music, ("pop909",), 1, 0, "test")
    [case] = cases_of(found, answered(generator, found, "calm"), "calm")
    assert (case.mood, case.corpus) == ("calm", "pop909")
    assert case.answer[:, 1].max() == pytest.approx(5.0, abs=0.05)
    for notes in (case.phrase, case.truth):
        ticks = notes[:, :2] * 960
        assert ticks == pytest.approx(ticks.round(), abs=1e-6)


@pytest.mark.parametrize("share", ["2", "3/2", "0/2", "a/b", "1/"])
def test_a_share_that_is_none_is_a_usage_error(share):
    result = CliRunner().invoke(bench, ["--music", "--part", share])
    assert result.exit_code == 2
    assert "I/N" in result.output


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
