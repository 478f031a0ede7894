"""Writes one setting into the user's file and leaves all else, comments included, as it was."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from assistant.contract import SettingsError
from assistant.settings import check_settings, load_settings, settings_path


def write_setting(section: str, key: str, value: str | int | float | bool) -> Path:
    """Set ``[section] key`` and return the file, whole or as it was.

    Raises SettingsError when the file or the value cannot be used, or nothing can be written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = settings_path()
    if path.exists():
        load_settings(path)  # a file that cannot be used is told as ever, and not written
    try:
        text = path.read_text("utf-8") if path.exists() else ""
        document = tomlkit.parse(text)
        document.setdefault(section, tomlkit.table())[key] = value
        check_settings(document.unwrap(), path)
        _replace(path, tomlkit.dumps(document))
    except (OSError, TOMLKitError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"The settings file {path} cannot be written: {reason}.") from error
    return path


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    number, part = tempfile.mkstemp(dir=path.parent, prefix=".settings-")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        Path(part).replace(path.resolve())
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise
