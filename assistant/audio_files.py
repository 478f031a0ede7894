"""Sound files: read in blocks of any rate and format, written whole."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.contract import InputError

FloatSamples = npt.NDArray[np.float32]
"""Shape (frames,), one channel, -1..1."""
Int16Samples = npt.NDArray[np.int16]
"""Shape (frames,), one channel."""
SPEECH_RATE_HZ = 16_000
BLOCK_S = 0.25


class AudioReader:
    """One sound file as blocks of mono speech samples, whatever its rate and channels.

    Never holds more than a block in memory, so files of hours are read as easily as short ones.
    Raises InputError with one sentence when the file is missing, empty or no sound file.
    """

    def __init__(self, path: Path | str, rate_hz: int = SPEECH_RATE_HZ) -> None:
        self.path = Path(path)
        self.rate_hz = rate_hz
        _check_readable(self.path)
        with self._opened() as file:
            self.seconds = file.frames / file.samplerate
            """Length of the file."""
        if not self.seconds:
            raise InputError(f"{path} holds no sound.")

    def blocks(self) -> Iterator[Int16Samples]:
        """Yield the samples in order; raises InputError when the file breaks off inside."""
        import soxr  # type: ignore[import-untyped, unused-ignore]

        with self._opened() as file:
            resampler = soxr.ResampleStream(file.samplerate, self.rate_hz, 1, dtype="float32")
            frames = max(round(file.samplerate * BLOCK_S), 1)
            for block in file.blocks(frames, dtype="float32", always_2d=True):
                # Floats may be anything: what is beyond full scale would be clipped in any case.
                within = np.clip(np.nan_to_num(block), -1.0, 1.0)
                yield to_int16(resampler.resample_chunk(within.mean(axis=1)))
            yield to_int16(resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True))

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        import soundfile

        # Names need not be UTF-8 where the system takes bytes; soundfile encodes them strictly.
        name = self.path if os.name == "nt" else os.fsencode(self.path)
        try:
            with soundfile.SoundFile(name) as file:
                yield file
        except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:
            raise InputError(f"{self.path} is not a sound file that can be read.") from error


def to_int16(samples: FloatSamples) -> Int16Samples:
    """Return samples of -1..1 as 16-bit numbers, clipped."""
    scaled: Int16Samples = np.clip(samples * 32768.0, -32768, 32767).astype(np.int16)
    return scaled


def resampled(samples: FloatSamples, rate_hz: int, wanted_hz: int) -> FloatSamples:
    """Return one channel at another rate; the same array when the rates are equal."""
    if rate_hz == wanted_hz:
        return samples
    import soxr  # type: ignore[import-untyped, unused-ignore]

    result: FloatSamples = soxr.resample(samples, rate_hz, wanted_hz)
    return result


def write_speech(samples: FloatSamples, rate_hz: int, path: Path | str) -> None:
    """Write one channel as a 16-bit WAV file, whole or not at all.

    Raises InputError with a sentence when it cannot be written.
    """
    import soundfile

    path = Path(path)
    part = path.with_name(f".{path.stem[:64]}.{uuid.uuid4().hex[:8]}.part")
    try:
        soundfile.write(part, samples, rate_hz, subtype="PCM_16", format="WAV")
        part.replace(path)
    except (OSError, soundfile.LibsndfileError) as error:
        reason = getattr(error, "strerror", None) or "the folder is missing or full, or read-only"
        raise InputError(f"Cannot write {path}: {reason}.") from error
    finally:
        with suppress(OSError):
            part.unlink()


def _check_readable(path: Path) -> None:
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder, not a sound file.")
        if path.is_fifo():  # it would be waited for, and cannot be read from the beginning again
            raise InputError(f"{path} is a pipe, not a sound file.")
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except PermissionError:
        raise InputError(f"There is no permission to read {path}.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read {path}: {error}.") from error
