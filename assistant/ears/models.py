"""Speech models: where they are looked for, and whether a folder holds one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from assistant.contract import ModelError, SettingsError
from assistant.ears.catalogue import OWN_NAME, language_of

ENVIRONMENT = "ENCORE_SPEECH_MODEL"
PROJECT_MODELS = Path(__file__).resolve().parents[2] / "models"
CHECKSUMS = "SHA256SUMS"
"""Optional file of a model, in the format of sha256sum."""
NO_MODEL = (
    "There is no speech model: run `make setup` or `encore models fetch` where there is a network, "
    "or `encore models add FILE.zip`"
)
OWN_LISTENS = (
    "Encore's own small speech model listens: it knows music commands and little else. "
    "The official one hears more words and voices: encore models fetch."
)


def find_model(preferred: Path | str | None = None) -> Path:
    """Return the folder of the speech model to use.

    In order: ``preferred`` (the command line or the settings: a folder, or the name of a model
    that is listed), the one that ENCORE_SPEECH_MODEL names, ``models`` in the user's data folder
    (English ones first), ``models/vosk-*`` of the project. Raises ModelError with a sentence when
    a named one is none, or none is found.
    """
    if wanted := preferred or os.environ.get(ENVIRONMENT):
        return named(str(wanted)) or _at(Path(wanted))
    found = list_models()
    if not found:
        raise ModelError(f"{NO_MODEL}.")
    return found[0]


def said_of_own(folder: Path, preferred: str | None = None) -> list[str]:
    """Return a sentence when the model of Encore's own listens only because there is no other."""
    if preferred or os.environ.get(ENVIRONMENT) or folder != PROJECT_MODELS / OWN_NAME:
        return []
    return [OWN_LISTENS]


def list_models() -> list[Path]:
    """Return the folders that hold a speech model, the one that would be used first.

    Models of other languages come last: commands are English.
    """
    found = [folder for folder in _candidates() if _missing(folder) is None]
    return sorted(found, key=lambda folder: not is_english(folder.name))


def named(name: str) -> Path | None:
    """Return the folder of the listed model of this name, None when there is none."""
    return next((folder for folder in list_models() if folder.name == name), None)


def is_english(name: str) -> bool:
    """Tell whether a model's name says English, or no language at all."""
    language = language_of(name)
    return not language or language.startswith("en")


def _at(place: Path) -> Path:
    """Return the model of a folder; a bare name that is none is told as the name that it is."""
    if len(place.parts) == 1 and place.parts[0] != "~" and not place.exists():
        raise ModelError(f"There is no speech model {place}: `encore models` lists those here.")
    return checked_model(place)


def checked_model(folder: Path) -> Path:
    """Return the absolute path of a folder that looks like a Vosk model; ModelError otherwise."""
    folder = folder.expanduser().absolute()
    if not folder.is_dir():
        raise ModelError(f"There is no speech model in {folder}: it is not a folder.")
    if missing := _missing(folder):
        raise ModelError(f"{folder} holds no speech model: {missing} is missing or empty.")
    return folder


def wrong_files(folder: Path) -> list[str]:
    """Return the names of files that differ from the model's own checksums; [] without any."""
    sums = folder / CHECKSUMS
    if not sums.is_file():
        return []
    lines = (line.split(maxsplit=1) for line in sums.read_text("utf-8").splitlines())
    wanted = {pair[1].strip().lstrip("*"): pair[0] for pair in lines if len(pair) == 2}
    return [name for name, digest in wanted.items() if _sha256(folder / name) != digest]


def _candidates() -> Iterator[Path]:
    from assistant.settings import data_dir

    with suppress(SettingsError, OSError):  # no home folder, or one that cannot be read
        yield from sorted((data_dir() / "models").glob("[!.]*"))
    yield from sorted(PROJECT_MODELS.glob("vosk-*"))


def _missing(folder: Path) -> str | None:
    """Return what a Vosk model has and this folder has not; None when all is there."""
    needed = (
        ("am/final.mdl", "final.mdl"),
        ("conf/mfcc.conf", "mfcc.conf"),
        ("graph/HCLG.fst", "graph/HCLr.fst", "HCLG.fst", "HCLr.fst"),
    )
    for names in needed:
        if not any(_has_content(folder / name) for name in names):
            return names[0]
    return None


def _has_content(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:
        return False


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
