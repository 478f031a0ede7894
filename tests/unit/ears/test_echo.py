"""The echo canceller on speech-like noise, and the reference that it is given."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.ears.echo import FRAME, open_canceller
from assistant.ears.reference import Reference


def noise(seconds: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * 16_000)).astype(np.float32)


def test_the_speakers_are_taken_out_and_the_voice_is_left() -> None:
    canceller = open_canceller()
    if canceller is None:
        pytest.skip("pyaec does not load here")
    played, voice = noise(12.0, 1), noise(12.0, 2)
    voice[: 16_000 * 8] = 0.0
    echo = np.concatenate([np.zeros(800, np.float32), played])[: len(played)]
    near = ((voice + echo) * 16_000).astype(np.int16)
    far = (played * 16_000).astype(np.int16)
    blocks = [
        canceller.clean(near[at : at + FRAME], far[at : at + FRAME])
        for at in range(0, len(near), FRAME)
    ]
    clean = np.concatenate(blocks) / 16_000
    alone, both = slice(16_000 * 6, 16_000 * 8), slice(16_000 * 9, 16_000 * 12)
    left_db = 10 * np.log10((clean[alone] ** 2).mean() / (echo[alone] ** 2).mean())
    assert left_db < -15.0
    assert np.corrcoef(clean[both], voice[both])[0, 1] > 0.85


def test_without_sound_from_the_speakers_nothing_is_touched() -> None:
    canceller = open_canceller()
    if canceller is None:
        pytest.skip("pyaec does not load here")
    silence, block = np.zeros(FRAME, np.int16), np.arange(FRAME, dtype=np.int16)
    assert all((canceller.clean(block, silence) == block).all() for _ in range(60))


class Studio:
    """A speaker and a microphone on one clock; blocks come as unevenly as a test wants."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.reference = Reference(lambda: self.now_s)
        self.ramp = (np.arange(1, 32_001, dtype=np.float32) % 30_000) / 32768
        self.played = 0

    def play(self, at_s: float, frames: int = 320) -> None:
        self.now_s = at_s
        self.reference.played(self.ramp[self.played : self.played + frames], 16_000)
        self.played += frames

    def heard(self, at_s: float) -> np.ndarray:
        return self.reference.take(FRAME, at_s)


def blocks_in_time(studio: Studio, lateness_s: list[float], late_ears_s: float = 0.0) -> list[int]:
    """Play and hear 20 ms after 20 ms; return what stands first in each block of the reference."""
    events = [(100 + k * 0.02 + late, k) for k, late in enumerate(lateness_s)]
    firsts = []
    for k in range(len(lateness_s)):
        due_s = 100 + k * 0.02
        while events and events[0][0] <= due_s + late_ears_s + 1e-9:
            studio.play(events.pop(0)[0])
        block = studio.heard(due_s)
        firsts.append(round(float(block[0])))
    return firsts


def test_the_reference_keeps_its_distance_from_the_microphone() -> None:
    firsts = blocks_in_time(Studio(), [0.0] * 50)
    assert set(np.diff(firsts[5:])) == {FRAME}


def test_blocks_that_come_late_and_in_bursts_do_not_move_the_reference() -> None:
    uneven = [0.0, 0.018, 0.0, 0.012, 0.006] * 12
    firsts = [first for first in blocks_in_time(Studio(), uneven)[5:] if first]
    assert len(firsts) > 40
    assert {step % FRAME for step in np.diff(firsts)} == {0}
    assert firsts[-1] == blocks_in_time(Studio(), [0.0] * 60)[-1]


def test_ears_that_work_late_get_the_sound_of_the_time_of_recording() -> None:
    in_time = blocks_in_time(Studio(), [0.0] * 60)
    late = blocks_in_time(Studio(), [0.0] * 60, late_ears_s=0.5)
    assert late[10:] == in_time[10:]


def test_a_speaker_that_ran_dry_is_found_again_within_a_second() -> None:
    studio = Studio()
    moved_s = [0.0] * 30 + [0.1] * 60  # from then on everything sounds 100 ms later
    firsts = blocks_in_time(studio, moved_s)
    assert set(np.diff(firsts[-10:])) == {FRAME}
    assert firsts[-1] == blocks_in_time(Studio(), [0.0] * 90)[-1] - 5 * FRAME


def test_a_speaker_that_was_silent_for_a_while_is_timed_anew() -> None:
    studio = Studio()
    blocks_in_time(studio, [0.0] * 20)
    for k in range(20, 80):
        studio.heard(100 + k * 0.02)  # the speaker's stream is closed
    firsts = []
    for k in range(80, 110):
        studio.play(100 + k * 0.02)
        firsts.append(round(float(studio.heard(100 + k * 0.02)[0])))
    assert set(np.diff(firsts[2:])) == {FRAME}
    assert firsts[-1] == round(float(studio.ramp[studio.played - 2 * FRAME] * 32768))


def test_stereo_of_another_rate_becomes_the_rate_of_speech() -> None:
    now_s = [0.0]
    reference = Reference(lambda: now_s[0])
    tone = np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000).astype(np.float32)
    for at in range(0, 48_000, 256):
        now_s[0] = (at + 256) / 48_000
        reference.played(np.stack([tone, tone], axis=1)[at : at + 256], 48_000)
    sound = reference.take(2000, 1.0).astype(float)
    assert np.argmax(np.abs(np.fft.rfft(sound))) == pytest.approx(440 * 2000 / 16_000, abs=1)
