"""The user's shelf of speech models: list, fetch, add, remove, and choose the one that listens."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from assistant.contract import InputError, ModelError
from assistant.ears.catalogue import SMALL_ENGLISH, KnownModel, ModelFacts, facts_of
from assistant.ears.model_archives import (
    Progress,
    fetch,
    install_archive,
    install_folder,
    not_the_model,
    sha256_of,
    top_folder,
)
from assistant.ears.models import PROJECT_MODELS, checked_model, find_model, list_models, named
from assistant.settings import data_dir

KNOWN = {SMALL_ENGLISH.name: SMALL_ENGLISH}
SHA256_LETTERS = 64
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def shelf() -> Path:
    """Return the user's folder of models (not made yet); SettingsError without a home folder."""
    return data_dir() / "models"


def installed() -> list[ModelFacts]:
    """Return what is known of every model that is there, the first choice first."""
    try:
        return [facts_of(folder) for folder in list_models()]
    except OSError as error:
        raise ModelError(f"A speech model cannot be read: {error.strerror}.") from error


def missing_known() -> list[KnownModel]:
    """Return the models that can be fetched by name and are not there."""
    there = {folder.name for folder in list_models()}
    return [model for name, model in KNOWN.items() if name not in there]


def fetch_model(what: str, sha256: str = "", progress: Progress = lambda _h, _a: None) -> Path:
    """Fetch a known model by name, or any by its address and SHA-256; return its folder.

    Raises InputError for an unknown name or a missing checksum, ModelError when it fails.
    """
    model = KNOWN.get(what) or _from_address(what, sha256)
    place = shelf() / model.name
    if place in list_models():
        return place
    return fetch(model, shelf(), progress)


def _from_address(address: str, sha256: str) -> KnownModel:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise InputError(
            f"There is no known model {address!r}. Known are: {', '.join(KNOWN)}; others are"
            " fetched by their https address and --sha256."
        )
    if len(sha256) != SHA256_LETTERS or set(sha256.lower()) - set("0123456789abcdef"):
        raise InputError("A model from an address needs its checksum: --sha256 and 64 digits.")
    name = Path(parts.path).name.removesuffix(".zip")
    if not name or name.startswith("."):
        raise InputError(f"The address {address} does not end in the name of a ZIP archive.")
    return KnownModel(name, address, _announced_bytes(address), sha256.lower())


def _announced_bytes(address: str) -> int:
    """Ask the site how large a file is."""
    import urllib.request

    from assistant.ears.model_archives import CONNECT_TIMEOUT_S, NETWORK_ERRORS, NOT_REACHED

    request = urllib.request.Request(address, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=CONNECT_TIMEOUT_S) as answer:
            return int(answer.headers["Content-Length"])
    except (*NETWORK_ERRORS, TypeError, ValueError) as error:
        raise ModelError(NOT_REACHED) from error


def add_model(source: Path, sha256: str = "") -> Path:
    """Install a model from a ZIP archive or a folder and return where it is.

    An archive with the name of a known model must have its checksum. Raises ModelError when it
    is no speech model or has another checksum, or when the disk is full.
    """
    source = source.expanduser().absolute()
    try:
        if source.is_dir():
            return install_folder(source, shelf(), source.name)
        name = _name_in(source)
        wanted = sha256.lower() or (KNOWN[name].sha256 if name in KNOWN else "")
        if wanted and (found := sha256_of(source)) != wanted:
            raise ModelError(not_the_model(source.name, name, found, wanted))
        return install_archive(source, shelf(), name)
    except OSError as error:
        raise ModelError(f"{source.name} cannot be added: {error.strerror}.") from error


def _name_in(archive: Path) -> str:
    """Return the name of the model in an archive: that of its top folder."""
    if not archive.is_file():
        raise ModelError(f"{archive} cannot be read: there is no such file.")
    try:
        with zipfile.ZipFile(archive) as packed:
            name = top_folder(packed)
    except zipfile.BadZipFile as error:
        raise ModelError(f"{archive.name} is no ZIP archive that can be read.") from error
    if name.startswith(".") or name in ("", ".."):
        raise ModelError(f"The archive holds the name {name!r}, which leads elsewhere.")
    return name


def remove_model(name: str) -> Path:
    """Delete one of the user's models and return where it was; raises ModelError."""
    place = named(name)
    if place is None:
        raise ModelError(f"There is no speech model {name}; `encore models` lists them.")
    if place.parent == PROJECT_MODELS:
        raise ModelError(f"{name} came with Encore and stays.")
    try:
        shutil.rmtree(place)
    except OSError as error:
        raise ModelError(f"{place} cannot be removed: {error.strerror}.") from error
    return place


def use_model(name: str) -> Path:
    """Listen with this model from now on ("" or "auto": the first one that is found).

    Writes ``speech.model`` into the settings file; returns the model's folder. Raises ModelError
    when there is none of that name, SettingsError when the file cannot be written.
    """
    from assistant.settings_file import write_setting

    if name in ("", "auto"):
        write_setting("speech", "model", "")
        return find_model()
    place = named(name) or checked_model(Path(name))
    write_setting("speech", "model", name if named(name) else str(place))
    return place
