"""Takes: what the user saved, one folder each, written whole or not at all, never overwritten.

The folders are the truth and the index knows them: files come first, then the row. A folder that
the index does not know is adopted; a row whose files are gone is told as missing.
"""

from __future__ import annotations

import errno
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
from skills.music.adopting import adopted, clear_key_name
from skills.music.files import make_folder
from skills.music.index import Index, IndexUnavailable, Row
from skills.music.midi_file import write_phrase
from skills.music.session import Version

log = logging.getLogger(__name__)

MAX_NAME_CHARS = 60
MAX_NAME_BYTES = 180
"""File systems take 255 bytes; a number and an ending must still fit."""
DEFAULT_NAME = "take"
ABOUT_FILE = "take.json"
INDEX_FILE = "takes.sqlite3"
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
    """Seed, request, model, key, tempo, seconds and notes: enough to make it again."""
    missing: tuple[str, ...] = ()
    """Names of its files that are not there any more."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Its files, in order of name."""
        if not self.folder.is_dir():
            return ()
        return tuple(self.folder / name for name in file_names(self.folder))


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
    """The folder of saved takes, with its index."""

    def __init__(self, folder: Path, write_sound: SoundWriter) -> None:
        self.folder = folder
        self.index = Index(folder / INDEX_FILE)
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
        except InputError as error:  # told with the name that the file would have had
            target = self.folder / safe_name(name)
            raise InputError(str(error).replace(str(part), str(target))) from error
        except OSError as error:
            raise InputError(f"The take cannot be saved: {error.strerror or error}.") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return self._known(folder)

    def list(self) -> tuple[Take, ...]:
        """Return all takes, the oldest first; folders that the index does not know are adopted."""
        if not self.folder.is_dir():
            return ()
        rows: dict[str, Row] = {}
        know = self._known
        try:
            rows = self.index.rows()
        except IndexUnavailable as error:
            log.warning("%s The takes are read from their folders.", error)
            know = _read
        takes = [_take(self.folder / name, row) for name, row in rows.items()]
        for folder in sorted(self.folder.iterdir()):
            if folder.name not in rows and is_folder_of_a_take(folder):
                try:
                    takes.append(know(folder))
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
        if not name.strip():
            raise InputError("Which take? Give its name; encore takes list shows all names.")
        near = process.extractOne(name, list(by_name), processor=str.lower, score_cutoff=50)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(f"There is no take called {name}.{hint}")

    def export(self, name: str, folder: Path) -> tuple[Path, ...]:
        """Copy a take's files into a folder as NAME.mid …; never over an existing file."""
        take = self.find(name)
        if take.missing:
            raise InputError(f"{name} is not whole: {', '.join(take.missing)} is missing.")
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
        """Remove a take for good; one whose files are gone is forgotten."""
        take = self.find(name)
        trash = self.folder / f".{uuid.uuid4().hex}.deleted"
        try:
            if take.folder.is_symlink():
                take.folder.unlink()
            elif take.folder.exists():
                take.folder.rename(trash)  # gone at once, so that it cannot come back by halves
            self.index.remove(name)
            if trash.exists():
                shutil.rmtree(trash)
        except IndexUnavailable as error:
            log.warning("%s", error)
            shutil.rmtree(trash, ignore_errors=True)
        except OSError as error:
            raise InputError(f"{name} cannot be deleted: {error.strerror or error}.") from error

    def _known(self, folder: Path) -> Take:
        """Read a take from its folder and enter it into the index."""
        row = adopted(folder, ABOUT_FILE, file_names(folder))
        try:
            self.index.put(row)
        except IndexUnavailable as error:  # the files are there: it is adopted another time
            log.warning("%s", error)
        return _take(folder, row)

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
            "key": version.request.key or clear_key_name(answer.phrase),
            "tempo_bpm": answer.tempo_bpm,
            "model": answer.model,
            "changed": version.changed,
            "request": asdict(version.request),
        }
        saved_at = datetime.now().astimezone().isoformat(timespec="seconds")
        about = json.dumps({"saved_at": saved_at, **details}, indent=2)
        (folder / ABOUT_FILE).write_text(about, encoding="utf-8")
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
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
                continue  # another process was quicker
            return folder


def file_names(folder: Path) -> tuple[str, ...]:
    """Return the names of a take's files, in order."""
    names = (path.name for path in folder.iterdir() if path.is_file())
    return tuple(sorted(n for n in names if n != ABOUT_FILE and not n.startswith(".")))


def is_folder_of_a_take(folder: Path) -> bool:
    """Tell whether a folder holds a take; one that is being written has a hidden name."""
    if folder.name.startswith(".") or not folder.is_dir():
        return False
    return (folder / ABOUT_FILE).exists() or any(folder.glob("*.mid"))


def _read(folder: Path) -> Take:
    return _take(folder, adopted(folder, ABOUT_FILE, file_names(folder)))


def _take(folder: Path, row: Row) -> Take:
    details = {n: v for n, v in row.items() if n not in ("name", "saved_at", "files")}
    missing = tuple(name for name in row["files"] if not (folder / name).is_file())
    return Take(folder.name, folder, row["saved_at"], details, missing)


def _flush(file: Path) -> None:
    """Bring a file to the disk before it gets its name."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
