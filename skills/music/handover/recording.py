"""Recording from now on: counted in, with a click where one is wanted, until a length is over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from assistant.contract import ParameterValue, Reply
from skills.music import replies
from skills.music.keyboard.phrases import ASSUMED_BEAT_S
from skills.music.lazy import Lazy
from skills.music.listening import Listening
from skills.music.stage import LiveStage, Stage
from skills.music.theory.tempo import BEATS_A_BAR, find_tempo

if TYPE_CHECKING:
    from skills.music.player.metronome import Metronome

LEAD_S = 0.1
"""The first click comes so long after the command."""


class Recorder:
    """Opens takes on the keyboard and ends them in time."""

    def __init__(
        self,
        listening: Listening,
        stage: Lazy[Stage],
        *,
        count_in_beats: int = 4,
        click: bool = False,
        beat_s: Callable[[], float | None] = lambda: None,
    ) -> None:
        self.tell: Callable[[str], None] = lambda _text: None
        """Gets a sentence when a recording of a length is over."""
        self._listening = listening
        self._stage = stage
        self._count_in_beats = count_in_beats
        self._click = click
        self._beat_s = beat_s
        self._timer: threading.Timer | None = None
        self._metronome: Metronome | None = None

    def start(self, said: Mapping[str, ParameterValue]) -> Reply:
        """Record from now on; a length that was said is counted in and ends by itself."""
        self.cancel()
        keyboard = self._listening.live
        if keyboard is None:
            return Reply(replies.reply("record", "nothing"))
        beat_s = self._beat(said)
        seconds = _seconds(said, beat_s)
        beats = self._count_in_beats if seconds is not None else 0
        in_s = LEAD_S + beats * beat_s if beats else 0.0
        keyboard.start_take(in_s, seconds if seconds is not None else float("inf"))
        self._count(beats, beat_s, seconds)
        if seconds is None:
            return Reply(replies.reply("record", "started"))
        self._timer = threading.Timer(in_s + seconds, self._end)
        self._timer.daemon = True
        self._timer.start()
        length, counted = replies.seconds(seconds), replies.number(beats)
        case = "timed" if beats else "timed_at_once"
        return Reply(replies.reply("record", case, length=length, beats=counted))

    def cancel(self) -> None:
        """Stop counting and clicking; an open take stays open."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._metronome is not None:
            self._metronome.stop()
            self._metronome = None

    def _count(self, beats: int, beat_s: float, seconds: float | None) -> None:
        stage = self._stage()
        if not isinstance(stage, LiveStage):
            return
        if self._click:
            clicks = beats + round(seconds / beat_s) if seconds is not None else None
        else:
            clicks = beats
        if clicks is None or clicks > 0:
            from skills.music.player.metronome import Metronome

            self._metronome = Metronome(stage.player)
            at_s = stage.player.clock.now() + LEAD_S
            self._metronome.start(60.0 / beat_s, at_s, clicks)

    def _end(self) -> None:
        self._timer = None
        before = self._listening.recording
        self._listening.end_take()
        take = self._listening.recording
        if take is None or take is before:
            self.tell(replies.reply("record", "nothing"))
            return
        length, notes = replies.seconds(take.length_s), replies.notes(len(take))
        self.tell(replies.reply("record", "kept", length=length, notes=notes))

    def _beat(self, said: Mapping[str, ParameterValue]) -> float:
        """Return the beat to count in: as said, as the metronome, as played last, else 100."""
        if "tempo_bpm" in said:
            return 60.0 / float(said["tempo_bpm"])
        if (beat_s := self._beat_s()) is not None:
            return beat_s
        tempo = find_tempo(self._listening.phrase())
        return tempo.beat_s if tempo is not None and tempo.steady else ASSUMED_BEAT_S


def _seconds(said: Mapping[str, ParameterValue], beat_s: float) -> float | None:
    if "duration_seconds" in said:
        return float(said["duration_seconds"])
    if "duration_bars" in said:
        return int(said["duration_bars"]) * BEATS_A_BAR * beat_s
    return None
