from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from assistant.cli.group import encore
from assistant.contract import DeviceError
from skills.music.notes import Note, Phrase
from skills.music.player import calibrate
from skills.music.player.calibrate import (
    CLICKS,
    FILE_NAME,
    Calibration,
    by_taps,
    click_times,
    from_recording,
    from_taps,
    judged,
    store,
    stored,
    stored_latency_s,
)
from skills.music.player.clock import ManualClock
from skills.music.player.live import LivePlayer
from skills.music.player.outputs import SilentOutput

RATE_HZ = 48_000
STARTS_S = 100.0


def recorded(sent_s: list[float], delay_s: float, noise: float = 1e-4) -> np.ndarray:
    """Return what a microphone hears of clicks that take so long to come."""
    chance = np.random.default_rng(1)
    sound = chance.normal(0, noise, round(6 * RATE_HZ))
    ring = np.exp(-np.arange(2000) / 300) * np.sin(np.arange(2000) / 5)
    for at_s in sent_s:
        start = round((at_s - STARTS_S + delay_s) * RATE_HZ)
        sound[start : start + 2000] += 0.3 * ring
    return sound.astype(np.float32)


SENT_S = [STARTS_S + 0.5 + 0.5 * n for n in range(CLICKS)]


@pytest.mark.parametrize("delay_s", [0.005, 0.04, 0.21])
def test_clicks_are_found_in_a_recording(delay_s: float) -> None:
    delays = from_recording(recorded(SENT_S, delay_s + 0.01), RATE_HZ, STARTS_S, SENT_S, 0.01)
    found = judged(delays, "loop-back", "synth")
    assert found is not None
    assert found.count == CLICKS
    assert found.latency_s == pytest.approx(delay_s, abs=0.002)


def test_a_microphone_that_hears_no_click_is_no_loop_back() -> None:
    silence = recorded([], 0.0)
    assert judged(from_recording(silence, RATE_HZ, STARTS_S, SENT_S, 0.0), "loop-back", "x") is None


def test_a_noisy_room_is_no_loop_back() -> None:
    noise = recorded([], 0.0, noise=0.2)
    assert judged(from_recording(noise, RATE_HZ, STARTS_S, SENT_S, 0.0), "loop-back", "x") is None


def test_an_empty_recording_is_no_loop_back() -> None:
    assert from_recording(np.zeros(0, np.float32), RATE_HZ, STARTS_S, SENT_S, 0.0) == []


def test_taps_tell_the_delay_and_a_missed_one_does_no_harm() -> None:
    taps = [t + 0.06 + 0.01 * (n % 2) for n, t in enumerate(SENT_S) if n != 3]
    found = judged(from_taps(SENT_S, taps), "taps", "synth")
    assert found is not None
    assert found.latency_s == pytest.approx(0.065, abs=0.006)


def test_wild_taps_are_told() -> None:
    clock = ManualClock()
    player = LivePlayer(SilentOutput(clock), clock)
    with pytest.raises(DeviceError, match="Too few steady taps"):
        by_taps(player, lambda: [1.0, 2.2, 3.9])


def test_clicks_are_sent_in_time_and_closed() -> None:
    clock = ManualClock()
    output = SilentOutput(clock)
    sent = click_times(LivePlayer(output, clock))
    assert np.diff(sent) == pytest.approx([0.5] * (CLICKS - 1))
    kinds = [m.type for _, m in output.sent]
    assert kinds == ["note_on", "note_off"] * CLICKS


def test_a_measurement_is_kept_for_its_output(tmp_path: Path) -> None:
    assert stored_latency_s(tmp_path) == 0.0
    store(Calibration(0.031, 0.001, "loop-back", 8, "synth"), tmp_path / "new")
    assert stored_latency_s(tmp_path / "new") == 0.031
    assert stored_latency_s(tmp_path / "new", "synth") == 0.031
    assert stored_latency_s(tmp_path / "new", "another port") == 0.0


@pytest.mark.parametrize("text", ["", "[]", '{"latency_s": 1}', "\0"])
def test_a_damaged_measurement_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    assert stored(tmp_path) is None


def test_music_is_sent_earlier_by_the_delay() -> None:
    clock = ManualClock()
    output = SilentOutput(clock)
    player = LivePlayer(output, clock)
    player.latency_s = 0.03
    player.play(Phrase((Note(0.0, 60, 0.1, 80),)), at_s=1.0)
    strike_s = next(t for t, m in output.sent if m.type == "note_on")
    assert strike_s == pytest.approx(0.97)


def test_without_a_loop_back_one_sentence_tells_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path))
    player = LivePlayer(SilentOutput())
    monkeypatch.setattr("skills.music.player.live.open_player", lambda *_, **__: player)

    def deaf(*_: object) -> Calibration:
        raise DeviceError(calibrate.NO_LOOPBACK)

    monkeypatch.setattr(calibrate, "by_loopback", deaf)
    result = CliRunner().invoke(encore, ["calibrate"])
    assert isinstance(result.exception, DeviceError)
    assert "encore calibrate --tap" in str(result.exception)
    assert not (tmp_path / FILE_NAME).exists()


def test_a_measurement_can_be_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path))
    store(Calibration(0.031, 0.001, "taps", 8, "synth"), tmp_path)
    result = CliRunner().invoke(encore, ["calibrate", "--reset"])
    assert result.output == "The delay is forgotten.\n"
    assert stored(tmp_path) is None
