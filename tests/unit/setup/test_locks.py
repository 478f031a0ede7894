"""Locks, pins and the files of the repository agree with each other."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from scripts import check_repository
from scripts.make_locks import WITH_TOOLS, requirements
from scripts.setup import pins

ROOT = Path(__file__).parents[3]
LOCKS = {"requirements.lock": (), "requirements-dev.lock": WITH_TOOLS}


def locked(file: Path) -> list[Requirement]:
    lines = file.read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(("name", "extras"), LOCKS.items())
def test_lock_fulfils_what_the_project_asks_for(name: str, extras: tuple[str, ...]) -> None:
    here = {line.name: line for line in locked(ROOT / name) if applies(line)}
    for asked in map(Requirement, requirements(extras)):
        if not applies(asked):
            continue
        version = str(here[asked.name.lower()].specifier).removeprefix("==")
        assert asked.specifier.contains(version), f"make lock: {asked} is locked to {version}"


def applies(line: Requirement) -> bool:
    return line.marker is None or line.marker.evaluate()


def test_lock_with_tools_holds_the_same_versions_as_the_lock_without() -> None:
    without, with_tools = (set(map(str, locked(ROOT / name))) for name in LOCKS)
    assert without <= with_tools


def test_every_locked_version_is_exact() -> None:
    files = [ROOT / name for name in LOCKS] + sorted((ROOT / "nlu").glob("*.lock"))
    assert len(files) == 4
    for line in [line for file in files for line in locked(file)]:
        assert re.fullmatch(r"==[^*,]+", str(line.specifier)), line


def test_both_locks_of_rasa_are_for_the_same_rasa() -> None:
    one, two = (
        {line.name: str(line.specifier) for line in locked(file)}
        for file in sorted((ROOT / "nlu").glob("*.lock"))
    )
    assert one["rasa"] == two["rasa"]


def test_torch_needs_nothing_that_the_lock_leaves_out() -> None:
    from importlib.metadata import requires

    here = {line.name for line in locked(ROOT / "requirements.lock")}
    asked = [Requirement(line) for line in requires("torch") or []]
    for need in asked:
        if need.marker is None and not need.name.startswith(("nvidia", "triton")):
            assert need.name.lower() in here


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("pyproject.toml", *LOCKS):
        (tmp_path / name).write_text((ROOT / name).read_text())
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def test_sound_repository_has_no_complaint(repository: Path) -> None:
    assert check_repository.complaints(repository) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("see https://" + "py" + "pi.org/project/mido", "host of a package registry"),
        ("https://files.python" + "hosted.org/packages/x.whl", "host of a package registry"),
        ("open('/ro" + "ot/music/tune.mid')", "path of one machine"),
        ("cd /ho" + "me/anna/encore", "path of one machine"),
    ],
)
def test_text_that_belongs_to_one_machine_is_found(
    repository: Path, text: str, complaint: str
) -> None:
    (repository / "notes.md").write_text(f"First line.\n{text}\n")
    (found,) = check_repository.complaints(repository)
    assert found.startswith("notes.md: line 2")
    assert complaint in found


def test_large_file_is_found_and_an_ignored_one_is_not(repository: Path) -> None:
    (repository / ".gitignore").write_text("ignored.bin\n")
    for name in ("weights.bin", "ignored.bin"):
        with (repository / name).open("wb") as file:
            file.truncate(check_repository.LARGEST_FILE_BYTES + 1)
    (found,) = check_repository.complaints(repository)
    assert found.startswith("weights.bin: 20 MB")


def test_pin_that_disagrees_is_found(repository: Path) -> None:
    project = repository / "pyproject.toml"
    project.write_text(project.read_text().replace("torch==", "torch>="))
    lock = repository / "requirements.lock"
    lock.write_text(lock.read_text() + "nvidia-cublas==13.0\n")
    assert len(check_repository.complaints(repository)) == 2


def test_project_asks_for_the_torch_that_set_up_installs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [line for line in project["dependencies"] if line.startswith("torch")] == [
        f"torch=={pins.TORCH}"
    ]
