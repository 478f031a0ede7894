"""make and set-up as a person calls them, in this checkout and in a copy."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SECOND_RUN_LIMIT_S = 3.0

is_set_up = (ROOT / ".venv" / ".encore" / "libraries-and-tools").exists()
needs_set_up = pytest.mark.skipif(not is_set_up, reason="this checkout was not set up by make")


def call(*words: str, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    # Without what a make that runs this test hands down to the makes below it.
    environment = {name: text for name, text in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        words,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_alone_lists_the_targets() -> None:
    listed = call("make").stdout
    for target in ("setup", "run", "test", "check", "fmt", "e2e", "bench", "train"):
        assert f"make {target} " in listed


@needs_set_up
@pytest.mark.timeout(900)
def test_second_set_up_takes_seconds_and_changes_nothing() -> None:
    call("make", "tools")  # files may have been edited since the last one
    started_s = time.monotonic()
    done = call("make", "tools")
    seconds = time.monotonic() - started_s
    assert done.returncode == 0, done.stderr
    assert ": done in" not in done.stderr
    assert done.stdout == ""
    assert seconds < SECOND_RUN_LIMIT_S


def test_arguments_reach_encore_as_a_shell_splits_them(tmp_path: Path) -> None:
    fake = tmp_path / "encore"
    fake.write_text(f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n")
    fake.chmod(0o755)
    asked = 'do "continue what i play in a happy mood" --phrase "my tune.mid" --out answer'
    done = call("make", "run", f"BIN={tmp_path}", "SETUP=true", f"ARGS={asked}")
    words = ["do", "continue what i play in a happy mood", "--phrase", "my tune.mid"]
    assert json.loads(done.stdout) == [*words, "--out", "answer"]


def test_machine_without_python_is_told_in_one_sentence(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    for tool in ("sh", "sed", "expand"):
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / tool).symlink_to(found)
    make = shutil.which("make")
    assert make is not None
    done = subprocess.run(
        [make, "run"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Encore needs Python 3.11 or newer, and none was found")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with all that set-up needs of the checkout, and nothing set up."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_ctrl_c_leaves_a_half_made_environment_that_the_next_run_makes_anew(copy: Path) -> None:
    begun = copy / ".venv" / ".encore" / "begun"
    command = [sys.executable, "-m", "scripts.setup", "--only", "main"]
    running = subprocess.Popen(
        command, cwd=copy, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not begun.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.5)
    os.killpg(running.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
    told = running.communicate(timeout=60)[1]
    assert running.returncode == 130
    assert told.endswith("Stopped. The same command goes on from here.\n")
    assert "Traceback" not in told
    assert begun.exists()

    # What is left must not be taken for an environment: a file in it is gone in the next try.
    relic = copy / ".venv" / "relic"
    relic.touch()
    unreachable = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    isolated = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    done = subprocess.run(
        command,
        cwd=copy,
        env={**os.environ, **unreachable, **isolated},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not relic.exists()
    assert not begun.exists()
    assert done.returncode == 1
    assert "uv is not to be had here" in done.stderr
    assert "Set-up failed: PyTorch" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_set_ups_in_one_folder_wait_for_each_other(copy: Path) -> None:
    lock = copy / ".cache" / "setup" / "lock"
    lock.parent.mkdir(parents=True)
    holder = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX);"
    holder += "print('held', flush=True); sys.stdin.read()"
    first = subprocess.Popen(
        [sys.executable, "-c", holder, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout is not None
    assert first.stdin is not None
    assert first.stdout.readline() == "held\n"
    second = subprocess.Popen(
        [sys.executable, "-m", "scripts.setup", "--only", "main", "--without", "main"],
        cwd=copy,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert second.stderr is not None
    assert "waiting for it" in second.stderr.readline()
    first.communicate("")
    assert second.communicate(timeout=20)[1] == ""
    assert second.returncode == 0
