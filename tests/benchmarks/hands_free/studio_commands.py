"""The commands that measure the whole of ``encore listen`` in the virtual studio."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from tests.benchmarks.hands_free.studio_rig import Rig
from tests.benchmarks.hands_free.trials import (
    MELODY,
    MUSICAL,
    Answered,
    Said,
    Stopped,
    answer_to,
    clips,
    memory_mb,
    run_trials,
    stop_with,
)

FOLDERS = click.argument(
    "folders", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True)
)
ENGINE = click.option("--engine", type=click.Choice(["rasa", "embedded"]), default="embedded")
ECHO = click.option("--echo", default=1.0, help="Of the speaker in the microphone; 0: none.")
TRIALS = click.option("--trials", default=24)
SETTINGS = """\
[understanding]
engine = "{engine}"
[speech]
speak = {speak}
earcons = false
"""
RASA_S = 180.0
STAGES = ("woken", "known", "understood", "note", "sound")


@click.command()
@FOLDERS
@TRIALS
@ENGINE
@ECHO
def latency(folders: tuple[Path, ...], trials: int, engine: str, echo: float) -> None:
    """From the end of a spoken command to its first sound, by stage; then from "stop" to silence.

    FOLDERS: see `voices`.
    """
    told = list(_trials(folders, trials, engine, echo))
    _show_latency([answered for answered, _ in told], engine)
    _show_stops([stopped for _, stopped in told if stopped])


@click.command()
@FOLDERS
@TRIALS
@ECHO
def stop(folders: tuple[Path, ...], trials: int, echo: float) -> None:
    """From the end of "stop" to silence at the speaker, while music sounds."""
    told = _trials(folders, trials, "embedded", echo)
    _show_stops([stopped for _, stopped in told if stopped])


def _show_latency(answers: Sequence[Answered], engine: str) -> None:
    click.echo(f"Seconds after the end of the command's sound; {len(answers)} said, {engine}.")
    for stage in STAGES:
        told = [getattr(answered, f"{stage}_s") for answered in answers]
        known = [value for value in told if value is not None]
        click.echo(f"{stage:11} {_quantiles(known)}   n {len(known)}")


def _show_stops(stops: Sequence[Stopped]) -> None:
    silent = [stopped for stopped in stops if stopped.is_silent]
    acted = [stopped.acted_s for stopped in silent if stopped.acted_s is not None]
    click.echo(f"Seconds after the end of the sound of stop; {len(stops)} said.")
    click.echo(f"acted on    {_quantiles(acted)}")
    click.echo(f"silence     {_quantiles([stopped.silent_s for stopped in silent])}")
    within = sum(stopped.silent_s <= 0.3 for stopped in stops)
    click.echo(f"silent and nothing came back: {len(silent)}; within 0.3 s: {within}")
    if stops:
        level = statistics.median(stopped.music_db for stopped in stops)
        click.echo(f"music in the microphone against the voice: {level:.0f} dB (median)")


@click.command()
@FOLDERS
@click.option("--minutes", default=60.0)
@click.option("--engine", type=click.Choice(["auto", "rasa", "embedded"]), default="auto")
@click.option("--echo", default=0.5, help="Of the speaker in the microphone.")
def soak(folders: tuple[Path, ...], minutes: float, engine: str, echo: float) -> None:
    """Play, command and stop for so many real minutes; memory and times, one line a minute."""
    commands, stops = clips(folders, _is_musical()), clips(folders, _is_stop)
    with Rig(SETTINGS.format(engine=engine, speak="true"), keep_s=30.0) as rig:
        rig.feed_back(echo)
        begun_s, number = time.monotonic(), 0
        while (at_s := time.monotonic() - begun_s) < minutes * 60:
            told = _soak_minute(rig, commands, stops, number, echo)
            number += int(told["said"])
            if (status := rig.encore.process.poll()) is not None:
                last = rig.encore.said[-8:]
                raise click.ClickException(f"Encore ended with status {status}; it said {last}")
            show = {"minute": round(at_s / 60, 1), **memory_mb(rig.encore), **told}
            click.echo(json.dumps(show))


def _soak_minute(
    rig: Rig, commands: Sequence[Said], stops: Sequence[Said], number: int, echo: float
) -> dict[str, float]:
    """Play a phrase and say commands, each ended by a stop, until a minute is over."""
    until_s = time.monotonic() + 60.0
    rig.play_keys(MELODY)
    answers: list[Answered] = []
    ends: list[Stopped] = []
    while time.monotonic() < until_s - 8.0:
        at = number + len(answers)
        answers.append(answer_to(rig, commands[at % len(commands)]))
        time.sleep(2.0)
        ends.append(stop_with(rig, stops[at % len(stops)], echo))
        time.sleep(1.0)
    time.sleep(max(until_s - time.monotonic(), 0.0))
    known = [answered.known_s for answered in answers if answered.known_s is not None]
    return {
        "said": len(answers),
        "known": len(known),
        "known_after_s": round(statistics.median(known), 3) if known else -1.0,
        "sounded": sum(answered.sound_s is not None for answered in answers),
        "silenced": sum(stopped.is_silent for stopped in ends),
        "silent_after_s": round(statistics.median(e.silent_s for e in ends), 3) if ends else -1.0,
    }


def _trials(
    folders: Sequence[Path], trials: int, engine: str, echo: float
) -> Iterator[tuple[Answered, Stopped | None]]:
    commands = clips(folders, _is_musical())
    chosen = (commands * (trials // max(len(commands), 1) + 1))[:trials]
    stops = clips(folders, _is_stop)
    with Rig(SETTINGS.format(engine=engine, speak="false")) as rig:
        if engine == "rasa":
            _wait_for_rasa(rig, chosen[0], stops[0])
        for answered, stopped in run_trials(rig, chosen, stops, echo):
            _show(answered, stopped)
            yield answered, stopped


def _wait_for_rasa(rig: Rig, command: Said, stop: Said) -> None:
    """Give Rasa the time that it needs to start: the first command waits for it."""
    begun_s = time.time()
    answer_to(rig, command)
    if rig.encore.first("understood", begun_s, RASA_S) is None:
        raise click.ClickException("Rasa did not start: is it set up?")
    time.sleep(2.0)
    stop_with(rig, stop, 0.0)


def _is_musical() -> Callable[[str], bool]:
    """Return what tells a command whose action is music."""
    from assistant.cli.street import open_understanding
    from assistant.settings import Settings
    from skills.music.skill import MusicSkill

    service = open_understanding(Settings(), "embedded", [MusicSkill.nlu_dir])
    return lambda text: service.parse(text.removeprefix("maestro ")).name in MUSICAL


def _is_stop(text: str) -> bool:
    return text == "maestro stop"


def _show(answered: Answered, stopped: Stopped | None) -> None:
    told = [getattr(answered, f"{stage}_s") for stage in STAGES]
    times = " ".join("   - " if value is None else f"{value:5.2f}" for value in told)
    end = ""
    if stopped is not None:
        acted = "-" if stopped.acted_s is None else f"{stopped.acted_s:.2f}"
        end = f"stop {acted} silent {stopped.silent_s:.2f} music {stopped.music_db:.0f} dB"
    click.echo(f"{answered.said.voice:9} {times} {end} {answered.said.text}", err=True)


def _quantiles(values: Sequence[float]) -> str:
    if not values:
        return "none"
    ordered = sorted(values)
    p50, p95 = (ordered[min(int(len(ordered) * q), len(ordered) - 1)] for q in (0.5, 0.95))
    return f"p50 {p50:.2f}  p95 {p95:.2f}  longest {ordered[-1]:.2f}"
