"""Measure the ears: ``python -m tests.benchmarks.hands_free --help``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import click

from assistant.ears.models import find_model
from assistant.ears.vosk_recogniser import Recogniser
from assistant.leaving import leave_in_order
from tests.benchmarks.hands_free.figures import false_alarms, recall
from tests.benchmarks.hands_free.prepare import (
    EVERY,
    OWN_WORDS,
    own_voice,
    play_piano,
    quicker_model,
    speak_calls,
)
from tests.benchmarks.hands_free.simulation import Heard, Read, Setting, commands_of, heard_in
from tests.benchmarks.hands_free.sounds import bed, file_tracks, spoken_track
from tests.benchmarks.hands_free.studio_commands import latency, soak, stop

DIRECT_S, ROOM_S = 0.045, 0.12
"""From the speakers' buffer to the microphone's."""
FOLDER = click.Path(path_type=Path, exists=True)
MODEL = click.option("--model", type=FOLDER, help="Speech model (default: the one in use).")
Command = Callable[..., None]


def around(command: Command) -> Command:
    """Give a command the options of what sounds beside the voices."""
    for option in (
        click.option("--duck/--no-duck", default=True, help="Music is turned down after the call."),
        click.option("--cancel/--no-cancel", default=True, help="Echo canceller."),
        click.option("--room", is_flag=True, help="Music 120 ms late, with a room's echo."),
        click.option("--music-db", default=0.0, help="Loudness of the music against the voice."),
        click.option("--music", type=FOLDER, help="What plays at the loudness of the voice: a "
                     "sound file, or a folder of them."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.group()
def measure() -> None:
    """Hands-free listening, through the classes of the live path and faster than real time."""


@measure.command()
@click.argument("voice", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--every", default=EVERY, help="Take every n-th sentence.")
def voices(voice: tuple[str, ...], out: Path, every: int) -> None:
    """Speak calls with synthetic voices."""
    for name in voice:
        click.echo(f"{name}: {speak_calls(name, out, every)} calls")


@measure.command()
@click.option("--midi", type=FOLDER, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--hours", default=3.2)
@click.option("--program", default=0, help="Another sound than the piano: 0..127.")
def piano(midi: Path, out: Path, hours: float, program: int) -> None:
    """Render piano from MIDI files."""
    for name, so_far in play_piano(midi, out, hours, program):
        click.echo(f"{name}: {so_far:.2f} h")


@measure.command()
@click.argument("folders", nargs=-1, required=True, type=FOLDER)
@around
@click.option("--speaking", is_flag=True, help="It is Encore that speaks, instead of music.")
@click.option("--detect/--no-detect", default=True, help="Voice activity ends sentences.")
@MODEL
def wake(
    folders: tuple[Path, ...],
    music: Path | None,
    music_db: float,
    room: bool,
    cancel: bool,
    duck: bool,
    speaking: bool,
    detect: bool,
    model: Path | None,
) -> None:
    """Recall and speed on folders of calls (see `voices`)."""
    own_sound = own_voice() if speaking else bed(music, 0) if music else None
    setting = Setting(
        music=own_sound,
        own_words=OWN_WORDS if speaking else "",
        music_db=music_db,
        delay_s=ROOM_S if room else DIRECT_S,
        has_room=room,
        cancels=cancel,
        ducks=duck,
        detects=detect,
    )
    recogniser, read_text = _parts(model)
    for folder in folders:
        _show(recall(heard_in(spoken_track(folder), recogniser, setting, read_text)))


@measure.command("false")
@click.argument("folders", nargs=-1, required=True, type=FOLDER)
@click.option("--notes", is_flag=True, help="The sound is music: the stricter threshold holds.")
@click.option("--open", "is_open", is_flag=True, help="As if the follow-up time never ended.")
@click.option("--part", default="1/1", help="k/n: measure every n-th track, from the k-th on.")
@click.option("--frames", default=0, help="Decoded at a time: more are quicker (0: model's).")
@around
@MODEL
def false_(
    folders: tuple[Path, ...],
    notes: bool,
    is_open: bool,
    part: str,
    frames: int,
    music: Path | None,
    music_db: float,
    room: bool,
    cancel: bool,
    duck: bool,
    model: Path | None,
) -> None:
    """Wakes and commands in folders of sound that hold none.

    With --music every file is brought to the level of the voices; the player's own piano is music
    with --no-cancel --no-duck.
    """
    setting = Setting(
        is_music=notes,
        is_open=is_open,
        music_db=music_db,
        delay_s=ROOM_S if room else DIRECT_S,
        has_room=room,
        cancels=cancel,
        ducks=duck,
    )
    first, step = (int(number) for number in part.split("/"))
    with quicker_model(find_model(model), frames) as folder:
        recogniser, read_text = _parts(folder)

    def heard() -> Iterator[Heard]:
        is_level = music is not None
        tracks = (t for folder in folders for t in file_tracks(folder, is_level=is_level))
        for number, track in enumerate(tracks):
            if number % step == first - 1:
                beside = replace(setting, music=bed(music, number)) if music else setting
                found = heard_in(track, recogniser, beside, read_text)
                seconds, told = round(track.seconds), f"{found.ducks} ducks, {found.events}"
                click.echo(f"{number}: {track.name} {seconds} s: {told}", err=True)
                yield found

    _show(false_alarms(heard(), commands_of(read_text)))


def _parts(model: Path | None) -> tuple[Recogniser, Read]:
    """Return the real recogniser and understanding."""
    from assistant.cli.street import open_understanding
    from assistant.settings import Settings
    from skills.music.skill import MusicSkill

    service = open_understanding(Settings(), "embedded", [MusicSkill.nlu_dir])
    return Recogniser.load(find_model(model)), lambda text: service.parse(text, engine="embedded")


def _show(figures: dict[str, object]) -> None:
    click.echo(json.dumps({**figures, "at": time.strftime("%H:%M:%S")}))


for studio_command in (latency, stop, soak):
    measure.add_command(studio_command)

if __name__ == "__main__":
    leave_in_order()  # what lies in folders for the time of a measurement goes with it
    measure()
