"""Piper: a neural voice from a file, as an extra (``pip install encore-assistant[piper]``)."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from assistant.audio_files import FloatSamples
from assistant.contract import DeviceError

USUAL_WPM = 175
"""The pace that a voice's own length scale stands for."""
NOT_INSTALLED = (
    "Piper voices need the extra piper: pip install 'piper-tts>=1.3,<2' into Encore's environment."
)


class PiperMouth:
    """Renders speech with one voice file (``NAME.onnx`` beside ``NAME.onnx.json``)."""

    name = "piper"

    def __init__(self, voice: Path | str, rate_wpm: int = USUAL_WPM) -> None:
        self._path = Path(voice).expanduser()
        self._rate_wpm = rate_wpm
        self._lock = threading.Lock()
        self._voice: Any = None

    def render(self, text: str) -> tuple[FloatSamples, int]:
        """Return the text as speech of one channel, and its rate in hertz.

        Raises DeviceError when Piper is not installed or the voice file cannot be used.
        """
        if not any(sign.isalnum() for sign in text):
            return np.zeros(0, dtype=np.float32), 22_050
        with self._lock:
            try:
                self._voice = self._voice or self._load()
                parts = [chunk.audio_float_array for chunk in self._spoken(text)]
            except ImportError as error:
                raise DeviceError(NOT_INSTALLED) from error
            except DeviceError:
                raise
            except Exception as error:  # onnxruntime has kinds of its own
                raise DeviceError(f"The Piper voice {self._path.name} failed.") from error
        return np.concatenate(parts).astype(np.float32), int(self._voice.config.sample_rate)

    def _load(self) -> Any:
        if not self._path.is_file():
            raise DeviceError(f"There is no Piper voice {self._path}.")
        if not self._path.with_name(f"{self._path.name}.json").is_file():
            raise DeviceError(
                f"The Piper voice {self._path} lacks its file {self._path.name}.json."
            )
        from piper import PiperVoice

        return PiperVoice.load(str(self._path))

    def _spoken(self, text: str) -> Any:
        from piper import SynthesisConfig

        usual = float(self._voice.config.length_scale)
        pace = SynthesisConfig(length_scale=usual * USUAL_WPM / self._rate_wpm)
        return self._voice.synthesize(text, syn_config=pace)
