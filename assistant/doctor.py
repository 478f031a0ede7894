"""``encore doctor``: what works on this machine, and how to mend what does not."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.contract import EncoreError

ROOT = Path(__file__).resolve().parents[1]
PROBE_TIMEOUT_S = 20.0
"""A device that does not answer for so long hangs; a quick machine needs a second for all."""
UNDERSTANDING_TIMEOUT_S = 60.0
"""Reading a command includes the training of the embedded engine where it is not cached."""
WORKERS = 4
SENTENCE = "continue what i play in a happy mood"


@dataclass(frozen=True, slots=True)
class Check:
    """One part of Encore on this machine."""

    name: str
    ok: bool | None
    """True: works. None: not here, and Encore works without. False: must be mended."""
    detail: str
    """What was found, one sentence or less."""
    mend: str = ""
    """What to do; "" when there is nothing to do."""

    @property
    def line(self) -> str:
        """Return the check for the terminal, in one line."""
        mark = {True: "ok", None: "--", False: "!!"}[self.ok]
        mend = f"  → {self.mend}" if self.mend else ""
        return f"{mark}  {self.name:<14} {self.detail}{mend}"


@dataclass(frozen=True, slots=True)
class _Part:
    """How one part is checked."""

    name: str
    probe: Callable[[], str]
    """Returns the detail; raises EncoreError when the part is missing or broken."""
    mend: str
    essential: bool = False


def run_checks() -> list[Check]:
    """Check every part, several at once; always returns, whatever hangs or crashes."""
    parts = _parts()
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="doctor") as pool:
        return list(pool.map(_checked, parts))


def is_well(checks: Iterable[Check]) -> bool:
    """Return whether everything that Encore cannot do without works."""
    essential = {part.name for part in _parts() if part.essential}
    return all(check.ok for check in checks if check.name in essential)


def to_json(checks: Sequence[Check]) -> dict[str, object]:
    """Return the object of ``encore doctor --json``, ready for ``json.dumps``."""
    return {"well": is_well(checks), "checks": [asdict(check) for check in checks]}


def _parts() -> tuple[_Part, ...]:
    debian = "on Debian: apt install"
    return (
        _Part(
            "Python", _python, "Install Python 3.11 or newer, then `make setup`.", essential=True
        ),
        _Part("settings", _settings, "Correct or remove the settings file.", essential=True),
        _Part("music model", _music_model, "Fetch the project's folder models again.", True),
        _Part("understanding", _understanding, "Run `make setup` again.", essential=True),
        _Part("Rasa", _rasa, "Run `make setup`; until then the embedded engine answers."),
        _Part("speech model", _outside("speech_model"), "Run `make setup` with a network."),
        _Part("microphone", _outside("microphone"), "Connect one; until then type commands."),
        _Part("speakers", _outside("speakers"), "Connect some; until then answers are files."),
        _Part("MIDI", _outside("midi"), "Connect a keyboard; until then use files or /play."),
        _Part("synthesiser", _outside("synth"), f"{debian} libfluidsynth3 timgm6mb-soundfont"),
        _Part("voice", _outside("voice"), f"{debian} espeak-ng"),
        _Part("data folder", _data_folder, "Set ENCORE_HOME to a folder that may be written."),
    )


def _checked(part: _Part) -> Check:
    try:
        return Check(part.name, True, part.probe())
    except EncoreError as error:
        return Check(part.name, False if part.essential else None, str(error), part.mend)
    except Exception as error:  # a doctor that falls ill tells what he saw
        return Check(part.name, False, f"{type(error).__name__}: {error}", part.mend)


def _outside(probe: str) -> Callable[[], str]:
    """Return a check in a process of its own: a driver may crash or hang, the doctor may not."""

    def run() -> str:
        command = [sys.executable, "-m", "assistant.doctor_probes", probe]
        answer = json.loads(_output(command, "", PROBE_TIMEOUT_S))
        if not answer["ok"]:
            raise EncoreError(answer["detail"])
        return str(answer["detail"])

    return run


def _output(command: Sequence[str], text: str, timeout_s: float) -> str:
    """Return the last line that a process writes; raises EncoreError when there is none."""
    try:
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), _path()]))},
        )
    except subprocess.TimeoutExpired:
        raise EncoreError(f"It did not answer within {timeout_s:.0f} s.") from None
    lines = done.stdout.strip().splitlines()
    if lines and done.returncode == 0:
        return lines[-1]
    said = done.stderr.strip().splitlines()
    raise EncoreError(said[-1] if said else f"It crashed (exit code {done.returncode}).")


def _path() -> str:
    return os.environ.get("PYTHONPATH", "")


def _python() -> str:
    return f"{platform.python_version()} at {sys.executable}"


def _settings() -> str:
    from assistant.settings import load_settings, settings_path

    load_settings()
    path = settings_path()
    return str(path) if path.is_file() else "defaults (there is no settings file)"


def _music_model() -> str:
    from assistant.settings import load_settings
    from skills.music.generator.checkpoint import DEFAULT_FOLDER, verify

    folder = Path(load_settings().music.model or DEFAULT_FOLDER)
    return f"{folder.name}, checksum {verify(folder)[:12]} is right"


def _understanding() -> str:
    command = [sys.executable, "-m", "assistant", "parse", "--engine", "embedded"]
    answer = json.loads(_output(command, f"{SENTENCE}\n", UNDERSTANDING_TIMEOUT_S))
    if answer.get("intent") != "continue":
        raise EncoreError(f'"{SENTENCE}" was taken for {answer.get("intent")}.')
    return f"the embedded engine reads a command ({answer['confidence']:.2f} sure)"


def _rasa() -> str:
    from assistant.understanding.rasa_server import newest_model, rasa_python

    if url := os.environ.get("ENCORE_RASA_URL"):
        return _rasa_service(url)
    project = ROOT / "nlu"
    script = "import importlib.metadata as m; print(m.version('rasa'))"
    version = _output([str(rasa_python(project)), "-c", script], "", PROBE_TIMEOUT_S)
    return f"{version}, model {newest_model(project).name}"


def _rasa_service(url: str) -> str:
    import httpx

    try:
        answer = httpx.get(url, timeout=3.0)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise EncoreError(f"Nothing answers at {url}.") from error
    return f"answers at {url} ({answer.status_code})"


def _data_folder() -> str:
    import shutil
    import tempfile

    from assistant.settings import data_dir

    folder = data_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            free_gb = shutil.disk_usage(folder).free / 1e9
    except OSError as error:
        raise EncoreError(f"{folder} cannot be written: {error.strerror or error}.") from error
    if free_gb < 0.1:
        raise EncoreError(f"The disk of {folder} is full.")
    return f"{folder}, {free_gb:.0f} GB free"
