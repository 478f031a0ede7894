"""A player and Encore take turns over real MIDI ports, each in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from skills.music.notes import Note, Phrase
from tests.e2e.studio.conftest import Start
from tests.e2e.studio.recording import sounding_s, speaker_recorded
from tests.e2e.studio.test_studio import answer, strokes, tell
from tests.studio.studio import VirtualStudio

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.timeout(180)]

TUNE = (60, 62, 64, 65, 67, 65, 64, 62, 60, 64, 67, 72)
PHRASE = Phrase(tuple(Note(i * 0.25, pitch, 0.2, 70) for i, pitch in enumerate(TUNE)))
PATIENCE_S = 30.0
"""A loaded machine takes its time."""


def replied(encore: subprocess.Popen[str], *lines: str) -> list[str]:
    """Say something; return the replies (what Encore tells by itself is left out)."""
    replies = []
    for line in lines:
        tell(encore, line)
        while (text := answer(encore)).startswith("*"):
            pass
        replies.append(text)
    return replies


def told(encore: subprocess.Popen[str]) -> str:
    """Return the next thing that Encore tells by itself."""
    text = answer(encore)
    assert text.startswith("*"), text
    return text.removeprefix("* ")


def heard(module: subprocess.Popen[str]) -> list[tuple[float, dict[str, int | str]]]:
    """End the module; return what it got, with the times."""
    return [(at, message) for at, message in json.loads(module.communicate(timeout=20)[0])]


def hanging(got: list[tuple[float, dict[str, int | str]]]) -> dict[int | str, int]:
    """Return the keys that were struck more often than released."""
    count: Counter[int | str] = Counter()
    for _, message in got:
        if message["type"] == "note_on":
            count[message["note"]] += 1
        elif message["type"] == "note_off":
            count[message["note"]] -= 1
    return {note: n for note, n in count.items() if n > 0}


def play(piano: subprocess.Popen[str], phrase: Phrase = PHRASE) -> None:
    tell(piano, "go", *strokes(phrase), "end")
    assert answer(piano) == "done"


def test_a_player_and_encore_take_turns(start: Start, tmp_path: Path) -> None:
    module, piano = start("midi_listener"), start("midi_player")
    encore = start("encore_live", str(tmp_path), "midi")
    tell(piano, "go", *strokes(PHRASE))
    time.sleep(1.0)
    assert replied(encore, "continue") == ["I take over when you stop."]
    assert told(encore) == "Here are five seconds."  # it sounds now
    time.sleep(1.0)
    play(piano, Phrase((Note(0.0, 48, 0.2, 80),)))
    came_back_s = time.perf_counter()
    assert replied(encore, 'record {"span": "past"}')[0].startswith("Kept: ")
    assert replied(encore, 'jam {"duration_seconds": 1.5}')[0].startswith("Let us take turns.")
    took_turns_s = time.perf_counter()
    for _ in range(2):
        play(piano)
        assert told(encore).startswith("Here are 1.5 seconds")
        time.sleep(2.0)
    assert replied(encore, "stop") == ["Stopped."]
    play(piano)
    encore.communicate(timeout=30)
    got = heard(module)
    struck_s = [at for at, m in got if m["type"] == "note_on"]
    assert min(struck_s) < came_back_s
    assert not [at for at in struck_s if came_back_s + 0.5 < at < took_turns_s]  # it gave way
    assert [at for at in struck_s if at > took_turns_s]
    assert hanging(got) == {}


def test_whoever_ends_encore_leaves_no_note_hanging(start: Start, tmp_path: Path) -> None:
    module, piano = start("midi_listener"), start("midi_player")
    encore = start("encore_live", str(tmp_path), "midi")
    play(piano)
    time.sleep(1.0)
    assert replied(encore, "continue")[0].startswith("Here are")
    time.sleep(1.0)
    encore.send_signal(signal.SIGTERM)
    encore.wait(PATIENCE_S)
    got = heard(module)
    assert any(m["type"] == "note_on" for _, m in got)
    assert hanging(got) == {}


def test_an_instrument_that_is_unplugged_ends_nothing(start: Start, tmp_path: Path) -> None:
    module, piano = start("midi_listener"), start("midi_player")
    encore = start("encore_live", str(tmp_path), "midi")
    play(piano)
    time.sleep(1.0)
    assert replied(encore, "continue")[0].startswith("Here are")
    module.kill()
    module.wait()
    time.sleep(1.5)
    assert replied(encore, "stop", "describe")[1].startswith("You played twelve notes")
    tell(piano, "unplug")
    assert told(encore) == "The keyboard Piano:keys is gone."


def test_the_players_keys_sound_through_encore(
    studio: VirtualStudio, start: Start, tmp_path: Path
) -> None:
    piano = start("midi_player")
    start("encore_live", str(tmp_path), "synth", "thru")
    with speaker_recorded(studio.environment) as recording:
        time.sleep(0.5)
        play(piano, Phrase((Note(0.0, 60, 0.5, 100), Note(1.0, 67, 0.5, 100))))
    begin_s, end_s = sounding_s(recording.sound)
    assert end_s - begin_s > 1.0
