"""The metronome's verb: on and off, at a tempo that is said, that was played, or the last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from assistant.contract import Intent, ParameterValue, Reply, Turn
from skills.music import replies
from skills.music.keyboard.phrases import (
    ASSUMED_BEAT_S,
    PULSE_S,
    last_played,
    the_end,
)
from skills.music.room import Room
from skills.music.stage import LiveStage
from skills.music.theory.tempo import BEATS_A_BAR, find_tempo

if TYPE_CHECKING:
    from skills.music.player.metronome import Metronome

STEPS = {"little": 1.1, "plain": 1.25, "much": 1.6}
"""Factors of "a bit faster", "faster", "much faster", as for answers (docs/adr/0006)."""
SOON_S = 0.05
"""A click cannot be sooner after a command."""
SLOWEST, FASTEST = 30.0, 300.0


class Clicking:
    """Owns the click of a room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._metronome: Metronome | None = None
        self._bpm: float | None = None
        """What was said last."""

    def metronome(self, intent: Intent, _turn: Turn) -> Reply:
        """Switch the click on or off, or change its tempo."""
        said = intent.parameters
        if said.get("switch") == "off":
            was_on = self.beat_s() is not None
            self.stop()
            return Reply(replies.reply("metronome", "off" if was_on else "was_off"))
        stage = self._room.stage()
        if not isinstance(stage, LiveStage):
            return Reply(replies.reply("metronome", "silent"))
        bpm, at_s = self._asked(said, stage.player.clock.now())
        if self._metronome is None:
            from skills.music.player.metronome import Metronome

            self._metronome = Metronome(stage.player)
        self._metronome.start(bpm, at_s)
        self._bpm = bpm
        return Reply(replies.reply("metronome", "on", tempo=replies.beats(bpm)))

    def beat_s(self) -> float | None:
        """Return the seconds of a beat of the click; None when it is off."""
        if self._metronome is None or not self._metronome.running:
            return None
        return 60.0 / self._metronome.bpm

    def next_beat_s(self, now_s: float) -> float | None:
        """Return when the next click falls, on the player's clock; None when it is off."""
        return self._metronome.next_beat_s(now_s) if self._metronome is not None else None

    def stop(self) -> None:
        """Fall silent; idempotent, from any thread."""
        if self._metronome is not None:
            self._metronome.stop()

    def _asked(self, said: Mapping[str, ParameterValue], now_s: float) -> tuple[float, float]:
        """Return beats a minute and when the first click falls: on the player's beat if it can."""
        next_s = self.next_beat_s(now_s + SOON_S) or now_s + SOON_S
        if "tempo_bpm" in said:
            return _within(float(said["tempo_bpm"])), next_s
        played = self._played(now_s)
        bpm = self._bpm or (60.0 / played[0] if played else 60.0 / ASSUMED_BEAT_S)
        if "tempo_change" in said:
            step = STEPS[str(said.get("amount", "plain"))]
            return _within(bpm * step if said["tempo_change"] == "faster" else bpm / step), next_s
        if played is not None and self.beat_s() is None:
            return _within(60.0 / played[0]), played[1]
        return _within(bpm), next_s

    def _played(self, now_s: float) -> tuple[float, float] | None:
        """Return the player's beat and when the next bar (or beat) begins; None without a pulse."""
        live = self._room.listening.live
        if live is None:
            tempo = find_tempo(the_end(self._room.listening.phrase(), PULSE_S))
            steady = tempo is not None and tempo.steady
            return (tempo.beat_s, now_s + SOON_S) if tempo is not None and steady else None
        heard = last_played(live.keyboard.memory, now_s)
        end = the_end(heard.phrase, PULSE_S)
        tempo = find_tempo(end)
        if tempo is None or not tempo.steady:
            return None
        cut_s = max(heard.phrase.notes[-1].onset_s - PULSE_S, 0.0)
        first_s = heard.start_s + cut_s + tempo.first_beat_s
        step_s = tempo.beat_s
        if tempo.beats_a_bar == BEATS_A_BAR:
            first_s, step_s = first_s + tempo.downbeat * tempo.beat_s, tempo.beat_s * BEATS_A_BAR
        missed = -(-(now_s + SOON_S - first_s) // step_s)
        return tempo.beat_s, first_s + max(missed, 0.0) * step_s


def _within(bpm: float) -> float:
    return min(max(bpm, SLOWEST), FASTEST)
