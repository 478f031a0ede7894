"""The interpreter is found by running candidates, as fakes in a PATH of their own."""

import subprocess
from pathlib import Path

import pytest

FINDER = Path(__file__).parents[3] / "scripts" / "find-python"
SHIM = "#!/bin/sh\necho 'pyenv: python: command not found' >&2\nexit 127\n"


def fake_python(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\necho "{version} {path}"\n')
    path.chmod(0o755)
    return path


def broken_shim(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SHIM)
    path.chmod(0o755)
    return path


def find(tmp_path: Path, *versions: str, path: str = "bin") -> tuple[int, str]:
    folders = ":".join(str(tmp_path / name) for name in path.split(":"))
    environment = {"PATH": f"{folders}:/nowhere", "HOME": str(tmp_path / "home")}
    done = subprocess.run(
        ["/bin/sh", str(FINDER), *versions],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.strip()


def test_first_version_that_was_asked_for_wins(tmp_path: Path) -> None:
    fake_python(tmp_path / "bin" / "python3.12", "3.12")
    wanted = fake_python(tmp_path / "bin" / "python3.11", "3.11")
    assert find(tmp_path, "3.11", "3.12") == (0, str(wanted))


def test_later_version_is_taken_when_the_first_is_missing(tmp_path: Path) -> None:
    only = fake_python(tmp_path / "bin" / "python3.12", "3.12")
    assert find(tmp_path, "3.11", "3.12") == (0, str(only))


def test_shim_that_exits_127_is_passed_over(tmp_path: Path) -> None:
    broken_shim(tmp_path / "shims" / "python3.11")
    good = fake_python(tmp_path / "bin" / "python3.11", "3.11")
    assert find(tmp_path, "3.11", path="shims:bin") == (0, str(good))


def test_version_manager_folder_is_looked_into(tmp_path: Path) -> None:
    broken_shim(tmp_path / "bin" / "python3.10")
    kept = fake_python(tmp_path / "home/.pyenv/versions/3.10.13/bin/python", "3.10")
    assert find(tmp_path, "3.10") == (0, str(kept))


def test_plain_python3_counts_when_it_has_the_version(tmp_path: Path) -> None:
    plain = fake_python(tmp_path / "bin" / "python3", "3.10")
    assert find(tmp_path, "3.10") == (0, str(plain))


def test_name_that_lies_about_its_version_is_not_taken(tmp_path: Path) -> None:
    fake_python(tmp_path / "bin" / "python3.10", "3.9")
    assert find(tmp_path, "3.10") == (1, "")


def test_folder_with_a_space_in_its_name_is_no_obstacle(tmp_path: Path) -> None:
    good = fake_python(tmp_path / "my tools" / "python3.11", "3.11")
    assert find(tmp_path, "3.11", path="my tools") == (0, str(good))


@pytest.mark.parametrize("version", ["3.11", "3.1"])
def test_nothing_found_is_exit_one_and_silence(tmp_path: Path, version: str) -> None:
    fake_python(tmp_path / "bin" / "python3", "3.10")
    assert find(tmp_path, version) == (1, "")
