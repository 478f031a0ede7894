"""Fetch the usual English speech model, or take it from a file.

``python -m scripts.fetch_speech_model [--from FILE.zip]``. Runs in Encore's own environment.

The download goes into a temporary file and is taken up again after a break; its SHA-256 must be
the known one; the archive is unpacked beside its place and renamed there in one step. So the
place holds a whole model or none.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import os
import shutil
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

CHUNK_BYTES = 1 << 18
CONNECT_TIMEOUT_S = 5.0
LARGEST_UNPACKED_BYTES = 400 << 20
"""A Vosk model of the small kind unpacks to 68 MB; an archive that says more is none."""

NEEDED_FILES = ("am/final.mdl", "conf/model.conf")
"""Every Vosk model of the newer kind has them."""


class SpeechModelError(Exception):
    """The model could not be had; the text is one sentence for the person."""


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """What to fetch, and how to know it again."""

    name: str
    address: str
    size_bytes: int
    sha256: str


SMALL_ENGLISH = SpeechModel(
    name="vosk-model-small-en-us-0.15",
    address="https://alphacephei.com/vosk/models/vosk-model-small-en-us-0.15.zip",
    size_bytes=41_205_931,
    sha256="30f26242c4eb449f948e42cb302dd7a686cb29a3423a8367f99ff41780942498",
)
"""Apache-2.0. The Vosk project publishes no checksum; this one was taken from two sources that do
not know each other: the installer of the voice control program numen, and the pointer file (with
the size) of Rhasspy's mirror of the models."""

NETWORK_ERRORS = (
    urllib.error.URLError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
)
NOT_REACHED = "The speech model's site is not reached from here."
BROKE_OFF = "The download of the speech model broke off; make setup goes on with it."
BY_HAND = (
    "Or fetch {address} on a machine with a network, then: make speech-model-file FILE=the-file.zip"
)


def fetch(model: SpeechModel, folder: Path) -> Path:
    """Download the model into ``folder/NAME``; raises SpeechModelError."""
    part = folder / f"{model.name}.zip.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        download(model, part)
        placed = install(model, part, folder)
    except OSError as error:
        raise SpeechModelError(f"{folder} cannot be written: {error.strerror}.") from error
    part.unlink(missing_ok=True)
    return placed


def download(model: SpeechModel, part: Path) -> None:
    """Write the archive to ``part``, going on where an earlier download broke off."""
    have = part.stat().st_size if part.exists() else 0
    if have >= model.size_bytes:
        return
    request = urllib.request.Request(model.address, headers={"Range": f"bytes={have}-"})
    try:
        with urllib.request.urlopen(request, timeout=CONNECT_TIMEOUT_S) as answer:
            resumed = answer.status == http.client.PARTIAL_CONTENT
            with part.open("ab" if resumed else "wb") as file:
                for chunk in chunks(answer, model.size_bytes - (have if resumed else 0)):
                    file.write(chunk)
    except NETWORK_ERRORS as error:
        began = part.exists() and part.stat().st_size > 0
        raise SpeechModelError(BROKE_OFF if began else NOT_REACHED) from error


def chunks(answer: http.client.HTTPResponse, most_bytes: int) -> Iterator[bytes]:
    """Yield what arrives, and no more than was announced."""
    left = most_bytes
    while left > 0 and (chunk := answer.read(min(CHUNK_BYTES, left))):
        left -= len(chunk)
        yield chunk


def install(model: SpeechModel, archive: Path, folder: Path) -> Path:
    """Check an archive and put it at ``folder/NAME``; raises SpeechModelError."""
    found = sha256_of(archive)
    if found != model.sha256:
        raise_wrong_archive(model, archive, found)
    fresh = folder / f".{model.name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        unpack(archive, fresh, model.name)
        place = folder / model.name
        if place.exists():
            shutil.rmtree(place)
        os.replace(fresh, place)  # noqa: PTH105  (one atomic call, whole or not at all)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def raise_wrong_archive(model: SpeechModel, archive: Path, found: str) -> None:
    """Say what is wrong with an archive; a finished download that is wrong is thrown away."""
    if archive.suffix == ".part":
        if archive.stat().st_size < model.size_bytes:
            raise SpeechModelError(BROKE_OFF)
        archive.unlink()
    raise SpeechModelError(
        f"{archive.name} is not {model.name}: its SHA-256 is {found[:12]}…, "
        f"expected {model.sha256[:12]}…."
    )


def unpack(archive: Path, place: Path, top: str) -> None:
    """Unpack the archive's one top folder into ``place``; no name in it may lead elsewhere."""
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [member for member in packed.infolist() if not member.is_dir()]
            if sum(member.file_size for member in members) > LARGEST_UNPACKED_BYTES:
                raise SpeechModelError(f"{archive.name} would unpack to more than a speech model.")
            for member in members:
                target = place / inside(member.filename, top)
                target.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(member) as source, target.open("wb") as file:
                    shutil.copyfileobj(source, file)
    except zipfile.BadZipFile as error:
        raise SpeechModelError(f"{archive.name} is no ZIP archive.") from error
    missing = [name for name in NEEDED_FILES if not (place / name).is_file()]
    if missing:
        raise SpeechModelError(f"{archive.name} holds no speech model: {missing[0]} is missing.")


def inside(name: str, top: str) -> PurePosixPath:
    """Return an archive name relative to its top folder; raises SpeechModelError for any other."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or path.parts[0] != top:
        raise SpeechModelError(f"The archive holds the name {name!r}, which leads elsewhere.")
    return path.relative_to(top)


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file; raises SpeechModelError when it cannot be read."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise SpeechModelError(f"{file} cannot be read: {error.strerror}.") from error


def models_folder() -> Path:
    """Return the user's folder of models; raises EncoreError when there is no home folder."""
    from assistant.settings import data_dir

    return data_dir() / "models"


def main(words: list[str] | None = None) -> int:
    """Fetch the model, or install it from a file; return the exit code."""
    parser = argparse.ArgumentParser(prog="fetch_speech_model", description=__doc__)
    parser.add_argument("--from", dest="file", type=Path, help="a ZIP archive that is here already")
    asked = parser.parse_args(words)
    from assistant.contract import EncoreError

    model = SMALL_ENGLISH
    try:
        folder = models_folder()
        if asked.file is not None:
            folder.mkdir(parents=True, exist_ok=True)
            place = install(model, asked.file, folder)
        elif not (place := folder / model.name).is_dir():
            place = fetch(model, folder)
    except (SpeechModelError, EncoreError, OSError) as error:
        print(f"{error} {BY_HAND.format(address=model.address)}", file=sys.stderr)
        return 1
    print(f"The speech model is in {place}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
