"""The figures of hands-free listening, on events and sounds of which the answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.audio_files import write_speech
from assistant.contract import Transcript
from assistant.ears.heard import CommandHeard, StopHeard, Woken
from tests.benchmarks.hands_free.figures import false_alarms, recall
from tests.benchmarks.hands_free.prepare import quicker_model
from tests.benchmarks.hands_free.simulation import Heard
from tests.benchmarks.hands_free.sounds import (
    Spoken,
    Track,
    at_level,
    bed,
    delayed,
    file_tracks,
    spoken_track,
)


def command(text: str, at_s: float) -> tuple[float, CommandHeard]:
    return at_s, CommandHeard(Transcript(text, "voice", 0.9), True, at_s - 0.5, at_s)


def test_recall_counts_calls_commands_and_the_time_that_they_took() -> None:
    spoken = (Spoken("maestro stop", 1.0, 2.0), Spoken("maestro louder", 5.0, 6.0))
    track = Track("voice", np.zeros(16_000 * 10, np.float32), spoken)
    heard = Heard(track, [(1.5, Woken(1.5)), (2.2, StopHeard(2.2)), command("stop", 2.6)])
    figures = recall(heard)
    assert figures["woken"] == figures["one_command"] == figures["command_exact"] == 0.5
    assert figures["known_after_s_p50"] == pytest.approx(0.6)
    assert figures["stop_after_s"] == [0.2]


def test_false_alarms_are_counted_by_the_hour_and_only_commands_of_encores_count() -> None:
    track = Track("talk", np.zeros(16_000 * 1800, np.float32), ())
    heard = Heard(track, [(9.0, Woken(9.0)), command("louder", 10.0), command("a bear", 20.0)])
    figures = false_alarms([heard, Heard(track)], lambda text: text == "louder")
    assert figures["hours"] == 1.0
    assert figures["false_wakes_per_hour"] == 1.0
    assert figures["false_commands"] == ["louder"]


def test_clips_stand_in_the_track_where_their_spans_say(tmp_path: Path) -> None:
    tone = np.sin(np.arange(8_000) / 5).astype(np.float32) * 0.3
    write_speech(tone, 16_000, tmp_path / "a.wav")
    (tmp_path / "list.tsv").write_text("a.wav\tmaestro stop\tx\na.wav\tmaestro\tx\n")
    track = spoken_track(tmp_path, gap_s=1.0)
    assert [clip.text for clip in track.spoken] == ["maestro stop", "maestro"]
    assert track.spoken[0].begin_s == pytest.approx(1.0, abs=0.01)
    assert track.spoken[1].end_s == pytest.approx(3.0, abs=0.01)
    [joined] = file_tracks(tmp_path, gap_s=0.5)
    assert joined.seconds == pytest.approx(1.0)


def test_levels_are_those_of_the_sounding_parts() -> None:
    tone = np.sin(np.arange(16_000) / 5).astype(np.float32)
    padded = np.concatenate([tone, np.zeros(48_000, np.float32)])
    assert np.abs(at_level(padded, 0.1)).max() == pytest.approx(0.1 * np.sqrt(2), rel=0.02)
    assert (delayed(tone, 0.5)[:8_000] == 0).all()


def test_talk_and_what_plays_beside_it_are_brought_to_one_level(tmp_path: Path) -> None:
    tone = np.sin(np.arange(16_000) / 5).astype(np.float32)
    for name, level in (("a", 0.9), ("b", 0.02)):
        write_speech(tone * level, 16_000, tmp_path / f"{name}.wav")
    [track] = file_tracks(tmp_path, gap_s=0.0, is_level=True)
    first, second = np.split(track.sound, 2)
    assert np.std(first) == pytest.approx(np.std(second), rel=0.02)
    beside = bed(tmp_path, number=0, seconds=1.5)
    assert len(beside) == 32_000  # both, one after the other
    assert np.std(beside) == pytest.approx(np.std(first), rel=0.02)
    assert np.std(bed(tmp_path / "b.wav", 0)) < 0.02  # a file is as it is


def test_a_quicker_model_is_a_copy_that_decodes_more_frames_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "SHA256SUMS").write_text("0 conf/model.conf\n")
    conf = tmp_path / "conf" / "model.conf"
    conf.write_text("--beam=13\n--frames-per-chunk=3\n--max-active=9\n")
    with quicker_model(tmp_path, 9) as copy:
        lines = (copy / "conf" / "model.conf").read_text().split()
        assert sorted(lines) == ["--beam=13", "--frames-per-chunk=9", "--max-active=9"]
        assert not (copy / "SHA256SUMS").exists()
    assert "--frames-per-chunk=3" in conf.read_text()
    assert not copy.exists()
    with quicker_model(tmp_path, 0) as itself:
        assert itself == tmp_path
