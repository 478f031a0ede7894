"""The skill's own settings, taken once from the checked settings of the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from skills.music.request import Request

WhenPlayerReturns = Literal["yield", "soft"]


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What the user set about playing together."""

    thru: bool = False
    """Sound the player's keys through Encore."""
    handover_control: int | None = None
    """MIDI controller of the pedal that hands over, 0..127; None: none was chosen."""
    talk_control: int | None = None
    """MIDI controller of the pedal that opens Encore's ears, 0..127; None: none was chosen."""
    when_player_returns: WhenPlayerReturns = "yield"
    count_in_beats: int = 4
    """Clicks before a recording of a length that was said."""
    click: bool = False
    """Click on while recording."""


@dataclass(frozen=True, slots=True)
class MusicOptions:
    """What the user set about music, sound and MIDI."""

    takes_dir: Path
    model_dir: Path | None = None
    """None: the model that came with Encore."""
    soundfont: str = ""
    output_device: str = ""
    output_port: str = ""
    latency_ms: float | None = None
    """Of the speakers; None: the lowest that the system offers."""
    volume_percent: int = 80
    live: LiveOptions = field(default_factory=LiveOptions)
    """What is about playing together."""
    defaults: Request = field(default_factory=Request)
    """What is assumed where a command says nothing."""


def options_from(settings: Mapping[str, Mapping[str, Any]], data_dir: Path) -> MusicOptions:
    """Return the options from the sections ``music``, ``sound`` and ``midi``."""
    music = settings.get("music", {})
    sound = settings.get("sound", {})
    midi = settings.get("midi", {})
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
        output_port=midi.get("output_port", ""),
        latency_ms=sound.get("latency_ms"),
        live=LiveOptions(
            thru=midi.get("thru", False),
            handover_control=midi.get("handover_control"),
            talk_control=midi.get("talk_control"),
            when_player_returns=music.get("when_player_returns", "yield"),
            count_in_beats=music.get("count_in_beats", 4),
            click=music.get("click", False),
        ),
        volume_percent=sound.get("volume_percent", 80),
        defaults=defaults,
    )
