"""The echo canceller on speech-like noise, and the reference that it is given."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.ears.echo import AHEAD, FRAME, MOST_OWED, Reference, open_canceller


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


def test_the_reference_keeps_its_place_however_blocks_arrive() -> None:
    reference, ramp = Reference(), np.arange(1, 6401, dtype=np.float32) / 32768
    reference.played(ramp[:640], 16_000)
    taken = [reference.take(320) for _ in range(4)]  # the last one comes too early: silence
    reference.played(ramp[640:1280], 16_000)
    taken += [reference.take(320) for _ in range(1)]
    sound = np.concatenate(taken)
    heard = sound[sound > 0]
    places = np.flatnonzero(sound > 0) - AHEAD + 1
    assert (heard == places).all(), "each sample stands where it would without the delay"


def test_a_reference_that_stays_away_is_begun_anew() -> None:
    reference = Reference()
    assert not reference.take(320).any()
    reference.played(np.full(320, 0.5, np.float32), 16_000)
    for _ in range(MOST_OWED // 320 + 4):
        reference.take(320)
    reference.played(np.full(640, 0.5, np.float32), 16_000)
    blocks = [reference.take(320) for _ in range(3)]
    assert [bool(block.any()) for block in blocks] == [False, True, True]


def test_a_reference_that_runs_ahead_is_caught_up_with() -> None:
    reference = Reference()
    for _ in range(100):
        reference.played(np.full(320, 0.5, np.float32), 16_000)
    reference.take(320)
    left = 0
    while reference.take(320).any():
        left += 1
    assert left <= 1


def test_stereo_of_another_rate_becomes_the_rate_of_speech() -> None:
    reference = Reference()
    tone = np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000).astype(np.float32)
    for at in range(0, 48_000, 256):
        reference.played(np.stack([tone, tone], axis=1)[at : at + 256], 48_000)
    sound = reference.take(2000).astype(float)
    assert np.argmax(np.abs(np.fft.rfft(sound))) == pytest.approx(440 * 2000 / 16_000, abs=1)
