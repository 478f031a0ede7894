"""A studio that is told to end leaves neither servers nor files."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.studio.studio import VirtualStudio

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.timeout(60)]
COMMAND = Path(__file__).resolve().parents[2] / "studio" / "virtual-studio"


def test_ended_studio_leaves_no_files(studio: VirtualStudio, tmp_path: Path) -> None:  # noqa: ARG001
    temporary, begun = tmp_path / "tmp", tmp_path / "begun"
    temporary.mkdir()
    command = [str(COMMAND), "sh", "-c", f"echo $$ > {begun}; exec sleep 100"]
    running = subprocess.Popen(command, env=os.environ | {"TMPDIR": str(temporary)})
    while not (begun.exists() and begun.read_text()):
        assert running.poll() is None
        time.sleep(0.05)
    assert [path.name[:7] for path in temporary.iterdir()] == ["studio-"]
    running.terminate()
    assert running.wait(30) == 128 + signal.SIGTERM
    assert list(temporary.iterdir()) == []
    assert not Path(f"/proc/{begun.read_text().strip()}").exists()
