"""Takes: what the user saved, one folder each, written whole or not at all, never overwritten."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rapidfuzz import process

from assistant.contract import InputError
from skills.music.midi_file import write_phrase
from skills.music.session import Version
from skills.music.stage import make_folder

log = logging.getLogger(__name__)

MAX_NAME_CHARS = 60
MAX_NAME_BYTES = 180
"""File systems take 255 bytes; a number and an ending must still fit."""
DEFAULT_NAME = "take"
INDEX_FILE = "take.json"
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Device names that Windows takes for no file, with any ending."""

SoundWriter = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Take:
    """One saved take."""

    name: str
    folder: Path
    saved_at: str
    """Local time, ISO 8601."""
    details: dict[str, Any]
    """Seed, request, seconds and notes: enough to make it again."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Its files, in order of name."""
        return tuple(sorted(p for p in self.folder.iterdir() if p.name != INDEX_FILE))


def safe_name(wanted: str) -> str:
    """Return a name that is a plain file name everywhere: letters, digits, blanks, "-" and "_"."""
    plain = unicodedata.normalize("NFKC", wanted)
    kept = "".join(c if c.isalnum() or c in "-_ " else " " for c in plain)
    name = " ".join(kept.split())[:MAX_NAME_CHARS]
    while len(name.encode()) > MAX_NAME_BYTES:
        name = name[:-1]
    name = name.strip(" -_")
    if not name:
        return DEFAULT_NAME
    return f"{name}-{DEFAULT_NAME}" if _RESERVED.fullmatch(name) else name


class Takes:
    """The folder of saved takes."""

    def __init__(self, folder: Path, write_sound: SoundWriter) -> None:
        self.folder = folder
        self._write_sound = write_sound

    def save(self, version: Version, name: str, formats: tuple[str, ...]) -> Take:
        """Keep a version under a name (a number is added when it is taken already).

        MIDI is always kept; ``formats`` with "wav" adds the sound. The folder appears under its
        name only when everything in it is on the disk. Raises InputError when it cannot be written.
        """
        make_folder(self.folder)
        part = self.folder / f".{uuid.uuid4().hex}.part"
        make_folder(part)
        try:
            self._write(version, part, formats)
            folder = self._settle(part, safe_name(name))
        except OSError as error:
            raise InputError(f"The take cannot be saved: {error.strerror or error}.") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return _read(folder)

    def list(self) -> tuple[Take, ...]:
        """Return all takes, the oldest first."""
        if not self.folder.is_dir():
            return ()
        takes = []
        for index in self.folder.glob(f"*/{INDEX_FILE}"):
            try:
                takes.append(_read(index.parent))
            except InputError as error:  # one damaged take must not hide the others
                log.warning("%s", error)
        return tuple(sorted(takes, key=lambda take: (take.saved_at, take.name)))

    def find(self, name: str) -> Take:
        """Return the take of that name; InputError names the nearest one otherwise."""
        by_name = {take.name: take for take in self.list()}
        if name in by_name:
            return by_name[name]
        if not by_name:
            raise InputError("There are no saved takes yet.")
        near = process.extractOne(name, list(by_name), processor=str.lower, score_cutoff=50)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(f"There is no take called {name}.{hint}")

    def export(self, name: str, folder: Path) -> tuple[Path, ...]:
        """Copy a take's files into a folder as NAME.mid …; never over an existing file."""
        take = self.find(name)
        make_folder(folder)
        targets = {file: folder / f"{take.name}-{file.name}" for file in take.files}
        for target in targets.values():
            if target.exists():
                raise InputError(f"{target} is there already: choose another folder.")
        try:
            return tuple(Path(shutil.copyfile(*pair)) for pair in targets.items())
        except OSError as error:
            reason = error.strerror or error
            raise InputError(f"{take.name} cannot be copied to {folder}: {reason}.") from error

    def delete(self, name: str) -> None:
        """Remove a take for good."""
        take = self.find(name)
        try:
            shutil.rmtree(take.folder)
        except OSError as error:
            raise InputError(f"{name} cannot be deleted: {error.strerror or error}.") from error

    def _write(self, version: Version, folder: Path, formats: tuple[str, ...]) -> None:
        answer = version.answer
        if len(version.phrase):
            write_phrase(version.phrase, folder / "phrase.mid", tempo_bpm=answer.tempo_bpm)
        write_phrase(answer.phrase, folder / "answer.mid", answer.program, answer.tempo_bpm)
        if "wav" in formats:
            self._write_sound(answer.phrase, answer.program, folder / "answer.wav")
        details = {
            "seed": answer.seed,
            "seconds": answer.seconds,
            "notes": len(answer.phrase),
            "changed": version.changed,
            "request": asdict(version.request),
        }
        saved_at = datetime.now().astimezone().isoformat(timespec="seconds")
        index = json.dumps({"saved_at": saved_at, **details}, indent=2)
        (folder / INDEX_FILE).write_text(index, encoding="utf-8")
        for file in folder.iterdir():
            _flush(file)

    def _settle(self, part: Path, name: str) -> Path:
        """Give the finished folder the first free name; a folder that has files is never taken."""
        number = 1
        while True:
            folder = self.folder / (name if number == 1 else f"{name}-{number}")
            number += 1
            if folder.exists():
                continue
            try:
                part.rename(folder)
            except FileExistsError:
                continue
            return folder


def _read(folder: Path) -> Take:
    try:
        details = json.loads((folder / INDEX_FILE).read_text(encoding="utf-8"))
        return Take(folder.name, folder, str(details.pop("saved_at")), details)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError(f"The take in {folder} is damaged ({INDEX_FILE}).") from error


def _flush(file: Path) -> None:
    """Bring a file to the disk before it gets its name."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
