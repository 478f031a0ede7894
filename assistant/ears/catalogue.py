"""Speech models that Encore knows by name, and what can be read off any model's folder.

Standard library only: set-up asks for the checksum before anything is installed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

OWN_NAME = "vosk-encore-en"
MODEL_PARTS = ("am", "conf", "graph", "ivector", "rescore", "rnnlm")
"""Folders of a model that decide what is heard."""
FLAT_PARTS = (".mdl", ".fst", ".conf", ".int", ".mat", ".dubm", ".ie")
"""The same of old models, which have no folders."""
_LANGUAGE = re.compile(r"^vosk-model-(?:small-)?([a-z]{2,3})(?:-([a-z]{2}))?-")


@dataclass(frozen=True, slots=True)
class KnownModel:
    """What to fetch, and how to know it again."""

    name: str
    address: str
    size_bytes: int
    """Of the archive."""
    sha256: str
    """Of the archive."""
    licence: str = ""


SMALL_ENGLISH = KnownModel(
    name="vosk-model-small-en-us-0.15",
    address="https://alphacephei.com/vosk/models/vosk-model-small-en-us-0.15.zip",
    size_bytes=41_205_931,
    sha256="30f26242c4eb449f948e42cb302dd7a686cb29a3423a8367f99ff41780942498",
    licence="Apache-2.0",
)
"""The official small English model. The Vosk project publishes no checksum; this one was taken from
two sources that do not know each other: the installer of the voice control program numen, and the
pointer file (with the size) of Rhasspy's mirror of the models."""
LICENCES = {OWN_NAME: "Apache-2.0", SMALL_ENGLISH.name: SMALL_ENGLISH.licence}


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of an installed model."""

    name: str
    folder: Path
    language: str
    """As in its name ("en-us", "de"); "" where the name does not tell."""
    size_bytes: int
    licence: str
    """"" where nothing is known: its own README tells."""
    sha256: str
    """Over the files that decide what is heard (see ``digest``)."""
    words_wrong: float | None
    """Share of words misheard, by its metrics.json; None: not measured here."""
    understood: float | None
    """Share of commands understood in full, by its metrics.json."""

    def to_json(self) -> dict[str, object]:
        """Return the facts for ``encore models list --json``."""
        return {
            "name": self.name,
            "folder": str(self.folder),
            "language": self.language,
            "size_bytes": self.size_bytes,
            "licence": self.licence,
            "sha256": self.sha256,
            "words_wrong": self.words_wrong,
            "understood": self.understood,
        }


def facts_of(folder: Path) -> ModelFacts:
    """Return what can be told about a model; raises OSError when it cannot be read."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    wrong, right = _figures(folder / "metrics.json")
    return ModelFacts(
        name=folder.name,
        folder=folder,
        language=language_of(folder.name),
        size_bytes=sum(path.stat().st_size for path in files),
        licence=LICENCES.get(folder.name, ""),
        sha256=digest(folder, files),
        words_wrong=wrong,
        understood=right,
    )


def language_of(name: str) -> str:
    """Return the language that a model's name tells: "en-us", "de", "" for none."""
    if name == OWN_NAME:
        return "en"
    found = _LANGUAGE.match(name)
    return "-".join(part for part in found.groups() if part) if found else ""


def digest(folder: Path, files: list[Path]) -> str:
    """Return the SHA-256 over names and contents of the files that decide what is heard."""
    whole = hashlib.sha256()
    for path in files:
        place = path.relative_to(folder)
        flat = len(place.parts) == 1 and path.suffix in FLAT_PARTS
        if place.parts[0] in MODEL_PARTS or flat:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(f"{content}  {place.as_posix()}\n".encode())
    return whole.hexdigest()


def _figures(metrics: Path) -> tuple[float | None, float | None]:
    """Return mean share of words wrong and of commands understood over the clean voices."""
    try:
        voices = json.loads(metrics.read_text("utf-8"))["voices"]
        clean = [v for name, v in voices.items() if not name.endswith("_piano")]
        wrong = [float(v["word_error_rate"]) for v in clean]
        right = [float(v["whole_right"]) for v in clean]
        return round(sum(wrong) / len(wrong), 4), round(sum(right) / len(right), 4)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError):
        return None, None
