"""Phrases as samples and WAV files, faster than they last."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from skills.music.files import write_error, written_whole
from skills.music.midi_file import on_one_keyboard
from skills.music.notes import Phrase
from skills.music.player.engines import Samples, SynthEngine, open_engine

SAMPLE_RATE_HZ = 44100
BYTES_A_SAMPLE = 2
PEAK = 0.89
"""Loudest sample at gain 1: -1 dB below full scale, so that no converter clips."""
MAX_TAIL_S = 3.0
"""A release and its reverb that last longer are faded out."""
TAIL_STEP_S = 0.25
SILENT = 1e-3
"""A tail below this share of the peak (-60 dB) has ended."""
FADE_S = 0.05
NOISE = 1e-3
"""A phrase that stays below this holds no note: it is left as quiet as it is."""


def render(
    phrase: Phrase,
    program: int = 0,
    sample_rate_hz: int = SAMPLE_RATE_HZ,
    gain: float = 1.0,
    soundfont: Path | str | None = None,
) -> Samples:
    """Return the phrase as sound, shape (frames, 2): its length and the tail of the last notes.

    The loudest sample is ``gain`` x 0.89 whatever the velocities, which still shape the phrase
    within; ``gain`` is 0..1. Raises DeviceError when there is no synthesiser or no SoundFont.
    """
    if not 0.0 <= gain <= 1.0:
        raise ValueError(f"gain must be in 0..1, not {gain}")
    engine = _engine(soundfont, sample_rate_hz)
    with engine.lock:
        engine.reset()
        engine.program(program)
        parts = [_body(engine, phrase, sample_rate_hz), _tail(engine, sample_rate_hz)]
        engine.silence()
    return _levelled(np.concatenate(parts), gain, sample_rate_hz)


def write_wav(samples: Samples, path: Path | str, sample_rate_hz: int = SAMPLE_RATE_HZ) -> None:
    """Write samples, shape (frames, 2), as a 16-bit WAV file, whole or not at all.

    Raises InputError with a sentence when the file cannot be written.
    """
    import soundfile

    with written_whole(Path(path)) as part:
        try:
            soundfile.write(part, samples, sample_rate_hz, subtype="PCM_16", format="WAV")
        except soundfile.LibsndfileError as error:
            reason = error.error_string.strip().rstrip(".")
            raise write_error(part.parent, samples.size * BYTES_A_SAMPLE, reason) from error


@lru_cache(maxsize=2)
def _engine(soundfont: Path | str | None, sample_rate_hz: int) -> SynthEngine:
    return open_engine(soundfont, sample_rate_hz)


def _body(engine: SynthEngine, phrase: Phrase, sample_rate_hz: int) -> Samples:
    """Return the sound from time 0 to the end of the phrase; releases come before strokes."""
    notes = on_one_keyboard(phrase.notes)
    events = sorted(
        [(round(n.onset_s * sample_rate_hz), 1, n.pitch, n.velocity) for n in notes]
        + [(round(n.end_s * sample_rate_hz), 0, n.pitch, 0) for n in notes]
    )
    blocks, now = [], 0
    for frame, stroke, pitch, velocity in events:
        if frame > now:
            blocks.append(engine.samples(frame - now))
            now = frame
        if stroke:
            engine.note_on(pitch, velocity)
        else:
            engine.note_off(pitch)
    blocks.append(engine.samples(max(round(phrase.length_s * sample_rate_hz) - now, 0)))
    return np.concatenate(blocks)


def _tail(engine: SynthEngine, sample_rate_hz: int) -> Samples:
    step = round(TAIL_STEP_S * sample_rate_hz)
    blocks = [engine.samples(step)]
    loudest = _peak(blocks[0])
    floor = max(SILENT * loudest, NOISE / 10)
    while _peak(blocks[-1]) > floor and len(blocks) * TAIL_STEP_S < MAX_TAIL_S:
        blocks.append(engine.samples(step))
    return np.concatenate(blocks)


def _levelled(sound: Samples, gain: float, sample_rate_hz: int) -> Samples:
    peak = _peak(sound)
    if peak > NOISE:
        sound *= gain * PEAK / peak
    fade = min(round(FADE_S * sample_rate_hz), len(sound))
    if fade:
        sound[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)[:, None]
    return sound


def _peak(sound: Samples) -> float:
    return float(np.abs(sound).max(initial=0.0))
