from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from skills.music.midi_file import write_phrase
from skills.music.notes import Note, Phrase

ROOT = Path(__file__).parents[3]
TIMEOUT_S = 240
"""A fresh process with torch on a loaded machine."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a finished process left."""

    status: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line on stderr."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


Encore = Callable[..., Run]


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return the environment of a process that knows no settings of this machine's user."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ENCORE_")}
    return {**kept, "ENCORE_HOME": str(home), "OMP_NUM_THREADS": "1", **more}


def run_encore(
    home: Path, *arguments: object, text: str = "", env: Mapping[str, str] | None = None
) -> Run:
    """Run ``encore`` in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "assistant", *map(str, arguments)],
        input=text,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        cwd=ROOT,
        env=environment(home, **(env or {})),
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def encore(tmp_path: Path) -> Encore:
    """Run ``encore`` with an empty home of its own."""

    def run(*arguments: object, text: str = "", env: Mapping[str, str] | None = None) -> Run:
        return run_encore(tmp_path / "home", *arguments, text=text, env=env)

    return run


@pytest.fixture(scope="session")
def phrase_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A phrase of two hands in G major, five seconds long."""
    melody = (67, 71, 74, 72, 71, 69, 67, 66, 67, 71, 74, 79)
    bass = (43, 50, 55, 48, 50, 43)
    notes = [Note(i * 0.4, p, 0.38, 64 + i * 2) for i, p in enumerate(melody)]
    notes += [Note(i * 0.8, p, 0.75, 55) for i, p in enumerate(bass)]
    path = tmp_path_factory.mktemp("phrase") / "phrase.mid"
    write_phrase(Phrase(tuple(notes), 5.0), path)
    return path


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """The generator's model, or a skip where it was not fetched."""
    folder = ROOT / "models" / "encore-gru"
    if not (folder / "weights.safetensors").is_file():
        pytest.skip("the generator's model is not here")
    return folder
