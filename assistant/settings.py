"""Settings: one TOML file, every key with a default; a mistake in it is told in one sentence."""

from __future__ import annotations

import contextlib
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz import process

from assistant.contract import SettingsError

EngineName = Literal["auto", "rasa", "embedded"]
Verbosity = Literal["silent", "short", "full"]
MoodName = Literal[
    "happy", "sad", "calm", "tense", "energetic", "dark", "dreamy", "romantic", "playful"
]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Percent = Annotated[int, Field(ge=0, le=100)]

NEAREST_KEY_SCORE = 60.0
"""Below this likeness (rapidfuzz WRatio, 0..100) all keys are listed instead of the nearest."""


class Section(BaseModel):
    """One table of the settings file: unknown keys and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class UnderstandingSettings(Section):
    """``[understanding]``: who turns words into intents."""

    engine: EngineName = "auto"
    """auto: Rasa as soon as it is up, the embedded engine until then and whenever Rasa is away."""
    rasa_url: str = ""
    """Address of a running Rasa server; empty: Encore starts its own (ENCORE_RASA_URL wins)."""
    rasa_timeout_ms: Annotated[int, Field(ge=10, le=5000)] = 250
    """Longest wait for Rasa before the embedded engine answers, milliseconds."""
    ask_below: Fraction = 0.5
    """A command that was understood with less confidence than this is asked back."""
    confirm_below: Fraction = 0.7
    """Save, load, learn and goodbye are confirmed when they were understood with less than this."""
    ask_between: Fraction = 0.15
    """Two readings of a sentence that lie no further apart are asked between ("A or B?")."""
    suggest_above: Fraction = 0.4
    """Of a sentence that was not understood, a command at least so likely is offered."""


class SpeechSettings(Section):
    """``[speech]``: listening and speaking."""

    model: str = ""
    """Name or folder of a Vosk model (`encore models`); empty: the first one that is found."""
    wake_word: Annotated[str, Field(min_length=2)] = "maestro"
    """Word that opens Encore's ears."""
    microphone: str = ""
    """Name of the input device; empty: the system's default."""
    follow_up_s: Annotated[float, Field(ge=0.0, le=60.0)] = 6.0
    """So long after a reply has ended the next command needs no wake word, seconds."""
    only_commands: bool = False
    """Expect nothing but commands, where the model can be told so (the small official ones)."""
    cancel_echo: bool = True
    """Take Encore's own sound out of what the microphone hears."""
    speak: bool = True
    """Say the replies aloud where there is sound."""
    verbosity: Verbosity = "full"
    """How much is said: full, short or silent; while music sounds always a step less."""
    voice: str = ""
    """Part of the name of a system voice, or a Piper voice's .onnx file; empty: the default one."""
    rate_wpm: Annotated[int, Field(ge=60, le=400)] = 175
    """Speed of the voice, words a minute."""
    voice_volume_percent: Percent = 100
    """Loudness of the voice."""
    earcons: bool = True
    """Small sounds in the key of the music for listening, understood and not understood."""


class SoundSettings(Section):
    """``[sound]``: the synthesiser and the speakers."""

    soundfont: str = ""
    """A .sf2 file; empty: the first one that is found."""
    output_device: str = ""
    """Name of the output device; empty: the system's default."""
    latency_ms: Annotated[float, Field(ge=1.0, le=500.0)] | None = None
    """Delay of the speakers that is asked for, milliseconds; not set: the system's lowest."""
    volume_percent: Percent = 80
    """Playback volume at the start."""


class MidiSettings(Section):
    """``[midi]``: the keyboard."""

    input_port: str = ""
    """Name (or a part of it) of the MIDI input, several with commas, or "all"; empty: the first."""
    output_port: str = ""
    """Name (or a part of it) of a MIDI output that plays the answers; empty: Encore's own synth."""
    thru: bool = False
    """Sound what is played on the keyboard through Encore, for keyboards without a sound."""
    handover_control: Annotated[int, Field(ge=0, le=127)] | None = None
    """MIDI controller of the pedal that hands over; the one learnt with /pedal learn wins."""
    talk_control: Annotated[int, Field(ge=0, le=127)] | None = None
    """MIDI controller of a pedal that opens Encore's ears without the wake word."""


