"""The whole loop in the studio: played, spoken, understood, answered, stopped; nothing is faked.

``encore listen`` runs in a process of its own with real Vosk, understanding and the GRU; the player
is a process on the MIDI patch bay, the voice a sound file that comes out of the microphone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.contract import EncoreError
from assistant.ears.microphone import BACK, GONE
from assistant.understanding.places import RASA_PROJECT
from assistant.understanding.rasa_server import newest_model, rasa_python
from tests.e2e.street.conftest import environment
from tests.e2e.studio.conftest import ROOT, Start
from tests.e2e.studio.recording import RATE_HZ, speaker_recorded
from tests.e2e.studio.test_studio import MELODY, answer, strokes, tell
from tests.studio.ending import end_in_order
from tests.studio.studio import VirtualStudio, missing_parts

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.timeout(240)]

SPEECH = ROOT / "tests" / "data" / "speech"
READY_S = 90.0
"""A fresh process with torch on a loaded machine."""
SETTINGS = """\
[understanding]
engine = "{engine}"
[speech]
earcons = false
"""


class Listening:
    """A running ``encore listen`` and what it has printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def end(self) -> None:
        """End it as a system does, and take what it still says."""
        end_in_order(self.process)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def wait_for(self, text: str, timeout_s: float = READY_S) -> str:
        """Return the first line with this text."""
        give_up_s = time.monotonic() + timeout_s
        while time.monotonic() < give_up_s and self.process.poll() is None:
            for line in list(self.lines):
                if text in line:
                    return line
            time.sleep(0.05)
        raise AssertionError(f"no {text!r} in {self.lines}")


def installed_engine() -> str:
    """Return "rasa" where Rasa is set up, else the embedded engine."""
    try:
        newest_model(RASA_PROJECT)
        rasa_python(RASA_PROJECT)
    except EncoreError:
        return "embedded"
    return "rasa"


@pytest.fixture
def piano(start: Start) -> subprocess.Popen[str]:
    return start("midi_player")


@pytest.fixture
def encore(
    studio: VirtualStudio, piano: subprocess.Popen[str], tmp_path: Path
) -> Iterator[Listening]:
    """Encore, listening to the microphone and to the piano, and speaking."""
    assert piano.poll() is None
    if not (ROOT / "models" / "encore-gru" / "weights.safetensors").is_file():
        pytest.skip("the generator's model is not here")
    (tmp_path / "settings.toml").write_text(SETTINGS.format(engine=installed_engine()))
    settings = {"ENCORE_SETTINGS": str(tmp_path / "settings.toml")}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "assistant", "listen", "--trace", str(tmp_path / "trace")],
        env=studio.environment | environment(tmp_path / "home", **settings),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    listening = Listening(process)
    try:
        listening.wait_for("Listening. Say")
        listening.wait_for("Listening to the keyboard")
        yield listening
    finally:
        listening.end()


def test_a_microphone_that_went_away_is_told_and_heard_again() -> None:
    """The sound server dies and comes back: one sentence each, and sound again."""
    if missing := missing_parts():
        pytest.skip(f"the virtual studio needs {', '.join(missing)}")
    with tempfile.TemporaryDirectory(prefix="studio-") as name:
        folder = Path(name)
        with VirtualStudio.sound_only(folder) as studio:
            process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("encore_unplugged.py"))],
                env=studio.environment | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # PortAudio's dying thread writes there
                text=True,
            )
            listening = Listening(process)
            listening.wait_for("sound", 30.0)
        try:
            listening.wait_for("The microphone is gone", 30.0)
            with VirtualStudio.sound_only(folder):
                listening.wait_for("The microphone is back.", 30.0)
                at = listening.lines.index("The microphone is back.")
                give_up_s = time.monotonic() + 30.0
                while "sound" not in listening.lines[at:] and time.monotonic() < give_up_s:
                    time.sleep(0.1)
                told = [line for line in listening.lines if line not in ("ready", "sound")]
                assert told == [GONE, BACK]
                assert "sound" in listening.lines[at:]
        finally:
            assert process.stdin is not None
            process.stdin.close()
            listening.end()


def speak(studio: VirtualStudio, file: str) -> None:
    command = ["paplay", "--device=room", str(SPEECH / file)]
    subprocess.run(command, env=studio.environment, check=True, timeout=30)


def test_a_command_spoken_while_playing_is_answered_with_music_and_stop_silences_it(
    studio: VirtualStudio, piano: subprocess.Popen[str], encore: Listening, tmp_path: Path
) -> None:
    """Real Vosk, Rasa where it is set up, GRU, sound and MIDI; the hands are on the keys."""
    tell(piano, "go", *strokes(MELODY), "end")
    with speaker_recorded(studio.environment) as recording:
        speak(studio, "continue_happy.wav")
        encore.wait_for("you: continue what i play", 30.0)
        assert answer(piano) == "done"
        encore.wait_for("seconds, happy", 120.0)
        time.sleep(2.0)
        speak(studio, "maestro_stop.wav")
        encore.wait_for("you: stop", 30.0)
        encore.wait_for("Stopped.", 30.0)  # late on a busy machine
        time.sleep(4.0)
    loud = np.abs(recording.sound) > 0.01
    assert loud.any(), "the answer sounds"
    assert not loud[-RATE_HZ // 2 :].any(), "and is silent after stop"
    [turn, *_] = sorted((tmp_path / "trace").iterdir())
    meant = json.loads((turn / "intent.json").read_text("utf-8"))
    assert meant["intent"] == "continue"
    assert meant["parameters"]["mood"] == "happy"
    assert meant["engine"] == installed_engine()
    assert encore.process.poll() is None
