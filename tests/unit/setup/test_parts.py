"""What the parts of set-up decide, without installing anything."""

import io
import os
import platform
import shutil
import sys
from pathlib import Path

import platformdirs
import pytest

from scripts.setup import pins, system_packages, torch_build
from scripts.setup.commands import CommandError, Runner, clean_environment
from scripts.setup.console import Console, NotNowError
from scripts.setup.environments import Environment
from scripts.setup.main_environment import MainEnvironment
from scripts.setup.rasa_environment import RasaEnvironment
from scripts.setup.system_packages import SystemPackages, installed_names

ROOT = Path(__file__).parents[3]


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path, tmp_path / "log" / "setup.log", Console(io.StringIO()))


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


# PyTorch


def test_machine_without_gpu_tries_the_cpu_build_first() -> None:
    cpu, plain = torch_build.attempts("linux", has_gpu=False)
    assert cpu.words[-1] == f"torch=={pins.TORCH}+cpu"
    assert "--no-deps" in cpu.words
    assert plain.words == (f"torch=={pins.TORCH}",)


@pytest.mark.parametrize(("system", "has_gpu"), [("linux", True), ("darwin", False)])
def test_gpu_and_mac_take_the_plain_build(system: str, has_gpu: bool) -> None:
    assert [a.words for a in torch_build.attempts(system, has_gpu)] == [(f"torch=={pins.TORCH}",)]


def test_another_index_of_cpu_builds_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCORE_TORCH_CPU_INDEX", "https://mirror.example/cpu")
    assert "https://mirror.example/cpu" in torch_build.attempts("linux", has_gpu=False)[0].words


def test_gpu_is_one_that_the_driver_lists(tmp_path: Path) -> None:
    assert not torch_build.has_nvidia_gpu(tmp_path / "none")
    assert not torch_build.has_nvidia_gpu(tmp_path)
    (tmp_path / "0000:01:00.0").mkdir()
    assert torch_build.has_nvidia_gpu(tmp_path)


class PipThatFails(Environment):
    """Records what pip is asked for; fails on the words that it was given."""

    calls: list[str]

    def pip(self, *words: str | Path) -> None:
        calls.append(" ".join(str(word) for word in words))
        if "+cpu" in calls[-1]:
            raise CommandError("pip", "ended with 1", "no such file")


calls: list[str] = []


