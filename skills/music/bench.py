"""The generator's figures on this machine, beside the seed project's network in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from skills.music.generator.engine import CANDIDATES, Generator
from skills.music.notes import Note, Phrase
from skills.music.request import Request

SEED_STEPS, SEED_UNITS, SEED_CLASSES = 240, 256, 26
"""The seed project answered 5 s with 240 greedy steps of a one-layer GRU over 26 classes."""
REPEATS = 7
SCALE_STEPS = (0, 2, 4, 5, 7, 9, 11, 12)


def phrase_for_timing() -> Phrase:
    """Return eight seconds of two-handed playing: a scale over broken fifths."""
    melody = [Note(i * 0.25, 60 + SCALE_STEPS[i % 8], 0.24, 70 + i % 12) for i in range(32)]
    bass = [Note(i * 0.5, 36 + (0, 7, 5, 7)[i % 4], 0.48, 60) for i in range(16)]
    return Phrase(tuple(melody + bass), 8.0)


def _seconds(work: Callable[[], object]) -> float:
    """Return the median wall time of one call, after one call to warm up."""
    work()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)


def _seed_network() -> Callable[[], object]:
    import torch

    gru = torch.nn.GRU(SEED_CLASSES, SEED_UNITS, 1, batch_first=True)
    out = torch.nn.Linear(SEED_UNITS, SEED_CLASSES)

    @torch.inference_mode()
    def answer() -> object:
        state, event = None, torch.zeros(1, 1, SEED_CLASSES)
        for _ in range(SEED_STEPS):
            hidden, state = gru(event, state)
            token = out(hidden[:, -1]).argmax(-1)
            event = torch.nn.functional.one_hot(token, SEED_CLASSES).float()[:, None]
        return event

    return answer


def run(model_dir: Path | None = None) -> dict[str, float]:
    """Measure a 5-s answer with the model loaded, beside the seed's 240 steps; seconds.

    Raises ModelError when the model is missing or damaged.
    """
    began = time.perf_counter()
    generator = Generator.load(model_dir)
    loaded = time.perf_counter() - began
    phrase = phrase_for_timing()
    plain, moody = Request(seconds=5.0), Request(seconds=5.0, mood="happy")
    figures = {
        "model_load_s": loaded,
        "answer_5s_s": _seconds(lambda: generator.generate(phrase, plain)),
        "answer_5s_happy_s": _seconds(lambda: generator.generate(phrase, moody)),
        "seed_network_240_steps_s": _seconds(_seed_network()),
        "candidates": float(CANDIDATES),
    }
    figures["answer_over_seed_network"] = (
        figures["answer_5s_happy_s"] / figures["seed_network_240_steps_s"]
    )
    return {name: round(value, 4) for name, value in figures.items()}
