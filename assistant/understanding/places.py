"""Where understanding keeps its models, logs and corrections, and how it finds its words."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PREBUILT = PROJECT / "models" / "understanding"
WORD_CLASSES = PROJECT / "models" / "word-classes" / "classes.txt"
RASA_PROJECT = PROJECT / "nlu"


def data_dir() -> Path:
    """Return the user's data folder: ENCORE_HOME, else the platform's."""
    home = os.environ.get("ENCORE_HOME")
    if home:
        return Path(home).expanduser()
    try:
        from platformdirs import user_data_path
    except ImportError:  # Rasa's own environment does not have it
        return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "encore"
    return user_data_path("encore")


def cache_dir() -> Path:
    """Return the folder for models trained on this machine."""
    home = os.environ.get("ENCORE_HOME")
    if home:
        return Path(home).expanduser() / "cache" / "understanding"
    from platformdirs import user_cache_path

    return user_cache_path("encore") / "understanding"


def skill_words() -> list[Path]:
    """Return the nlu folders of all installed skills, found by entry point."""
    from importlib.metadata import entry_points

    found = [Path(e.load().nlu_dir) for e in entry_points(group="encore.skills")]
    return found or sorted(PROJECT.glob("skills/*/nlu"))
