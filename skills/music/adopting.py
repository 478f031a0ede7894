"""What is known of a take by its folder alone: from its JSON, else from its music."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from assistant.contract import InputError
from skills.music.describe import clear_key
from skills.music.index import Row
from skills.music.midi_file import read_phrase
from skills.music.notes import Phrase
from skills.music.theory.tempo import find_tempo

TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "seed": (int,),
    "seconds": (int, float),
    "notes": (int,),
    "key": (str,),
    "tempo_bpm": (int, float),
    "model": (str,),
    "changed": (str,),
}


def adopted(folder: Path, about_file: str, names: tuple[str, ...]) -> Row:
    """Return the row of a take's folder.

    ``about_file``: the name of the JSON in it, which may be damaged or gone; ``names``: its other
    files. Raises InputError when neither the JSON nor any MIDI file can be read.
    """
    try:
        folder.name.encode()
    except UnicodeEncodeError:
        raise InputError(f"The name of the folder {folder!a} cannot be read.") from None
    about = _about(folder / about_file)
    if about is None or not {"key", "tempo_bpm"} <= about.keys():
        heard = _heard(folder, names)
        if about is None and heard is None:
            raise InputError(f"The take in {folder} is damaged ({about_file}).")
        about = {**(heard or {}), **(about or {})}
    row = {name: _clean(about.get(name), types) for name, types in TYPES.items()}
    saved_at = _clean(about.get("saved_at"), (str,)) or _changed_at(folder)
    request = about.get("request")
    return {
        **row,
        "name": folder.name,
        "saved_at": saved_at,
        "request": request if isinstance(request, dict) else {},
        "files": list(names),
    }


def clear_key_name(phrase: Phrase) -> str | None:
    """Return the key of a phrase, None where it is not clear."""
    key = clear_key(phrase)
    return key.name if key else None


def _about(path: Path) -> dict[str, Any] | None:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return about if isinstance(about, dict) else None


def _heard(folder: Path, names: tuple[str, ...]) -> dict[str, Any] | None:
    """Measure the first MIDI file that can be read; the answer is the first in order of name."""
    for name in names:
        if not name.endswith(".mid"):
            continue
        try:
            phrase = read_phrase(folder / name)
        except InputError:
            continue
        tempo = find_tempo(phrase)
        return {
            "seconds": round(phrase.length_s, 3),
            "notes": len(phrase),
            "key": clear_key_name(phrase),
            "tempo_bpm": round(tempo.bpm, 2) if tempo else None,
        }
    return None


def _clean(value: object, types: tuple[type, ...]) -> Any:
    """Return a value that the index can hold, None for what it cannot."""
    if isinstance(value, bool) or not isinstance(value, types):
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and abs(value) >= 2**63:
        return None
    return value


def _changed_at(folder: Path) -> str:
    changed = datetime.fromtimestamp(folder.stat().st_mtime)
    return changed.astimezone().isoformat(timespec="seconds")