class MusicSettings(Section):
    """``[music]``: what is assumed where a command says nothing."""

    model: str = ""
    """Folder of the generator's model; empty: the one that came with Encore."""
    seconds: Annotated[float, Field(ge=0.5, le=600.0)] | None = None
    """Length of an answer, seconds; not set: as long as the phrase, five seconds at least."""
    mood: MoodName | None = None
    """Mood of every answer that is asked without one."""
    instrument: str = ""
    """Instrument of every answer that is asked without one, for example "strings"."""
    takes_folder: str = ""
    """Where takes are kept; empty: ``takes`` in the user's data folder."""
    when_player_returns: Literal["yield", "soft"] = "yield"
    """What an answer does when you play into it: end, or go on softly."""
    count_in_beats: Annotated[int, Field(ge=0, le=16)] = 4
    """Clicks before a recording whose length was said; 0: none."""
    click: bool = False
    """Click on while such a recording lasts."""


class ChatSettings(Section):
    """``[chat]``: the typed door."""

    show_understanding: bool = True
    """Print one line with what was understood."""


class Settings(Section):
    """The whole file."""

    understanding: UnderstandingSettings = UnderstandingSettings()
    speech: SpeechSettings = SpeechSettings()
    sound: SoundSettings = SoundSettings()
    midi: MidiSettings = MidiSettings()
    music: MusicSettings = MusicSettings()
    chat: ChatSettings = ChatSettings()


def data_dir() -> Path:
    """Return the user's data folder (not made yet): ``ENCORE_HOME`` or the platform's place.

    Raises SettingsError when this user has no home folder.
    """
    if home := os.environ.get("ENCORE_HOME"):
        return Path(home).expanduser().absolute()
    return _absolute(lambda: platformdirs.user_data_path("encore", appauthor=False))


def settings_path() -> Path:
    """Return where the settings file is looked for.

    ``ENCORE_SETTINGS``, else ``settings.toml`` in ``ENCORE_HOME``, else in the platform's folder
    for configuration. Raises SettingsError when this user has no home folder.
    """
    if path := os.environ.get("ENCORE_SETTINGS"):
        return Path(path).expanduser().absolute()
    if home := os.environ.get("ENCORE_HOME"):
        return Path(home).expanduser().absolute() / "settings.toml"
    folder = _absolute(lambda: platformdirs.user_config_path("encore", appauthor=False))
    return folder / "settings.toml"


def _absolute(find: Callable[[], Path]) -> Path:
    """Return the folder that is found; older platformdirs return "~…", newer ones raise."""
    with contextlib.suppress(RuntimeError):
        if (path := find()).is_absolute():
            return path
    raise SettingsError(
        "This user has no home folder: set ENCORE_HOME to a folder that Encore may use."
    )


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings file; a missing file (or home folder) gives the defaults.

    Raises SettingsError when ``ENCORE_SETTINGS`` names a file that is not there, and when the file
    cannot be read, is no TOML, or holds an unknown key or an impossible value.
    """
    if path is None:
        try:
            path = settings_path()
        except SettingsError:
            return Settings()
    try:
        text = path.read_bytes().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        if os.environ.get("ENCORE_SETTINGS"):
            raise SettingsError(f"The settings file {path} is not there.") from None
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsError(f"The settings file {path} cannot be read: {reason}.") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {path} is not valid TOML: {error}.") from error
    return check_settings(values, path)


def check_settings(values: Mapping[str, Any], path: Path) -> Settings:
    """Return the checked settings; SettingsError names the first key that is wrong."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        # An unknown key first: it often explains the rest.
        faults = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        raise SettingsError(f"{_sentence(faults[0])} (in {path})") from None


def _sentence(fault: ErrorDetails) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return _unknown_key(key)
    if fault["type"] == "model_type":
        return f"[{key}] must be a table of settings, not {fault['input']!r}."
    message = fault["msg"].removeprefix("Input ").replace("'", '"')
    return f"The setting {key} {message}, not {fault['input']!r}."


def _unknown_key(key: str) -> str:
    known = all_keys()
    names = known if "." in key else sorted({name.partition(".")[0] for name in known})
    best = process.extractOne(key, names)
    if best is None or best[1] < NEAREST_KEY_SCORE:
        return f"There is no setting {key}; there are: {', '.join(names)}."
    return f"There is no setting {key}; did you mean {best[0]}?"


def all_keys() -> list[str]:
    """Return every key as ``section.key``, in the order of the file."""
    return [f"{name}.{key}" for name, section in Settings() for key in type(section).model_fields]
