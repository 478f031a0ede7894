"""The product's own figures on this machine: generating, and understanding by each engine."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.cli.street import open_understanding
from assistant.contract import EncoreError, Intent
from assistant.settings import EngineName, load_settings

SENTENCES = (
    "continue what i play in a happy mood",
    "compose something calm for ten seconds",
    "a bit sadder",
    "play it an octave higher on strings",
    "save this as morning song",
    "keep the last eight bars",
    "what key is this",
    "set the volume to seventy percent",
    "scrap that",
    "what is the weather like tomorrow",
)
ROUNDS = 20
"""Each sentence is parsed so often: 200 times in all."""

Figures = dict[str, float | str]


def run(engine: str = "auto") -> Figures:
    """Measure everything; seconds and milliseconds of wall time.

    ``engine``: "rasa" or "embedded" measures that one alone. Raises ModelError when the generator's
    model is missing or damaged, EngineError when the engine that was asked for does not start.
    """
    from skills.music import bench

    figures: Figures = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {_version()}"
    }
    figures |= bench.run(_model())
    engines: tuple[EngineName, ...] = ("embedded", "rasa")
    for name in engines:
        if engine in ("auto", name):
            figures |= _understanding(name, required=engine == name)
    return figures


def run_music(**options: Any) -> dict[str, Any]:
    """Measure the music (``skills.music.bench.run_music``) with the model of the settings.

    Raises EncoreError in a sentence when the model, the data folder or the judge is wrong.
    """
    from skills.music import bench

    return bench.run_music(_model(), **options)


def _model() -> Path | None:
    """Return the model folder of the settings, None for the shipped one."""
    model = load_settings().music.model
    return Path(model).expanduser() if model else None


def _version() -> str:
    return platform.python_version()


def _understanding(engine: EngineName, *, required: bool) -> Figures:
    """Return how long an engine takes to its first answer, and for a sentence."""
    from skills.music.skill import MusicSkill

    began_s = time.perf_counter()
    service = open_understanding(load_settings(), engine, [MusicSkill.nlu_dir])
    try:
        service.parse(SENTENCES[0], engine=engine)
        first_s = time.perf_counter() - began_s
        times = _times(lambda text: service.parse(text, engine=engine))
    except EncoreError as error:
        if required:
            raise
        return {f"parse_{engine}": str(error)}
    finally:
        service.close()
    return {
        f"parse_{engine}_start_s": first_s,
        f"parse_{engine}_p50_ms": percentile(times, 50) * 1000,
        f"parse_{engine}_p95_ms": percentile(times, 95) * 1000,
    }


def _times(parse: Callable[[str], Intent]) -> list[float]:
    """Return the seconds of every parse."""
    times = []
    for _ in range(ROUNDS):
        for text in SENTENCES:
            began_s = time.perf_counter()
            parse(text)
            times.append(time.perf_counter() - began_s)
    return times


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)  # rounded up: nearest-rank method
    return ordered[max(int(rank) - 1, 0)]
