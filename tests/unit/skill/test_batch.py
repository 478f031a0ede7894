from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.contract import InputError
from skills.music.batch import read_job, read_lines, run_jobs
from skills.music.midi_file import read_phrase, write_phrase
from tests.unit.skill.sitting import ScaleGenerator, scale


@pytest.fixture
def prompt(tmp_path: Path) -> Path:
    path = tmp_path / "prompt.mid"
    write_phrase(scale(), path)
    return path


def job(prompt: Path, **values: object) -> str:
    return json.dumps({"prompt": str(prompt), "out": str(prompt.with_name("out.mid")), **values})


def test_a_job_carries_the_parameters_of_a_command(prompt: Path) -> None:
    request = read_job(
        job(prompt, mood="happy", seconds=5.0, seed=1, tempo_change="faster", amount="much")
    ).request
    assert (request.mood, request.seconds, request.seed) == ("happy", 5.0, 1)
    assert request.tempo_factor == pytest.approx(1.6)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "The job is not valid JSON"),
        ("[1]", "A job must be a JSON object, not list."),
        ('{"out": "x.mid"}', "A job needs 'prompt', the path of a MIDI file."),
        ('{"out": "x.mid", "prompt": "\\u0000"}', "A job needs 'prompt', the path of a MIDI file."),
        ('{"prompt": "a.mid"}', "A job needs 'out'"),
        ('{"prompt": "a.mid", "out": 3}', "A job needs 'out'"),
        ('{"prompt": "a", "out": "b", "seconds": -3}', "must be from 0.5 to 600, not -3"),
        ('{"prompt": "a", "out": "b", "seconds": "5"}', "seconds must be a number, not '5'"),
        ('{"prompt": "a", "out": "b", "mood": "hapy"}', "mood must be one of"),
        ('{"prompt": "a", "out": "b", "instrumnt": "harp"}', "mean 'instrument'?"),
        ('{"prompt": "a", "out": "b", "seed": -1}', "seed must be a whole number"),
        ('{"prompt": "a", "out": "b", "seed": 1.5}', "seed must be a whole number"),
        ('{"prompt": "a", "out": "b", "instrument": "kazoo"}', "no instrument 'kazoo'"),
    ],
)
def test_a_bad_job_is_told_in_one_sentence(line: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        read_job(line)
    assert sentence in str(caught.value)


def test_a_job_that_fails_does_not_stop_the_others(prompt: Path, tmp_path: Path) -> None:
    results: list[dict[str, Any]] = []
    lines = [
        job(prompt, seconds=-3),
        job(tmp_path / "missing.mid"),
        "{",
        job(prompt, seconds=2.0, out=str(tmp_path / "new" / "b.mid")),
    ]
    assert run_jobs(lines, ScaleGenerator(), results.append) == 3
    assert ["error" in result for result in results] == [True, True, True, False]
    assert results[2]["out"] is None
    assert results[3].keys() == {
        "out",
        "notes",
        "seconds",
        "generate_seconds",
        "first_note_seconds",
    }
    assert len(read_phrase(tmp_path / "new" / "b.mid")) == results[3]["notes"] == 8


def test_the_report_of_the_gate_is_given_to_whoever_asks(prompt: Path) -> None:
    generator = ScaleGenerator()
    generator.report = {"key_fit": 0.912345, "score": 1.0}
    results: list[dict[str, Any]] = []
    run_jobs([job(prompt)], generator, results.append, report=True)
    assert results[0]["report"] == {"key_fit": 0.9123, "score": 1.0}


def test_a_job_that_cannot_be_written_is_told(prompt: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    results: list[dict[str, Any]] = []
    line = job(prompt, out=str(tmp_path / "file" / "out.mid"))
    assert run_jobs([line], ScaleGenerator(), results.append) == 1
    assert "cannot be used as a folder" in results[0]["error"]


def test_a_name_that_is_too_long_is_told(prompt: Path, tmp_path: Path) -> None:
    results: list[dict[str, Any]] = []
    run_jobs(
        [job(prompt, out=str(tmp_path / f"{300 * 'x'}.mid"))], ScaleGenerator(), results.append
    )
    assert results[0]["error"].endswith("the name is too long.")


def test_a_missing_jobs_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_lines(tmp_path / "jobs.jsonl")


def test_empty_lines_are_no_jobs(tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    path.write_text("\n{}\n\n")
    assert read_lines(path) == ["{}"]


def test_one_line_with_broken_bytes_leaves_the_others_alone(tmp_path: Path) -> None:
    (tmp_path / "jobs.jsonl").write_bytes(
        b'\xef\xbb\xbf{"prompt": "a\xff.mid", "out": "b.mid"}\r\n'
        b'{"prompt": "a\xe2\x80\xa8b", "out": "c"}'
    )
    first, second = read_lines(tmp_path / "jobs.jsonl")
    assert read_job(first).prompt.name == "a\udcff.mid"
    assert read_job(second).prompt.name == "a\u2028b"
