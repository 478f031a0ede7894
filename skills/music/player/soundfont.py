"""Where the sounds of the synthesiser come from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from assistant.contract import DeviceError

ENVIRONMENT = "ENCORE_SOUNDFONT"
FAVOURITES = ("FluidR3_GM", "default-GM", "TimGM6mb")
"""General MIDI sets that distributions ship, best first."""
SYSTEM_FOLDERS = (
    Path("/usr/share/sounds/sf2"),
    Path("/usr/share/sounds/sf3"),
    Path("/usr/share/soundfonts"),
    Path("/opt/homebrew/share/soundfonts"),
    Path("/opt/homebrew/share/fluid-synth/sf2"),
    Path("/usr/local/share/soundfonts"),
    Path("/usr/local/share/fluid-synth/sf2"),
)
MEND = (
    "Install one (on Debian: apt install timgm6mb-soundfont) or put a .sf2 file into "
    "the folder soundfonts of Encore's data folder"
)


def find_soundfont(preferred: Path | str | None = None) -> Path:
    """Return the SoundFont to use.

    In order: ``preferred`` (the settings), the file that ENCORE_SOUNDFONT names, the system's
    folders (well-known sets first), ``soundfonts`` in the user's data folder. Raises DeviceError
    when a named file is missing or no SoundFont, or when none is found.
    """
    if wanted := preferred or os.environ.get(ENVIRONMENT):
        return _checked(Path(wanted).expanduser())
    for folder in (*SYSTEM_FOLDERS, user_folder()):
        if found := sorted(_soundfonts(folder), key=_rank):
            return found[0]
    raise DeviceError(f"There is no SoundFont, so nothing can sound. {MEND}.")


def user_folder() -> Path:
    """Return where users put SoundFonts of their own."""
    home = os.environ.get("ENCORE_HOME")
    base = Path(home).expanduser() if home else platformdirs.user_data_path("encore", False)
    return base / "soundfonts"


def _checked(path: Path) -> Path:
    if not path.is_file():
        raise DeviceError(f"There is no SoundFont {path}.")
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise DeviceError(f"{path} is not a SoundFont.")
    return path


def _soundfonts(folder: Path) -> Iterator[Path]:
    for pattern in ("*.sf2", "*.sf3"):
        yield from folder.glob(pattern)


def _rank(path: Path) -> tuple[int, str]:
    known = [place for place, name in enumerate(FAVOURITES) if path.name.startswith(name)]
    return (known[0] if known else len(FAVOURITES), path.name)
