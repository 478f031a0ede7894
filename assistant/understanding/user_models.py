"""Models that were trained with the user's corrections: in the user's data folder, used at once.

``embedded.json`` and ``rasa.json`` name the model that holds, the words and the corrections it was
made from. The name is swapped in one step when the model is whole and was found good. A model that
learned a correction which was deleted since is not used any more.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from assistant.contract import InputError
from assistant.understanding import places
from assistant.understanding.corrections import FILE, Correction, recall

Engine = Literal["embedded", "rasa"]
ENGINES: tuple[Engine, ...] = ("embedded", "rasa")


def folder() -> Path:
    """Return where the user's models are kept."""
    return places.data_dir() / "understanding"


def user_model(engine: Engine, words: str, intents: Iterable[str]) -> Path | None:
    """Return the folder of the user's model, None when there is none that holds.

    ``words``: the digest of words and features; a model made from others does not hold.
    """
    about = _about(engine)
    path = folder() / str(about.get("model") or "-")
    if about.get("words") != words or not path.is_dir():
        return None
    kept = {(c.text, c.intent) for c in recall(places.data_dir() / FILE, intents)}
    return path if _learned(about) <= kept else None


def user_rasa(words: str, intents: Iterable[str]) -> Path | None:
    """Return the file of the user's Rasa model, None when there is none that holds."""
    path = user_model("rasa", words, intents)
    return next(path.glob("*.tar.gz"), None) if path is not None else None


def make_room() -> Path:
    """Return a new folder to train into; InputError when it cannot be made."""
    path = folder() / f".training-{uuid.uuid4().hex[:8]}"
    try:
        path.mkdir(parents=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"The new model cannot be written to {folder()}: {reason}.") from error
    return path


def adopt(
    engine: Engine,
    made: Path,
    words: str,
    learned: Iterable[Correction],
    figures: Mapping[str, Any],
) -> Path:
    """Make a finished model the one that holds; return its folder."""
    target = folder() / f"{engine}-{made.name.removeprefix('.training-')}"
    about = {
        "model": target.name,
        "words": words,
        "trained_at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "corrections": [[c.text, c.intent] for c in learned],
        "figures": dict(figures),
    }
    pointer = _pointer(engine)
    part = pointer.with_name(pointer.name + ".partial")
    try:
        made.rename(target)
        part.write_text(json.dumps(about, indent=1), encoding="utf-8")
        part.replace(pointer)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise InputError(f"The new model cannot be kept in {folder()}.") from error
    _sweep(engine, keep=target)
    return target


def drop(engine: Engine) -> bool:
    """Delete the user's model of an engine; the shipped one holds again. False for none."""
    there = _pointer(engine).exists()
    with contextlib.suppress(OSError):
        _pointer(engine).unlink(missing_ok=True)
    _sweep(engine, keep=None)
    return there


def drop_stale(intents: Iterable[str]) -> bool:
    """Delete the models that learned a correction which is not there any more."""
    kept = {(c.text, c.intent) for c in recall(places.data_dir() / FILE, intents)}
    dropped = [drop(e) for e in ENGINES if not _learned(_about(e)) <= kept]
    return any(dropped)


def _sweep(engine: Engine, keep: Path | None) -> None:
    """Remove older models, and what an interrupted training left."""
    for path in [*folder().glob(f"{engine}-*"), *folder().glob(".training-*")]:
        if path != keep and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)


def _pointer(engine: Engine) -> Path:
    return folder() / f"{engine}.json"


def _about(engine: Engine) -> Mapping[str, Any]:
    try:
        about = json.loads(_pointer(engine).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}


def _learned(about: Mapping[str, Any]) -> set[tuple[str, str]]:
    with contextlib.suppress(TypeError, ValueError):
        return {(str(text), str(intent)) for text, intent in about.get("corrections", [])}
    return {("", "")}  # damaged: it does not hold
