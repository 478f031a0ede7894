"""Real MIDI, a real speaker and a real microphone, in software; every part in its own process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from assistant.audio_files import resampled
from assistant.mouth.pyttsx3_mouth import Pyttsx3Mouth
from skills.music.midi_file import write_phrase
from skills.music.notes import Note, Phrase
from tests.e2e.studio.conftest import Start
from tests.e2e.studio.recording import RATE_HZ, heard_share, sounding_s, speaker_recorded
from tests.studio.studio import VirtualStudio

pytestmark = [pytest.mark.studio, pytest.mark.slow, pytest.mark.timeout(120)]

MELODY = Phrase(tuple(Note(i * 0.2, 60 + 2 * i, 0.15, 50 + 5 * i) for i in range(10)))


def tell(process: subprocess.Popen[str], *lines: str) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(f"{line}\n" for line in lines))
    process.stdin.flush()


def answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def strokes(phrase: Phrase) -> list[str]:
    """Return the lines that make the player play a phrase."""
    events = [(n.onset_s, f"note_on {n.pitch} {n.velocity}") for n in phrase.notes]
    events += [(n.end_s, f"note_off {n.pitch} 0") for n in phrase.notes]
    return [f"{at:.3f} {what}" for at, what in sorted(events)]


def test_what_is_played_on_the_keyboard_becomes_the_phrase(start: Start) -> None:
    piano, encore = start("midi_player"), start("encore_keyboard")
    tell(piano, "go", *strokes(MELODY), "end")
    assert answer(piano) == "done"
    tell(encore, "phrase")
    phrase = Phrase.from_array(json.loads(answer(encore)))
    assert [(n.pitch, n.velocity) for n in phrase.notes] == [
        (n.pitch, n.velocity) for n in MELODY.notes
    ]
    late_s = [a.onset_s - b.onset_s for a, b in zip(phrase.notes, MELODY.notes, strict=True)]
    assert np.median(np.abs(late_s)) < 0.03, late_s


def test_a_keyboard_that_was_unplugged_is_heard_again(start: Start) -> None:
    piano, encore = start("midi_player"), start("encore_keyboard")
    tell(piano, "unplug")
    time.sleep(2.5)
    tell(piano, "plug")
    assert answer(piano) == "plugged"
    time.sleep(2.5)
    tell(piano, "go", *strokes(MELODY), "end")
    assert answer(piano) == "done"
    tell(encore, "phrase")
    assert [row[2] for row in json.loads(answer(encore))] == [n.pitch for n in MELODY.notes]


def test_an_answer_is_played_on_a_midi_output(start: Start, tmp_path: Path) -> None:
    write_phrase(MELODY, tmp_path / "melody.mid")
    module = start("midi_listener")
    encore = start("encore_player", str(tmp_path / "melody.mid"), "midi")
    assert answer(encore) == "played"
    encore.communicate(timeout=20)
    got = json.loads(module.communicate(timeout=20)[0])
    ons = [(at, m["note"], m["velocity"]) for at, m in got if m["type"] == "note_on"]
    offs = [m["note"] for _, m in got if m["type"] == "note_off"]
    assert [(note, velocity) for _, note, velocity in ons] == [
        (n.pitch, n.velocity) for n in MELODY.notes
    ]
    assert sorted(offs) == sorted(n.pitch for n in MELODY.notes)
    since_first = [at - ons[0][0] for at, _, _ in ons]
    errors = [a - n.onset_s for a, n in zip(since_first, MELODY.notes, strict=True)]
    assert np.median(np.abs(errors)) < 0.03, errors


def test_stop_silences_the_midi_output(start: Start, tmp_path: Path) -> None:
    chord = Phrase(tuple(Note(0.0, pitch, 30.0, 80) for pitch in (60, 64, 67)))
    write_phrase(chord, tmp_path / "chord.mid")
    module = start("midi_listener")
    encore = start("encore_player", str(tmp_path / "chord.mid"), "midi")
    time.sleep(1.0)
    tell(encore, "stop")
    assert answer(encore) == "stopped"
    encore.communicate(timeout=20)
    got = json.loads(module.communicate(timeout=20)[0])
    assert sorted(m["note"] for _, m in got if m["type"] == "note_off") == [60, 64, 67]


def test_an_answer_is_heard_on_the_speakers(
    studio: VirtualStudio, start: Start, tmp_path: Path
) -> None:
    write_phrase(MELODY, tmp_path / "melody.mid")
    with speaker_recorded(studio.environment) as recording:
        encore = start("encore_player", str(tmp_path / "melody.mid"), "synth")
        assert answer(encore) == "played"
        encore.communicate(timeout=20)
        time.sleep(0.3)
    begin_s, end_s = sounding_s(recording.sound)
    assert end_s - begin_s == pytest.approx(MELODY.length_s, abs=0.5)


def first_words(text: str, path: Path) -> npt.NDArray[np.float64]:
    """Return a text as a new process says it: espeak says a second sentence a little otherwise."""
    order = "import sys; from assistant.mouth.pyttsx3_mouth import Pyttsx3Mouth as Mouth; "
    command = [sys.executable, "-c", f"{order}Mouth().save(*sys.argv[1:])", text, str(path)]
    subprocess.run(command, check=True, timeout=60)
    samples, rate_hz = soundfile.read(path, dtype="float32")
    return resampled(samples, rate_hz, RATE_HZ).astype(float)


def test_a_reply_is_spoken_whole(studio: VirtualStudio, start: Start, tmp_path: Path) -> None:
    text = "Here is your phrase, continued in a happy mood."
    wanted = first_words(text, tmp_path / "wanted.wav")
    with speaker_recorded(studio.environment) as recording:
        encore = start("encore_mouth")
        tell(encore, text)
        assert answer(encore) == "speaking"
        encore.communicate(timeout=20)
        time.sleep(0.5)
    assert heard_share(wanted, recording.sound) > 0.7  # a busy machine may tear a piece or two


def test_a_hushed_mouth_is_silent_at_once(studio: VirtualStudio, start: Start) -> None:
    with speaker_recorded(studio.environment) as recording:
        encore = start("encore_mouth")
        tell(encore, "this is a very long sentence " * 5)
        assert answer(encore) == "speaking"
        time.sleep(1.0)
        tell(encore, "")
        assert answer(encore) == "hushed"
        time.sleep(1.5)
    begin_s, end_s = sounding_s(recording.sound)
    assert end_s - begin_s < 1.6


def test_speech_into_the_microphone_arrives_whole(
    studio: VirtualStudio, start: Start, tmp_path: Path
) -> None:
    speech, heard = tmp_path / "speech.wav", tmp_path / "heard.wav"
    Pyttsx3Mouth().save("continue what i play in a happy mood", speech)
    encore = start("encore_microphone", str(heard))
    subprocess.run(
        ["paplay", "--device=room", str(speech)], env=studio.environment, check=True, timeout=30
    )
    time.sleep(0.5)
    assert int(encore.communicate(timeout=20)[0]) == 0
    sound, rate_hz = soundfile.read(speech, dtype="float32")
    recorded, heard_hz = soundfile.read(heard)
    said = resampled(sound, rate_hz, heard_hz).astype(float)
    assert heard_share(said, recorded, heard_hz) > 0.7


def test_the_doctor_finds_the_studios_devices(studio: VirtualStudio) -> None:
    for probe in ("microphone", "speakers", "synth"):
        done = subprocess.run(
            [sys.executable, "-m", "assistant.doctor_probes", probe],
            env=studio.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        found = json.loads(done.stdout.splitlines()[-1])
        assert found["ok"] is True, found
    assert "came back from the speakers" in found["detail"]
