"""How quick answers are beside the seed project's network and one of Notochord's size."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from skills.music.bench import phrase_for_timing
from skills.music.generator.codec import encode, tidy
from skills.music.generator.engine import CANDIDATES, Generator
from skills.music.notes import Phrase
from skills.music.request import Request

REPEATS = 7
LARGE_UNITS, LARGE_LAYERS = 1024, 2
"""Of Notochord's network; untrained here, which takes the same time."""
EVENTS_A_SECOND = 8


def seconds_of(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median wall time of one call, after one call to warm up."""
    work()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)


def measure(model_dir: Path | None = None) -> dict[str, float]:
    """Return seconds, and megabytes of memory at the end; raises ModelError without a model.

    One thread, the model loaded; close other programs first.
    """
    began = time.perf_counter()
    generator = Generator.load(model_dir)
    loaded = time.perf_counter() - began
    phrase = phrase_for_timing()
    plain, moody = Request(seconds=5.0), Request(seconds=5.0, mood="happy")
    figures = {
        "model_load_s": loaded,
        "candidates": float(CANDIDATES),
        "answer_5s_s": seconds_of(lambda: generator.generate(phrase, plain)),
        "answer_5s_happy_s": seconds_of(lambda: generator.generate(phrase, moody)),
    }
    figures |= _one_candidate(generator, phrase)
    figures |= _others()
    figures["memory_mb"] = memory_mb()
    return {name: round(value, 5) for name, value in figures.items()}


def _one_candidate(generator: Generator, phrase: Phrase) -> dict[str, float]:
    """Time one candidate of 5 s, feeding an event, and the first event after a hand-over."""
    start = generator.start(phrase, Request(seconds=5.0))
    notes = tidy(start.notes)
    event = encode(notes[-1:])
    one = replace(start.wish, candidates=1)
    first = replace(one, seconds=1e-3, candidates=CANDIDATES)
    return {
        "one_candidate_5s_s": seconds_of(lambda: generator.sampler.draw(start.heard, one)),
        "feed_event_s": seconds_of(lambda: generator.sampler.listen(event, start.heard), 40),
        "first_event_s": seconds_of(lambda: generator.sampler.draw(start.heard, first), 20),
    }


def _others() -> dict[str, float]:
    import torch

    from skills.music.evaluation.seed_network import SeedNetwork

    seed = SeedNetwork().eval()
    large = torch.nn.GRU(LARGE_UNITS, LARGE_UNITS, LARGE_LAYERS, batch_first=True)
    event = torch.zeros(1, 1, LARGE_UNITS)

    @torch.inference_mode()
    def feed() -> object:
        return large(event)

    each = seconds_of(feed, 20)
    return {
        "seed_network_240_steps_s": seconds_of(seed.answer),
        "gru_2x1024_event_s": each,
        "gru_2x1024_5s_s": each * 5 * EVENTS_A_SECOND,
    }


def memory_mb() -> float:
    """Return the most memory that this process has held, megabytes."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak / (1024.0**2 if sys.platform == "darwin" else 1024.0)
