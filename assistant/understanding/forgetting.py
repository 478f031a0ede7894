"""Deleting corrections, with the models that learned them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from assistant.understanding import user_models
from assistant.understanding.corrections import forget


def forget_numbers(path: Path, numbers: Collection[int], intents: Iterable[str]) -> str:
    """Delete corrections by number and return what is told; InputError when one is not there."""
    known = list(intents)
    gone = forget(path, numbers, known)
    dropped = user_models.drop_stale(known)
    count = f"{len(gone)} correction{'' if len(gone) == 1 else 's'}" if gone else "Nothing"
    model = " The model that had learned from them is deleted too." if dropped else ""
    return f"{count} forgotten.{model}"
