"""The whole street in fresh processes: text and a MIDI file in, music, picture and reply out."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import soundfile

from skills.music.adopting import clear_key_name
from skills.music.midi_file import read_phrase
from tests.e2e.street.conftest import Encore, Run, run_encore

COMMAND = "continue what i play in a happy mood"


@pytest.fixture(scope="module")
def done(
    tmp_path_factory: pytest.TempPathFactory, phrase_file: Path, model_dir: Path
) -> tuple[Run, Path]:
    assert model_dir
    folder = tmp_path_factory.mktemp("street")
    out = folder / "out"
    run = run_encore(
        folder / "home", "do", COMMAND, "--phrase", phrase_file, "--out", out, "--json"
    )
    return run, out


def test_do_tells_what_was_understood_and_made(done: tuple[Run, Path]) -> None:
    run, out = done
    assert run.status == 0, run.err
    told = json.loads(run.out)
    assert (told["intent"], told["parameters"]) == ("continue", {"mood": "happy"})
    assert told["reply"] == "Here are five seconds, happy."
    assert (told["seconds"], told["seed"]) == (5.0, 0)
    assert {Path(name).name for name in told["files"]} >= {
        "answer.mid",
        "answer.wav",
        "answer.png",
        "reply.txt",
    }
    assert all(Path(name).parent == out for name in told["files"])


def test_the_midi_file_holds_the_continuation_alone(done: tuple[Run, Path]) -> None:
    answer = read_phrase(done[1] / "answer.mid")
    assert len(answer) == json.loads(done[0].out)["notes"]
    assert max(note.onset_s for note in answer.notes) < 5.05
    assert max(note.end_s for note in answer.notes) <= 5.06
    assert min(note.onset_s for note in answer.notes) < 2.5


def test_the_sound_lasts_as_long_as_the_answer_and_is_loud(done: tuple[Run, Path]) -> None:
    samples, rate_hz = soundfile.read(done[1] / "answer.wav")
    assert 5.0 <= len(samples) / rate_hz <= 9.0
    assert 0.5 < abs(samples).max() < 1.0


def test_the_picture_is_a_png(done: tuple[Run, Path]) -> None:
    assert (done[1] / "answer.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_the_reply_is_written_down(done: tuple[Run, Path]) -> None:
    assert (done[1] / "reply.txt").read_text() == "Here are five seconds, happy.\n"


def test_the_same_seed_gives_the_same_notes_and_another_seed_others(
    done: tuple[Run, Path], encore: Encore, phrase_file: Path, tmp_path: Path
) -> None:
    jobs = [
        {
            "prompt": str(phrase_file),
            "out": str(tmp_path / f"{name}.mid"),
            "mood": "happy",
            "seed": seed,
        }
        for name, seed in (("same", 0), ("other", 1))
    ]
    (tmp_path / "jobs.jsonl").write_text("\n".join(map(json.dumps, jobs)))
    run = encore("generate", "--jobs", tmp_path / "jobs.jsonl")
    assert run.status == 0, run.err
    first = read_phrase(done[1] / "answer.mid")
    assert read_phrase(tmp_path / "same.mid") == first  # by another door, in another process
    assert read_phrase(tmp_path / "other.mid") != first
    told = [json.loads(line) for line in run.out.splitlines()]
    assert [list(result) for result in told] == [
        ["out", "notes", "seconds", "generate_seconds", "first_note_seconds"]
    ] * 2


def test_jobs_that_fail_are_told_and_the_others_done(
    encore: Encore, phrase_file: Path, tmp_path: Path, model_dir: Path
) -> None:
    assert model_dir
    good = {"prompt": str(phrase_file), "out": str(tmp_path / "good.mid"), "seconds": 2.0}
    lines = ["{", json.dumps({**good, "seconds": -3}), json.dumps(good)]
    (tmp_path / "jobs.jsonl").write_text("\n".join(lines))
    run = encore("generate", "--jobs", tmp_path / "jobs.jsonl")
    assert run.status == 1
    told = [json.loads(line) for line in run.out.splitlines()]
    assert "not valid JSON" in told[0]["error"]
    assert "must be from 0.5 to 600" in told[1]["error"]
    assert told[2]["seconds"] == 2.0
    assert run.sentence == "encore: 2 of 3 jobs failed."


def test_a_conversation_changes_takes_back_and_saves(
    encore: Encore, phrase_file: Path, tmp_path: Path, model_dir: Path
) -> None:
    assert model_dir
    lines = [
        "continue what i play in a happy mood for three seconds",
        "sadder",
        "scrap that",
        "save this as blue moon",
        "what key is this",
        "goodbye",
        "never read",
    ]
    run = encore(
        "chat", "--phrase", phrase_file, "--out", tmp_path, "--json", text="\n".join(lines)
    )
    assert run.status == 0, run.err
    told = [json.loads(line) for line in run.out.splitlines()]
    assert [result["intent"] for result in told] == [
        "continue",
        "adjust",
        "undo",
        "save",
        "describe",
        "goodbye",
    ]
    assert told[0]["seed"] == told[1]["seed"] == told[2]["seed"]
    assert told[2]["reply"] == "Back to the one before: three seconds, happy."
    assert told[3]["reply"] == "Saved as blue moon."
    assert "G major" in told[4]["reply"]
    listed = encore("takes", "list", "--json")
    assert json.loads(listed.out)["name"] == "blue moon"
    exported = encore("takes", "export", "blue moon", tmp_path / "exported")
    assert (tmp_path / "exported" / "blue moon-answer.mid").is_file(), exported.err
    shown = json.loads(encore("takes", "show", "blue moon", "--json").out)
    weights = (model_dir / "weights.safetensors").read_bytes()
    assert shown["model"] == hashlib.sha256(weights).hexdigest()
    answer = read_phrase(tmp_path / "exported" / "blue moon-answer.mid")
    assert (shown["seed"], shown["missing"]) == (told[0]["seed"], [])
    assert shown["key"] == clear_key_name(answer)
    unanswered = encore("takes", "delete", "blue moon")
    assert (unanswered.status, "Add --yes" in unanswered.err) == (1, True)
    assert encore("takes", "delete", "blue moon", "--yes").status == 0
    assert encore("takes", "list", "--json").out == ""


def test_from_now_on_holds_for_the_next_command_and_never_for_batch_jobs(
    encore: Encore, phrase_file: Path, tmp_path: Path, model_dir: Path
) -> None:
    assert model_dir
    job = {"prompt": str(phrase_file), "out": str(tmp_path / "job.mid"), "seed": 0}
    (tmp_path / "jobs.jsonl").write_text(json.dumps(job))
    answers = []
    for command in ("always answer in a sad mood", "reset the defaults"):
        assert encore("do", command, "--out", tmp_path / "o").status == 0
        run = encore("do", "continue", "--phrase", phrase_file, "--out", tmp_path / "o")
        assert run.status == 0, run.err
        assert encore("generate", "--jobs", tmp_path / "jobs.jsonl").status == 0
        answers.append([read_phrase(tmp_path / name) for name in ("o/answer.mid", "job.mid")])
    (sad, job_then), (plain, job_now) = answers
    assert sad != plain
    assert plain == job_now == job_then


def test_parse_writes_an_object_a_line(encore: Encore) -> None:
    run = encore("parse", "--engine", "embedded", text=f"{COMMAND}\n\nstop\n")
    assert run.status == 0, run.err
    told = [json.loads(line) for line in run.out.splitlines()]
    assert [result["intent"] for result in told] == ["continue", "stop"]
    assert list(told[0]) == ["text", "intent", "confidence", "engine", "parameters"]


def test_a_command_that_makes_no_music_writes_the_reply_alone(
    encore: Encore, tmp_path: Path
) -> None:
    run = encore("do", "help", "--out", tmp_path / "out")
    assert run.status == 0, run.err
    assert {path.suffix for path in (tmp_path / "out").iterdir()} <= {".txt", ".wav"}
    assert not (tmp_path / "out" / "answer.mid").exists()


def test_help_is_quick_and_lists_every_command(encore: Encore) -> None:
    run = encore("--help")
    commands = "run listen chat do parse hear generate takes learn doctor bench"
    assert all(f"  {name} " in run.out for name in commands.split())
