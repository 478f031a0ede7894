"""Spoken commands and "stop" in the studio, timed at the microphone and at the speaker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from assistant.audio_files import FloatSamples
from tests.benchmarks.hands_free.recorder import RATE_HZ, Sound
from tests.benchmarks.hands_free.sounds import at_level, read
from tests.benchmarks.hands_free.studio_rig import Encore, Rig

QUIET = 0.002
"""Of full scale, -54 dB: below it the speaker is silent."""
ANSWER_S = 8.0
"""A command that has no answer after so long was not heard."""
PLAYS_S = 1.5
"""So long the answer sounds before somebody says stop."""
AFTER_STOP_S = 2.5
"""So long nothing may sound after a stop."""
MUSICAL = frozenset({"continue", "compose", "vary", "adjust", "play_back"})
"""Commands whose action is music."""
MELODY = [
    line
    for i, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72, 71, 67, 64, 60))
    for line in (
        f"{i * 0.3:.2f} note_on {pitch} {85 + 2 * i}",
        f"{i * 0.3 + 0.28:.2f} note_off {pitch} 0",
    )
]


@dataclass(frozen=True, slots=True)
class Said:
    """A clip with its words and voice."""

    text: str
    voice: str
    sound: FloatSamples


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a command; seconds after the end of its sound, None where nothing came."""

    said: Said
    woken_s: float | None
    known_s: float | None
    understood_s: float | None
    note_s: float | None
    """First note given to the synthesiser."""
    sound_s: float | None
    """First sound at the speaker."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What became of a "stop" while music sounded."""

    said: Said
    acted_s: float | None
    """Seconds after the end of the word's sound."""
    silent_s: float
    """Last sound at the speaker, within the time in which it was listened to."""
    music_db: float
    """Loudness of the music in the microphone against the voice, before the call."""

    @property
    def is_silent(self) -> bool:
        """The music stopped, and nothing came back."""
        return self.silent_s < AFTER_STOP_S - 0.5


def clips(folders: Sequence[Path], wanted: Callable[[str], bool]) -> list[Said]:
    """Return the clips of folders (see ``voices``) with wanted words, the voices in turn."""
    lists = []
    for folder in folders:
        rows = [line.split("\t") for line in (folder / "list.tsv").read_text("utf-8").splitlines()]
        lists.append([(row[1], folder, row[0]) for row in rows if wanted(row[1])])
    in_turn = [row for rows in zip_longest(*lists) for row in rows if row is not None]
    return [
        Said(text, folder.name, at_level(read(folder / file))) for text, folder, file in in_turn
    ]


def run_trials(
    rig: Rig, commands: Sequence[Said], stops: Sequence[Said], echo: float
) -> Iterator[tuple[Answered, Stopped | None]]:
    """Say each command, let its answer sound, say stop; ``echo``: of the speaker in the microphone.

    The stop is None where nothing had sounded.
    """
    rig.play_keys(MELODY)
    time.sleep(2.0)
    end = rig.feed_back(echo) if echo else lambda: None
    for number, command in enumerate(commands):
        answered = answer_to(rig, command)
        stopped = None
        if answered.sound_s is not None:
            time.sleep(PLAYS_S)
            same = [stop for stop in stops if stop.voice == command.voice] or list(stops)
            stopped = stop_with(rig, same[number % len(same)], echo)
        yield answered, stopped
        time.sleep(1.0)
    end()


def answer_to(rig: Rig, command: Said) -> Answered:
    """Say a command and time its stages."""
    begun_s = time.time()
    _, over_s = rig.say(command.sound)
    rig.encore.first("note", begun_s, ANSWER_S)
    time.sleep(0.3)
    heard, start_s = rig.speaker.between(over_s, time.time())
    loud = np.flatnonzero(np.abs(heard) > QUIET)
    sound_s = float(start_s + loud[0] / RATE_HZ - over_s) if len(loud) else None

    def after(part: str) -> float | None:
        stamp = rig.encore.first(part, begun_s)
        return stamp.at_s - over_s if stamp else None

    return Answered(
        command, after("called"), after(" known "), after("understood"), after("note"), sound_s
    )


def stop_with(rig: Rig, stop: Said, echo: float) -> Stopped:
    """Say stop while music sounds, and time the silence."""
    begun_s = time.time()
    music, _ = rig.speaker.between(begun_s - 1.0, begun_s)
    level = float(np.sqrt((music**2).mean())) if len(music) else 0.0
    voice = float(np.sqrt((stop.sound**2).mean()))
    _, over_s = rig.say(stop.sound)
    time.sleep(max(over_s + AFTER_STOP_S + 0.1 - time.time(), 0.0))
    heard, start_s = rig.speaker.between(over_s - 0.5, over_s + AFTER_STOP_S)
    acted = rig.encore.first("stopped", begun_s)
    return Stopped(
        stop,
        acted.at_s - over_s if acted else None,
        start_s + last_sound_s(heard) - over_s,
        20 * float(np.log10(max(level * echo, 1e-6) / voice)),
    )


def last_sound_s(heard: Sound) -> float:
    """Return when the last sound of a recording is, seconds; 0 without any."""
    loud = np.flatnonzero(np.abs(heard) > QUIET)
    return float(loud[-1]) / RATE_HZ if len(loud) else 0.0


def memory_mb(encore: Encore) -> dict[str, float]:
    """Return the memory of Encore's process and of those that it started.

    "own": without files; "held", "free": what native code holds, and what lies free between it.
    """
    own = encore.process.pid
    children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
    parts = {"encore": _resident_mb(own), "own": _resident_mb(own, "RssAnon:")}
    parts["others"] = sum(_resident_mb(int(child)) for child in children)
    heap = {name: encore.heap.get(name, 0) / 2**20 for name in ("held", "free")}
    told = {name: round(value, 1) for name, value in (parts | heap).items()}
    return told | {"python_blocks": encore.heap.get("python_blocks", 0)}


def _resident_mb(pid: int, part: str = "VmRSS:") -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(part):
            return int(line.split()[1]) / 1024
    return 0.0
