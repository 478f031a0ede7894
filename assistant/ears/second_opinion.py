"""A second opinion on a sentence: do its words explain the sound, or do any phones do it better?

The same acoustic model decodes the sound twice: with the graph of words and with a loop of free
phones (`opinion` in the model's folder, made by `speech.build`). Strange names and words that
only resemble a command fit free phones much better. It costs two decodings of one sentence, so
the verifier asks for it only where it decides.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.audio_files import SPEECH_RATE_HZ, Int16Samples
from assistant.contract import ModelError

if TYPE_CHECKING:
    from assistant.ears.vosk_recogniser import HeardWord

FOLDER = "opinion"
LEAST_MISFIT, MOST_MISFIT = -30.0, 10.0
SHORTEST_S = 0.1
BEFORE_S, AFTER_S = 0.25, 0.3
"""Sound around the words that is looked at."""
_GRAPH = (
    ("model.conf", "conf/model.conf"),
    ("HCLG.fst", "graph/HCLG.fst"),
    ("words.txt", "graph/words.txt"),
)
"""Files of a folder with a graph of phones, and where Vosk looks for them in a model …"""
_SHARED = ("am/final.mdl", "conf/mfcc.conf", "graph/phones/word_boundary.int")
"""… and those that it shares with the speech model."""


class SecondOpinion:
    """Two graphs over one acoustic model; not for use by several threads."""

    def __init__(self, words: Any, phones: Any) -> None:
        """``words``, ``phones``: vosk.Model of each."""
        self._words, self._phones = words, phones

    @staticmethod
    def beside(folder: Path, words: Any) -> SecondOpinion | None:
        """Return the second opinion of a speech model; None when it brings none.

        Raises ModelError with a sentence when files are missing.
        """
        phones = model_of_phones(folder, FOLDER)
        return None if phones is None else SecondOpinion(words, phones)

    def misfit(self, sound: Int16Samples) -> float:
        """Return by how much free phones explain 16 kHz samples better than words do.

        Log likelihood, the graphs' costs included, per second of spoken words; from
        ``LEAST_MISFIT`` (the words fit) to ``MOST_MISFIT`` (there are none, or they do not fit).
        """
        by_words, spoken_s = _best(self._words, sound)
        by_phones, _ = _best(self._phones, sound)
        if spoken_s == 0:
            return MOST_MISFIT
        misfit = (by_phones - by_words) / max(spoken_s, SHORTEST_S)
        return min(max(misfit, LEAST_MISFIT), MOST_MISFIT)


def model_of_phones(folder: Path, part: str) -> Any | None:
    """Return the graph in ``folder/part`` over the speech model's network; None without one.

    Raises ModelError with a sentence when files are missing.
    """
    if not (folder / part).is_dir():
        return None
    import vosk

    places = [(f"{part}/{name}", target) for name, target in _GRAPH]
    places += [(name, name) for name in _SHARED]
    with tempfile.TemporaryDirectory(prefix="encore-phones-") as scratch:
        for source, target in places:
            place = Path(scratch) / target
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(folder / source, place)
            except OSError as error:
                raise ModelError(
                    f"The speech model {folder} is damaged: {source} cannot be read."
                ) from error
        return vosk.Model(scratch)


def sound_of(
    words: Sequence[HeardWord], blocks: Sequence[Int16Samples], now_s: float
) -> Int16Samples:
    """Return the sound of words, cut out of blocks whose last one ends at ``now_s``."""
    return piece_of(blocks, now_s, words[0].start_s - BEFORE_S, words[-1].end_s + AFTER_S)


def piece_of(
    blocks: Sequence[Int16Samples], now_s: float, from_s: float, until_s: float
) -> Int16Samples:
    """Return what sounded in a time, as far as the blocks reach; the last ends at ``now_s``."""
    sound = np.concatenate(blocks)
    begun_s = now_s - len(sound) / SPEECH_RATE_HZ
    first, last = (max(0, round((at - begun_s) * SPEECH_RATE_HZ)) for at in (from_s, until_s))
    return sound[first:last]


def _best(model: Any, sound: Int16Samples) -> tuple[float, float]:
    """Return the log likelihood of the best path, and how long its words last in seconds."""
    import vosk

    recogniser = vosk.KaldiRecognizer(model, SPEECH_RATE_HZ)
    recogniser.SetWords(True)
    recogniser.SetMaxAlternatives(1)
    results: list[str] = []
    if recogniser.AcceptWaveform(sound.tobytes()):
        results.append(recogniser.Result())
    results.append(recogniser.FinalResult())
    return _added_up(results)


def _added_up(results: Sequence[str]) -> tuple[float, float]:
    likelihood = spoken_s = 0.0
    for result in results:
        best = (json.loads(result).get("alternatives") or [{}])[0]
        likelihood += float(best.get("confidence", 0.0))
        spoken_s += sum(word["end"] - word["start"] for word in best.get("result", []))
    return likelihood, spoken_s
