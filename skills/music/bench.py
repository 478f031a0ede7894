"""The generator's figures on this machine, beside the seed project's network in the same run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from skills.music.notes import Note, Phrase

SCALE_STEPS = (0, 2, 4, 5, 7, 9, 11, 12)


def phrase_for_timing() -> Phrase:
    """Return eight seconds of two-handed playing: a scale over broken fifths."""
    melody = [Note(i * 0.25, 60 + SCALE_STEPS[i % 8], 0.24, 70 + i % 12) for i in range(32)]
    bass = [Note(i * 0.5, 36 + (0, 7, 5, 7)[i % 4], 0.48, 60) for i in range(16)]
    return Phrase(tuple(melody + bass), 8.0)


def run(model_dir: Path | None = None) -> dict[str, float]:
    """Measure a 5-s answer with the model loaded, beside other networks; seconds, megabytes.

    Raises ModelError when the model is missing or damaged.
    """
    from skills.music.evaluation.speed import measure

    return measure(model_dir)


def run_music(model_dir: Path | None, **options: Any) -> dict[str, Any]:
    """Measure the music on held-out songs of a data folder; the speed alone without one.

    options: fields of ``evaluation.run.Measured``. Returns values as JSON holds them. Raises
    EncoreError in a sentence when the folder, the judge or the model is wrong.
    """
    from skills.music.evaluation.run import ALL_CORPORA, Measured, run

    corpora = options.pop("corpora", ()) or ALL_CORPORA
    return run(Measured(corpora=corpora, model=model_dir, **options))
