"""The delay of the speakers, measured with a real loop-back and without one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from skills.music.player.calibrate import FILE_NAME
from tests.studio.studio import VirtualStudio

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.timeout(120)]


@contextmanager
def looped_back(studio: VirtualStudio) -> Iterator[None]:
    """Let the microphone hear the speaker."""
    loop = ["module-loopback", "source=speaker.monitor", "sink=room", "latency_msec=5"]
    loaded = subprocess.run(
        ["pactl", "load-module", *loop],
        env=studio.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    try:
        yield
    finally:
        unload = ["pactl", "unload-module", loaded.stdout.strip()]
        subprocess.run(unload, env=studio.environment, check=True)


def calibrate(studio: VirtualStudio, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assistant", "calibrate"],
        env=studio.environment | {"ENCORE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_the_delay_is_measured_where_the_microphone_hears_the_speaker(
    studio: VirtualStudio, tmp_path: Path
) -> None:
    with looped_back(studio):
        done = calibrate(studio, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "A stroke is heard after" in done.stdout
    kept = json.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8"))
    assert kept["way"] == "loop-back"
    assert 0.0 < kept["latency_s"] < 0.4


def test_a_deaf_microphone_is_told_in_one_sentence(studio: VirtualStudio, tmp_path: Path) -> None:
    done = calibrate(studio, tmp_path)
    assert done.returncode == 1
    assert "encore calibrate --tap" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / FILE_NAME).exists()
