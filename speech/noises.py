"""What lies over a voice: rooms, hiss, rumble, other talk and a piano."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speech.align import SAMPLE_RATE_HZ

Samples = npt.NDArray[np.float32]

SOUND_FONTS = (
    Path("/usr/share/sounds/sf2/TimGM6mb.sf2"),
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
)
_ROOMS = 60
_REVERB_S = (0.08, 0.5)
"""Time in which a simulated room's echo sinks by 60 dB, seconds."""


def piano_bed(seconds: float, seed: int) -> Samples:
    """Random piano playing, rendered by FluidSynth from a General-MIDI SoundFont.

    Chords of a random key with a wandering melody, at changing pace; other keyboards now and then.
    Raises:
        FileNotFoundError: no SoundFont is installed.
    """
    import fluidsynth

    font = next((path for path in SOUND_FONTS if path.exists()), None)
    if font is None:
        raise FileNotFoundError("No General-MIDI SoundFont; install fluid-soundfont or timgm6mb.")
    rng = np.random.default_rng(seed)
    synth = fluidsynth.Synth(samplerate=float(SAMPLE_RATE_HZ), gain=0.5)
    font_id = synth.sfload(str(font))
    parts, length = [], 0
    while length < seconds * SAMPLE_RATE_HZ:
        synth.program_select(0, font_id, 0, int(rng.choice([0, 0, 0, 0, 1, 4, 6, 16])))
        for part in _piece(synth, rng):
            parts.append(part)
            length += len(part)
    synth.delete()
    return np.asarray(np.concatenate(parts) / 32768, np.float32)


def _piece(synth: object, rng: np.random.Generator) -> list[Samples]:
    """Eight bars or so in one key and tempo, as mono parts between the events."""
    tonic, beat_s = int(rng.integers(48, 60)), float(rng.uniform(0.3, 0.9))
    scale = np.array([0, 2, 4, 5, 7, 9, 11] if rng.random() < 0.5 else [0, 2, 3, 5, 7, 8, 10])
    parts, step = [], 7
    for _ in range(16):
        root = int(rng.choice([0, 3, 4, 5]))
        sounding = [tonic + int(scale[(root + k) % 7]) for k in (0, 2, 4)]
        for pitch in sounding:
            synth.noteon(0, pitch, int(rng.integers(35, 90)))  # type: ignore[attr-defined]
        for _ in range(int(rng.choice([1, 2, 2, 4]))):
            step = int(np.clip(step + rng.integers(-3, 4), 0, 14))
            pitch = tonic + 12 + int(scale[step % 7]) + 12 * (step // 7)
            synth.noteon(0, pitch, int(rng.integers(45, 110)))  # type: ignore[attr-defined]
            stereo = synth.get_samples(int(beat_s * SAMPLE_RATE_HZ))  # type: ignore[attr-defined]
            parts.append(stereo.reshape(-1, 2).mean(axis=1))
            synth.noteoff(0, pitch)  # type: ignore[attr-defined]
        for pitch in sounding:
            synth.noteoff(0, pitch)  # type: ignore[attr-defined]
    return parts


def room(rng: np.random.Generator) -> Samples:
    """An impulse response: the direct sound, then decaying noise."""
    seconds = rng.uniform(*_REVERB_S)
    length = int(seconds * SAMPLE_RATE_HZ)
    echo = rng.normal(0, 1, length) * np.exp(-6.9 * np.arange(length) / length)
    echo[: int(rng.uniform(10, 120))] = 0
    echo *= 10 ** (-rng.uniform(2, 14) / 20) / np.sqrt((echo**2).sum() + 1e-9)
    echo[0] = 1
    return np.asarray(echo, np.float32)


class Surroundings:
    """Puts a clip into a random room, with random noise at a random level.

    Talk of other clips is one of the noises, at a low level, so that the network learns to follow
    the nearest voice.
    """

    def __init__(
        self,
        seed: int,
        piano: Samples,
        talk: Sequence[npt.NDArray[np.int16]],
        piano_db: tuple[float, float] | None = None,
    ) -> None:
        """piano_db: the voice always stands so many dB (least, most) above a piano."""
        self._rng = np.random.default_rng(seed)
        self._piano, self._talk, self._piano_db = piano, talk, piano_db
        self._rooms = [room(self._rng) for _ in range(_ROOMS)]

    def vary(self, audio: npt.NDArray[np.int16]) -> tuple[Samples, float]:
        """A changed copy (int16 range, float) and its length as a multiple of the old."""
        import soxr
        from scipy.signal import fftconvolve

        rng, stretch = self._rng, 1.0
        samples = audio.astype(np.float32)
        if rng.random() < 0.8:
            stretch = rng.uniform(0.86, 1.17)
            samples = soxr.resample(samples, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * stretch, "MQ")
        if rng.random() < 0.5:
            echo = self._rooms[int(rng.integers(len(self._rooms)))]
            samples = fftconvolve(samples, echo)[: len(samples)]
        if self._piano_db is not None or rng.random() < 0.8:
            samples = samples + self._noise(samples)
        samples = samples * 10 ** (rng.uniform(-18, 6) / 20)
        return np.clip(samples, -32767, 32767).astype(np.float32), stretch

    def _noise(self, samples: Samples) -> Samples:
        rng, length = self._rng, len(samples)
        kinds: list[tuple[Callable[[int], Samples], float, float]] = [
            (self._play, 4, 25),
            (self._play, 4, 25),
            (self._hiss, 8, 30),
            (self._rumble, 4, 25),
            (self._chatter, 12, 30),
        ]
        if self._piano_db is not None:
            kinds = [(self._play, *self._piano_db)]
        make, lowest_db, highest_db = kinds[int(rng.integers(len(kinds)))]
        noise = make(length)
        power = float((noise**2).mean()) + 1e-9
        ratio_db = rng.uniform(lowest_db, highest_db)
        level = np.sqrt(float((samples**2).mean()) / power) * 10 ** (-ratio_db / 20)
        return np.asarray(noise * level, np.float32)

    def _play(self, length: int) -> Samples:
        start = int(self._rng.integers(max(1, len(self._piano) - length)))
        return np.resize(self._piano[start : start + length], length)

    def _hiss(self, length: int) -> Samples:
        return self._rng.normal(0, 1, length).astype(np.float32)

    def _rumble(self, length: int) -> Samples:
        from scipy.signal import lfilter

        lean = -float(self._rng.choice([0.8, 0.95, 0.98]))
        return np.asarray(lfilter([1], [1, lean], self._hiss(length)), np.float32)

    def _chatter(self, length: int) -> Samples:
        other = self._talk[int(self._rng.integers(len(self._talk)))]
        return np.resize(other.astype(np.float32), length)
