"""The report's folder: every finished part is kept, so that a run can be stopped and gone on with.

``sections/`` holds one JSON file a section, ``answers/`` one file of notes for each set of answers,
``report.json`` all sections together. Each carries the key of what it was made from: another model,
other code or other settings, and it is made again.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def key_of(*parts: object) -> str:
    """Return a short hash of what a part of the report depends on."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def digest_of(files: Sequence[Path]) -> str:
    """Return a short hash of files' names and contents, missing ones left out."""
    digest = hashlib.sha256()
    for path in sorted(files):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def plain(value: object) -> Any:
    """Return figures as what JSON holds: no dataclasses, no arrays, None for what is no number."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(part) for part in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, float | np.floating):
        return round(float(value), 5) if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value


class Book:
    """Sections by name, as plain JSON values; "a/b" stands in the report as b within a."""

    def __init__(self, folder: Path | None) -> None:
        """Keep everything in a folder, made when it is missing; None keeps nothing."""
        self.folder = folder
        self.report: dict[str, Any] = {}
        for place in ("sections", "answers") if folder is not None else ():
            (Path(str(folder)) / place).mkdir(parents=True, exist_ok=True)

    def section(self, name: str, key: str, work: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """Return a section: the one kept under this key, or else made now and kept."""
        path = self._place("sections", f"{name.replace('/', '-')}.json")
        found = self._kept(path, key)
        if found is None:
            found = plain(work())
            if path is not None:
                _write(path, json.dumps({"key": key, "figures": found}, indent=1))
        *outer, last = name.split("/")
        branch = self.report
        for part in outer:
            branch = branch.setdefault(part, {})
        branch[last] = found
        if self.folder is not None:
            _write(self.folder / "report.json", json.dumps(self.report, indent=1))
        return dict(found)

    def _place(self, kind: str, name: str) -> Path | None:
        return None if self.folder is None else self.folder / kind / name

    @staticmethod
    def _kept(path: Path | None, key: str) -> dict[str, Any] | None:
        if path is None or not path.is_file():
            return None
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:  # cut off while it was written
            return None
        return dict(stored["figures"]) if stored.get("key") == key else None

    def has_answers(self, name: str, key: str) -> bool:
        """Tell whether a set of answers is kept under this key."""
        return self._answers(name, key) is not None

    def answers(
        self, name: str, key: str, work: Callable[[], Sequence[FloatArray]]
    ) -> list[FloatArray]:
        """Return a set of answers, each (n, 4) notes: the kept one, or else drawn now and kept."""
        found = self._answers(name, key)
        if found is None:
            found = list(work())
            path = self._place("answers", f"{name}.npz")
            if path is not None:
                ends = np.cumsum([len(notes) for notes in found])
                partial = path.with_suffix(".partial.npz")
                rows = np.concatenate([np.zeros((0, 4)), *found])
                np.savez(partial, key=np.array(key), notes=rows, ends=ends)
                partial.replace(path)
        return found

    def _answers(self, name: str, key: str) -> list[FloatArray] | None:
        path = self._place("answers", f"{name}.npz")
        if path is None or not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["key"]) != key:
                return None
            return np.split(stored["notes"], stored["ends"][:-1])


def _write(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)