def test_plain_build_is_taken_when_the_cpu_build_is_out_of_reach(
    tmp_path: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls.clear()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(torch_build, "has_nvidia_gpu", lambda: False)
    MainEnvironment(PipThatFails(tmp_path / ".venv", runner), tmp_path, False).install_torch()
    assert ["+cpu" in call for call in calls] == [True, False]
    assert isinstance(runner.console.stream, io.StringIO)
    assert "CPU build was not reached" in runner.console.stream.getvalue()


# Environments


def test_environment_that_was_begun_and_not_finished_is_half_made(
    tmp_path: Path, runner: Runner
) -> None:
    environment = Environment(tmp_path / "env", runner)
    assert not environment.is_half_made()
    environment.begin()
    assert environment.is_half_made()
    environment.finish()
    assert not environment.is_half_made()


def test_beginning_anew_removes_what_was_there(tmp_path: Path, runner: Runner) -> None:
    environment = Environment(tmp_path / "env", runner)
    program(environment.python, "exit 0")
    environment.begin()
    assert not environment.python.exists()


@pytest.mark.parametrize("script", ["exit 127", "echo 3.9", "echo nonsense; exit 1"])
def test_environment_whose_python_is_broken_or_old_is_not_kept(
    tmp_path: Path, runner: Runner, script: str
) -> None:
    environment = Environment(tmp_path / "env", runner)
    program(environment.python, script)
    assert not MainEnvironment(environment, tmp_path, False).runs()


def test_environment_copied_from_elsewhere_is_not_at_home(tmp_path: Path, runner: Runner) -> None:
    environment = Environment(tmp_path / "env", runner)
    pip = environment.folder / "bin" / "pip"
    program(pip, "echo pip 23 from /elsewhere/env/lib/pip")
    assert not environment.is_at_home()
    program(pip, f"echo pip 23 from {tmp_path}/env/lib/pip")
    assert environment.is_at_home()


# Rasa


def rasa(tmp_path: Path, runner: Runner) -> RasaEnvironment:
    return RasaEnvironment(
        Environment(tmp_path / "nlu" / ".venv", runner), tmp_path, tmp_path / "no-uv"
    )


def test_machine_that_rasa_has_no_lock_for_runs_on_the_embedded_engine(
    tmp_path: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    with pytest.raises(NotNowError, match=r"^Rasa is not installed: Encore runs on its embedded"):
        rasa(tmp_path, runner).make()


def test_machine_without_python_for_rasa_is_told_so(
    tmp_path: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    program(tmp_path / "scripts" / "find-python", "exit 1")
    with pytest.raises(NotNowError, match=r"embedded engine \(it needs Python 3\.10"):
        rasa(tmp_path, runner).make()


def test_half_made_rasa_environment_does_not_count(tmp_path: Path, runner: Runner) -> None:
    here = rasa(tmp_path, runner)
    here.environment.begin()
    program(here.environment.python, "echo 3.10")
    assert not here.runs()
    here.environment.finish()
    assert here.runs()


def test_words_of_a_skill_change_what_the_model_depends_on(tmp_path: Path, runner: Runner) -> None:
    here = rasa(tmp_path, runner)
    before = here.model_inputs()
    words = tmp_path / "skills" / "music" / "nlu" / "intents" / "new.yml"
    words.parent.mkdir(parents=True)
    words.write_text("jam: [trade fours]")
    assert here.model_inputs() != before


def test_without_rasa_no_model_is_missed(tmp_path: Path, runner: Runner) -> None:
    assert rasa(tmp_path, runner).has_model_if_rasa()


# System packages


def test_installed_packages_are_read_from_dpkg() -> None:
    lines = "espeak-ng installed\nlibportaudio2 not-installed\njackd2 config-files\n\nnoise\n"
    assert installed_names(lines) == {"espeak-ng"}


def test_one_of_two_soundfonts_is_enough(
    tmp_path: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin" / "dpkg-query", "echo fluid-soundfont-gm installed")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    needs = (("timgm6mb-soundfont", "fluid-soundfont-gm"), ("espeak-ng",))
    assert SystemPackages(runner, needs).missing() == ["espeak-ng"]


def test_user_without_rights_is_told_the_command(
    tmp_path: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin" / "dpkg-query", "exit 1")
    program(tmp_path / "bin" / "apt-get", "exit 100")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NotNowError, match="sudo apt-get install libportaudio2 espeak-ng"):
        SystemPackages(runner, system_packages.FOR_ENCORE).install()


def test_apt_that_fails_is_told_and_not_fatal(
    tmp_path: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("dpkg-query", "apt-cache"):
        program(tmp_path / "bin" / name, "exit 1")
    program(tmp_path / "bin" / "env", "echo no network; exit 100")
    program(tmp_path / "bin" / "apt-get", "exit 100")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(NotNowError, match=r"espeak-ng.*no network"):
        SystemPackages(runner, (("espeak-ng",),)).install()


# Commands


def test_failed_command_tells_its_last_line(runner: Runner) -> None:
    with pytest.raises(CommandError, match=r"sh ended with 3: disk full"):
        runner.run(["sh", "-c", "echo start; echo disk full >&2; exit 3"])
    assert "$ sh -c" in runner.log.read_text()


def test_command_that_does_not_exist_is_told(runner: Runner) -> None:
    with pytest.raises(CommandError, match="cannot be started"):
        runner.run(["/nowhere/at/all"])
    assert runner.answers(["/nowhere/at/all"]) is None


def test_command_cannot_ask_for_input(runner: Runner) -> None:
    assert runner.answers(["sh", "-c", "read line || echo closed"]) == "closed"


def test_variables_that_would_misdirect_an_installation_are_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    kept = clean_environment({"EXTRA": "1"})
    assert not {"PIP_TARGET", "VIRTUAL_ENV"} & set(kept)
    assert kept["PIP_INDEX_URL"] == "https://mirror.example/simple"
    assert kept["EXTRA"] == "1"


def test_speech_model_goes_where_encore_looks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.ears.model_shelf import shelf

    monkeypatch.delenv("ENCORE_HOME", raising=False)
    assert shelf() == Path(platformdirs.user_data_path("encore")) / "models"
    monkeypatch.setenv("ENCORE_HOME", "/somewhere")
    assert shelf() == Path("/somewhere/models")
