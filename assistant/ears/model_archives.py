"""Speech models from the network, from archives and from folders: whole in their place, or not.

A download goes into a temporary file and is taken up again after a break; its SHA-256 must be the
known one; an archive is unpacked beside its place and renamed there in one step.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from assistant.contract import ModelError
from assistant.ears.catalogue import KnownModel
from assistant.ears.models import checked_model

CHUNK_BYTES = 1 << 18
CONNECT_TIMEOUT_S = 5.0
LARGEST_UNPACKED_BYTES = 8 << 30
"""The largest official models unpack to 3 GB; an archive that says more than this is none."""

NETWORK_ERRORS = (
    urllib.error.URLError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
)
NOT_REACHED = "The speech model's site is not reached from here."
BROKE_OFF = "The download of the speech model broke off; the next encore models fetch goes on."
BY_HAND = "A machine with a network can fetch {address}; then: encore models add THE-FILE.zip."

Progress = Callable[[int, int], None]
"""Told how many bytes are there, and how many there will be."""


def fetch(model: KnownModel, folder: Path, progress: Progress = lambda _have, _all: None) -> Path:
    """Download the model into ``folder/NAME`` and return that; raises ModelError."""
    part = folder / f"{model.name}.zip.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _download(model, part, progress)
        found = sha256_of(part)
        if found != model.sha256:
            raise _wrong_download(model, part, found)
        placed = install_archive(part, folder, model.name)
    except OSError as error:
        raise ModelError(f"{folder} cannot be written: {error.strerror}.") from error
    part.unlink(missing_ok=True)
    return placed


def _download(model: KnownModel, part: Path, progress: Progress) -> None:
    """Write the archive to ``part``, going on where an earlier download broke off."""
    have = part.stat().st_size if part.exists() else 0
    if have >= model.size_bytes:
        return
    request = urllib.request.Request(model.address, headers={"Range": f"bytes={have}-"})
    try:
        with urllib.request.urlopen(request, timeout=CONNECT_TIMEOUT_S) as answer:
            resumed = answer.status == http.client.PARTIAL_CONTENT
            have = have if resumed else 0
            with part.open("ab" if resumed else "wb") as file:
                for chunk in _chunks(answer, model.size_bytes - have):
                    file.write(chunk)
                    have += len(chunk)
                    progress(have, model.size_bytes)
    except NETWORK_ERRORS as error:
        began = part.exists() and part.stat().st_size > 0
        by_hand = BY_HAND.format(address=model.address)
        raise ModelError(f"{BROKE_OFF if began else NOT_REACHED} {by_hand}") from error


def _chunks(answer: http.client.HTTPResponse, most_bytes: int) -> Iterator[bytes]:
    """Yield what arrives, and no more than was announced."""
    left = most_bytes
    while left > 0 and (chunk := answer.read(min(CHUNK_BYTES, left))):
        left -= len(chunk)
        yield chunk


def _wrong_download(model: KnownModel, part: Path, found: str) -> ModelError:
    """Return what is wrong; a finished download that is wrong is thrown away."""
    if part.stat().st_size < model.size_bytes:
        return ModelError(BROKE_OFF)
    part.unlink()
    return ModelError(not_the_model(model.name, model.name, found, model.sha256))


def not_the_model(what: str, name: str, found: str, wanted: str) -> str:
    """Return the sentence about a file whose checksum is another one."""
    return f"{what} is not {name}: its SHA-256 is {found[:12]}…, expected {wanted[:12]}…."


def install_archive(archive: Path, folder: Path, name: str) -> Path:
    """Unpack a ZIP archive's one top folder to ``folder/NAME`` and return that.

    Raises ModelError when it is no archive of a speech model, OSError when the disk is full.
    """

    def fill(fresh: Path) -> None:
        try:
            _unpack(archive, fresh)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise ModelError(f"{archive.name} is no ZIP archive that can be read.") from error

    return _put_in_place(folder, name, archive.name, fill)


def install_folder(source: Path, folder: Path, name: str) -> Path:
    """Copy a model's folder to ``folder/NAME`` and return that; raises ModelError or OSError."""
    checked_model(source)
    return _put_in_place(
        folder, name, source.name, lambda fresh: shutil.copytree(source, fresh, dirs_exist_ok=True)
    )


def _put_in_place(folder: Path, name: str, said: str, fill: Callable[[Path], object]) -> Path:
    """Let ``fill`` make the model beside its place, look at it, and rename it there."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh, place = folder / f".{name}.new", folder / name
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir()
        fill(fresh)
        try:
            checked_model(fresh)
        except ModelError as error:
            missing = str(error).partition(": ")[2]
            raise ModelError(f"{said} holds no speech model: {missing}") from error
        if place.exists():
            shutil.rmtree(place)
        os.replace(fresh, place)  # noqa: PTH105  (one atomic call, whole or not at all)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def _unpack(archive: Path, place: Path) -> None:
    """Unpack what lies in the archive's top folder; no name in it may lead elsewhere."""
    with zipfile.ZipFile(archive) as packed:
        members = [member for member in packed.infolist() if not member.is_dir()]
        if sum(member.file_size for member in members) > LARGEST_UNPACKED_BYTES:
            raise ModelError(f"{archive.name} would unpack to more than a speech model.")
        top = top_folder(packed)
        for member in members:
            target = place / _inside(member.filename, top)
            target.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(member) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file)


def top_folder(packed: zipfile.ZipFile) -> str:
    """Return the name of an archive's one top folder; raises ModelError when it has none."""
    files = [member.filename for member in packed.infolist() if not member.is_dir()]
    tops = {PurePosixPath(name).parts[0] for name in files if "/" in name}
    if len(tops) != 1:
        for name in files:
            _inside(name, PurePosixPath(name).parts[0] if name else "")
        raise ModelError(f"{packed.filename} holds no speech model in one folder of its own.")
    return tops.pop()


def _inside(name: str, top: str) -> PurePosixPath:
    """Return an archive name relative to its top folder; raises ModelError for any other."""
    path = PurePosixPath(name)
    odd = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name
    if odd or not path.parts or path.parts[0] != top:
        raise ModelError(f"The archive holds the name {name!r}, which leads elsewhere.")
    return path.relative_to(top)


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file; raises ModelError when it cannot be read."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}.") from error
