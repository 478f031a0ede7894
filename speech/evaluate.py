"""Decodes lists of clips with a Vosk model and counts what was right.

`python -m speech.evaluate --model DIR --list TSV … --out FILE.json`. Uses vosk and therefore never
kaldifst; runs in Encore's own environment.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.ears.second_opinion import AFTER_S, BEFORE_S, SecondOpinion

SAMPLE_RATE_HZ = 16000
BLOCK_SAMPLES = 4000
"""A quarter of a second at a time, as a microphone delivers it."""
UNKNOWN = "[unk]"


@dataclass(frozen=True, slots=True)
class Heard:
    """One clip and what the recogniser made of it."""

    reference: str
    text: str
    """All words, [unk] included."""
    confidence: float
    """Mean of the words' confidences, [unk] counting as 0."""
    seconds: float
    decode_seconds: float
    sure: Sequence[float] = ()
    """Confidence of every word, [unk] counting as 0."""
    span_s: tuple[float, float] = (0.0, 0.0)
    """Where its words begin and end."""
    misfit: float | None = None
    """See assistant.ears.second_opinion; only of what reads as a command."""

    @property
    def words(self) -> str:
        """The text without [unk]."""
        return " ".join(word for word in self.text.split() if word != UNKNOWN)


def word_errors(reference: str, heard: str) -> int:
    """Fewest insertions, deletions and replacements of words between two texts."""
    said, got = reference.split(), heard.split()
    row = list(range(len(got) + 1))
    for at, word in enumerate(said, start=1):
        above, row[0] = row[:], at
        for column, other in enumerate(got, start=1):
            row[column] = min(
                above[column] + 1, row[column - 1] + 1, above[column - 1] + (word != other)
            )
    return row[-1]


class Listener:
    """A Vosk model, fed like a microphone would."""

    def __init__(self, folder: Path) -> None:
        import vosk

        vosk.SetLogLevel(-1)
        began = time.perf_counter()
        self._model = vosk.Model(str(folder.resolve()))
        self._opinion = SecondOpinion.beside(folder, self._model)
        self.load_seconds = time.perf_counter() - began

    def hear(self, path: Path, reference: str) -> Heard:
        """Decodes one file; pauses within a file join into one text."""
        import vosk

        samples = _read(path)
        recogniser = vosk.KaldiRecognizer(self._model, SAMPLE_RATE_HZ)
        recogniser.SetWords(True)
        words: list[dict[str, Any]] = []
        began = time.process_time()
        for at in range(0, len(samples), BLOCK_SAMPLES):
            if recogniser.AcceptWaveform(samples[at : at + BLOCK_SAMPLES].tobytes()):
                words += json.loads(recogniser.Result()).get("result", [])
        words += json.loads(recogniser.FinalResult()).get("result", [])
        took = time.process_time() - began
        sure = [word["conf"] if word["word"] != UNKNOWN else 0.0 for word in words]
        return Heard(
            reference=reference,
            text=" ".join(word["word"] for word in words),
            confidence=sum(sure) / len(sure) if sure else 0.0,
            seconds=len(samples) / SAMPLE_RATE_HZ,
            decode_seconds=took,
            sure=tuple(round(value, 4) for value in sure),
            span_s=(words[0]["start"], words[-1]["end"]) if words else (0.0, 0.0),
        )

    def misfit(self, path: Path, clip: Heard) -> float | None:
        """The second opinion on a clip; None with a model that brings none."""
        if self._opinion is None:
            return None
        samples, (first_s, last_s) = _read(path), clip.span_s
        begin = max(0, int((first_s - BEFORE_S) * SAMPLE_RATE_HZ))
        return self._opinion.misfit(samples[begin : int((last_s + AFTER_S) * SAMPLE_RATE_HZ)])


def _read(path: Path) -> Any:
    import soundfile

    samples, rate_hz = soundfile.read(path, dtype="int16")
    if rate_hz != SAMPLE_RATE_HZ:
        raise ValueError(f"{path} is not at {SAMPLE_RATE_HZ} Hz")
    return np.asarray(samples)


def read_list(path: Path) -> list[tuple[Path, str]]:
    """Clips and their words from "file<TAB>text<TAB>…", files beside the list."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [(path.parent / row[0], row[1]) for row in rows]


def score(heard: Sequence[Heard]) -> dict[str, float]:
    """Word error rate and whole sentences right, both without [unk]."""
    words = sum(len(clip.reference.split()) for clip in heard)
    errors = sum(word_errors(clip.reference, clip.words) for clip in heard)
    seconds = sum(clip.seconds for clip in heard)
    return {
        "clips": len(heard),
        "word_error_rate": round(errors / max(1, words), 4),
        "exact": round(sum(clip.words == clip.reference for clip in heard) / len(heard), 4),
        "real_time_factor": round(sum(clip.decode_seconds for clip in heard) / seconds, 4),
        "minutes": round(seconds / 60, 2),
    }


def is_command(clip: Heard, threshold: float, one_word_threshold: float) -> bool:
    """Whether Encore would take this for a command: known words, and sure enough of them."""
    count = len(clip.words.split())
    if count == 0:
        return False
    return clip.confidence >= (threshold if count > 1 else one_word_threshold)


def accepted_share(heard: Sequence[Heard], threshold: float, one_word: float) -> float:
    """Share of clips that pass as commands."""
    return sum(is_command(clip, threshold, one_word) for clip in heard) / max(1, len(heard))


def memory_mb() -> float:
    """Highest memory of this process so far, MB (the interpreter included)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def save(path: Path, facts: Mapping[str, float], heard: Sequence[Heard]) -> None:
    """Writes figures and every clip as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    clips = [asdict(clip) for clip in heard]
    path.write_text(json.dumps({"figures": facts, "clips": clips}, indent=1), encoding="utf-8")


def load(path: Path) -> list[Heard]:
    """Reads the clips that save wrote."""
    return [Heard(**clip) for clip in json.loads(path.read_text(encoding="utf-8"))["clips"]]


def main() -> None:
    """Decodes and scores one list."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--list", type=Path, required=True, dest="table")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--limit", type=int)
    choice = parser.parse_args()
    listener = Listener(choice.model)
    heard = [listener.hear(path, text) for path, text in read_list(choice.table)[: choice.limit]]
    facts = score(heard)
    facts |= {"load_seconds": round(listener.load_seconds, 3), "memory_mb": round(memory_mb(), 1)}
    print(choice.table.parent.name, json.dumps(facts))
    if choice.out:
        save(choice.out, facts, heard)


if __name__ == "__main__":
    main()
