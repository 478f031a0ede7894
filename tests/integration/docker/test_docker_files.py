"""No Docker engine is needed: what the files name must exist and work outside Docker too."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))
BIN = Path(sys.executable).parent

Instruction = tuple[str, str]


def instructions(file: Path) -> list[Instruction]:
    """Return (name, rest) of every instruction, continued lines joined."""
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    pairs = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(name, rest.strip()) for name, rest in pairs]


def rest_of(file: Path, name: str) -> list[str]:
    return [rest for instruction, rest in instructions(file) if instruction == name]


def copied(file: Path) -> list[str]:
    """Return the sources of the COPY instructions."""
    return [word for rest in rest_of(file, "COPY") for word in shlex.split(rest)[:-1]]


def make_calls(file: Path) -> list[list[str]]:
    """Return the words of every call of make."""
    commands = [part for rest in rest_of(file, "RUN") for part in rest.split("&&")]
    words = [shlex.split(re.sub(r"--mount=\S+", "", command)) for command in commands]
    return [call for call in words if call and call[0] == "make"]


def compose() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def checked(command: list[str], cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_compose_file_follows_the_schema_of_compose() -> None:
    schema = ["--builtin-schema", "vendor.compose-spec"]
    checked([str(BIN / "check-jsonschema"), *schema, "docker-compose.yml"])


def test_schema_check_would_notice_a_mistake(tmp_path: Path) -> None:
    wrong = compose()
    wrong["services"]["rasa"]["heathcheck"] = {}
    file = tmp_path / "docker-compose.yml"
    file.write_text(yaml.safe_dump(wrong))
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "heathcheck" in done.stdout


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda path: path.name)
def test_linter_finds_nothing(file: Path) -> None:
    checked([str(BIN / "hadolint"), str(file)])


def test_both_images_are_built_from_files_that_exist() -> None:
    named = [service["build"]["dockerfile"] for service in compose()["services"].values()]
    assert sorted(named) == [f"docker/{file.name}" for file in DOCKERFILES]


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda path: path.name)
def test_everything_that_is_copied_is_in_git(file: Path) -> None:
    for source in copied(file):
        assert checked(["git", "ls-files", "--", source]), f"{source} is not in git"


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda path: path.name)
def test_nothing_that_is_copied_is_ignored_by_docker(file: Path) -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert not set(copied(file)) & {line.strip().rstrip("/") for line in ignored}


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda path: path.name)
def test_make_knows_every_target_that_the_image_calls(file: Path) -> None:
    calls = make_calls(file)
    assert calls
    for call in calls:
        printed = checked([*call, "--dry-run"])
        assert "scripts.setup" in printed


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda path: path.name)
def test_set_up_understands_what_the_image_asks_of_it(file: Path) -> None:
    from scripts.setup.__main__ import arguments, wanted

    for call in make_calls(file):
        printed = checked([*call, "--dry-run"])
        words = printed[printed.index("scripts.setup") :].split("\n")[0].split()[1:]
        asked = arguments(words)
        assert asked.must, "an image must not be built with a part missing"
        assert wanted(asked) in (["system"], ["main"], ["rasa"])


def test_locks_that_set_up_installs_are_copied_into_the_images() -> None:
    assert "requirements.lock" in copied(ROOT / "docker" / "assistant.Dockerfile")
    assert "nlu" in copied(ROOT / "docker" / "rasa.Dockerfile")
    assert (ROOT / "nlu" / "requirements.lock").is_file()


def test_copied_files_are_enough_to_start_encore(tmp_path: Path) -> None:
    for source in copied(ROOT / "docker" / "assistant.Dockerfile"):
        checked(["cp", "-r", str(ROOT / source), str(tmp_path)])
    where = "import assistant; print(assistant.__file__)"
    assert checked([sys.executable, "-c", where], tmp_path).startswith(str(tmp_path))
    assert "Usage" in checked([sys.executable, "-m", "assistant", "--help"], tmp_path)


def test_entry_point_and_health_check_of_encore_work(tmp_path: Path) -> None:
    service = compose()["services"]["assistant"]
    entry = json.loads(rest_of(ROOT / "docker" / "assistant.Dockerfile", "ENTRYPOINT")[0])
    for command in ([*entry, "--help"], service["healthcheck"]["test"][1:]):
        program = command[0].replace("/encore/.venv/bin", str(BIN))
        assert program != command[0]
        assert checked([program, *command[1:]], tmp_path)
    assert checked([str(BIN / "encore"), *service["command"], "--help"], tmp_path)


def test_server_and_health_check_of_rasa_are_the_same_program() -> None:
    served = json.loads(rest_of(ROOT / "docker" / "rasa.Dockerfile", "CMD")[0])
    health = compose()["services"]["rasa"]["healthcheck"]["test"][1:]
    assert served[:3] == health[:3]
    assert served[0] == "/encore/nlu/.venv/bin/python"
    help_text = checked([sys.executable, *served[1:3], "--help"])
    for option in [word for word in served + health if word.startswith("--")]:
        assert option in help_text


def test_nothing_is_published_and_the_network_has_no_way_out() -> None:
    made = compose()
    for name, service in made["services"].items():
        assert "ports" not in service, f"{name} publishes a port"
        assert service.get("network_mode") is None
        assert service["networks"] == ["understanding"]
    assert made["networks"] == {"understanding": {"internal": True}}


def test_both_services_share_one_token_that_has_no_default() -> None:
    tokens = {
        service["environment"]["ENCORE_RASA_TOKEN"] for service in compose()["services"].values()
    }
    assert len(tokens) == 1
    assert tokens.pop().startswith("${ENCORE_RASA_TOKEN:?")


def test_variables_that_compose_sets_are_read_by_encore() -> None:
    code = "".join(file.read_text() for file in (ROOT / "assistant").rglob("*.py"))
    for variable in compose()["services"]["assistant"]["environment"]:
        assert variable in code, f"{variable} is read nowhere"


def test_sound_and_midi_devices_are_passed_through() -> None:
    assistant = compose()["services"]["assistant"]
    assert assistant["devices"] == ["/dev/snd:/dev/snd"]
    assert assistant["group_add"] == ["${AUDIO_GROUP:-audio}"]


def test_address_of_rasa_is_the_one_that_it_listens_on() -> None:
    services = compose()["services"]
    assert services["assistant"]["environment"]["ENCORE_RASA_URL"] == "http://rasa:5005"
    assert services["rasa"]["expose"] == ["5005"]
    assert rest_of(ROOT / "docker" / "rasa.Dockerfile", "EXPOSE") == ["5005"]
