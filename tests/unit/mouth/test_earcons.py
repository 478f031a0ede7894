"""Earcons: soft, short, and in the key of the music."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.mouth.earcons import NOTE_S, RATE_HZ, STEP_S, Earcon, earcon

C_HZ = 261.63
KEYS = [f"{tonic} {mode}" for tonic in "C C# Db F# G Bb B".split() for mode in ("major", "minor")]


def pitch_classes(kind: Earcon, key: str) -> list[int]:
    """Return the note that begins in each step, as semitones above C."""
    sound = earcon(kind, key)
    found = []
    for place in range(len(kind.value)):
        start = round(place * STEP_S * RATE_HZ) + 400
        part = sound[start : start + 3000] * np.hanning(3000)
        spectrum = np.abs(np.fft.rfft(part, 1 << 17))
        pitch_hz = np.argmax(spectrum) * RATE_HZ / (1 << 17)
        found.append(round(12 * np.log2(pitch_hz / C_HZ)) % 12)
    return found


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("kind", list(Earcon))
def test_every_earcon_is_short_soft_and_without_clicks(kind: Earcon, key: str) -> None:
    sound = earcon(kind, key)
    assert 0.2 < len(sound) / RATE_HZ < 0.5
    assert 0.05 < np.abs(sound).max() <= 0.13
    assert abs(float(sound[0])) < 1e-3
    assert abs(float(sound[-1])) < 1e-3
    assert np.abs(np.diff(sound)).max() < 0.03


def test_understood_is_the_chord_of_the_key() -> None:
    assert pitch_classes(Earcon.UNDERSTOOD, "C major")[0] == 4
    assert pitch_classes(Earcon.UNDERSTOOD, "C minor")[0] == 3
    assert pitch_classes(Earcon.UNDERSTOOD, "F# minor")[0] == 9
    assert pitch_classes(Earcon.LISTENING, "Bb major")[0] == 10


def test_the_three_sound_different_and_an_unknown_key_is_c_major() -> None:
    sounds = [earcon(kind, "what key?").tobytes() for kind in Earcon]
    assert len(set(sounds)) == 3
    assert sounds[0] == earcon(Earcon.LISTENING, "C major").tobytes()


def test_an_earcon_lasts_no_longer_than_its_notes() -> None:
    assert len(earcon(Earcon.LISTENING)) == round((STEP_S + NOTE_S) * RATE_HZ)
