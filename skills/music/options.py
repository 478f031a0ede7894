"""The skill's own settings, taken once from the checked settings of the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skills.music.request import Request


@dataclass(frozen=True, slots=True)
class MusicOptions:
    """What the user set about music, sound and MIDI."""

    takes_dir: Path
    model_dir: Path | None = None
    """None: the model that came with Encore."""
    soundfont: str = ""
    output_device: str = ""
    output_port: str = ""
    volume_percent: int = 80
    defaults: Request = field(default_factory=Request)
    """What is assumed where a command says nothing."""


def options_from(settings: Mapping[str, Mapping[str, Any]], data_dir: Path) -> MusicOptions:
    """Return the options from the sections ``music``, ``sound`` and ``midi``."""
    music = settings.get("music", {})
    sound = settings.get("sound", {})
    defaults = Request(
        mood=music.get("mood"),
        instrument=music.get("instrument") or None,
        seconds=music.get("seconds"),
    )
    takes = music.get("takes_folder", "")
    model = music.get("model", "")
    return MusicOptions(
        takes_dir=Path(takes).expanduser() if takes else data_dir / "takes",
        model_dir=Path(model).expanduser() if model else None,
        soundfont=sound.get("soundfont", ""),
        output_device=sound.get("output_device", ""),
        output_port=settings.get("midi", {}).get("output_port", ""),
        volume_percent=sound.get("volume_percent", 80),
        defaults=defaults,
    )
