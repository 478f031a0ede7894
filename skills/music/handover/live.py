"""The live side of the skill: keyboards, pedal, thru, taking turns and what they need of doors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assistant.contract import Reply
from skills.music import replies
from skills.music.clicking import Clicking
from skills.music.handover.pulse import Pulse
from skills.music.handover.recording import Recorder
from skills.music.handover.verbs import TakingTurns, Verb
from skills.music.keyboard.midi_keyboard import MidiKeyboard
from skills.music.options import LiveOptions
from skills.music.parts import RecordingKeyboard
from skills.music.player.outputs import Tap
from skills.music.room import Room
from skills.music.session import Version
from skills.music.stage import LiveStage

Tell = Callable[[str], None]
Present = Callable[[Version, str], Reply]


class LiveMusic:
    """Connects keyboards to the room and carries out what is about playing together."""

    def __init__(self, room: Room, options: LiveOptions) -> None:
        self._room = room
        self._options = options
        self._duck = 1.0
        self._tap: Tap | None = None
        self.clicking = Clicking(room)
        self.recorder = Recorder(
            room.listening,
            room.stage,
            count_in_beats=options.count_in_beats,
            click=options.click,
            beat_s=self.clicking.beat_s,
        )
        pedal = room.stored.handover_control(options.handover_control)
        room.partner.pedal.number = pedal
        room.partner.on_pedal_learnt = self._keep_pedal
        room.partner.talk_pedal.number = options.talk_control
        room.partner.click = self._click_pulse
        self._tell: Tell = lambda _text: None

    def verbs(self, plain: Mapping[str, Verb], present: Present) -> dict[str, Verb]:
        """Return the verbs that are different live, built on the plain ones."""
        turns = TakingTurns(
            self._room,
            self.recorder,
            continue_=plain["continue"],
            undo=plain["undo"],
            record=plain["record"],
            present=present,
        )
        return {
            "continue": turns.continue_,
            "jam": turns.jam,
            "record": turns.record,
            "undo": turns.undo,
            "metronome": self.clicking.metronome,
        }

    def connect_midi(self, port: str, tell: Tell) -> str:
        """Listen to keyboards; return the names of those that are there, "" for none yet.

        ``tell`` gets a sentence when one comes or goes, and when an answer comes in by itself.
        Raises DeviceError where there is no MIDI system.
        """
        keyboard = MidiKeyboard(port, tell=tell)
        recording = RecordingKeyboard(keyboard)
        self._room.listening.connect(recording)
        self._room.partner.connect(keyboard)
        self._tell = self._room.partner.entries.tell = self.recorder.tell = tell
        if self._options.thru:
            self.use_thru(True)
        return keyboard.name

    def use_thru(self, on: bool) -> bool:
        """Sound the player's keys through Encore, or no more; False where nothing can sound."""
        live, stage = self._room.listening.live, self._room.stage()
        if live is None or not isinstance(stage, LiveStage):
            return False
        live.keyboard.thru = stage.player.thru if on else None
        return True

    def learn_pedal(self) -> None:
        """Take the next pedal (or knob, or pad that sends a controller) that is pressed."""
        self._room.partner.pedal.learn()

    def forget_pedal(self) -> None:
        """Hand over by no pedal."""
        self._room.partner.pedal.forget()
        self._room.stored.keep_handover_control(None)

    @property
    def pedal(self) -> int | None:
        """The controller that hands over."""
        return self._room.partner.pedal.number

    def on_talk(self, call: Callable[[], None]) -> None:
        """Call this, in a thread of the keyboard's, when the talk pedal is pressed."""
        self._room.partner.on_talk = call

    def last_stroke_s(self) -> float | None:
        """Return when the player last struck or released a key, on ``time.perf_counter``."""
        live = self._room.listening.live
        return live.keyboard.memory.last_stroke_s() if live is not None else None

    def is_sounding(self) -> bool:
        """Tell whether Encore's own music sounds now."""
        stage = self._room.stage.made
        return isinstance(stage, LiveStage) and stage.is_sounding()

    def duck(self, share: float) -> None:
        """Play at this share of the volume, 0..1, until it is 1 again."""
        self._duck = share
        if isinstance(stage := self._room.stage.made, LiveStage):
            stage.player.duck(share)

    def tap_sound(self, tap: Tap | None) -> None:
        """Hand every block that goes to the speakers, and its rate in hertz, to ``tap``."""
        self._tap = tap
        self.stage_opened(self._room.stage.made)

    def stage_opened(self, stage: Any) -> None:
        """Do to a stage what was asked for before it was there."""
        if isinstance(stage, LiveStage):
            stage.player.duck(self._duck)
            stage.player.tap_sound(self._tap)

    def stop(self) -> None:
        """Forget every order and count-in; the click falls silent, too."""
        self.clicking.stop()
        self.recorder.cancel()
        self._room.partner.disarm()

    def close(self) -> None:
        """End the threads; idempotent."""
        self.clicking.stop()
        self.recorder.cancel()
        self._room.partner.close()

    def _click_pulse(self, now_s: float) -> Pulse | None:
        beat_s, next_s = self.clicking.beat_s(), self.clicking.next_beat_s(now_s)
        return Pulse(next_s, beat_s) if beat_s is not None and next_s is not None else None

    def _keep_pedal(self, number: int) -> None:
        self._room.stored.keep_handover_control(number)
        self._tell(replies.reply("pedal", "learnt", number=number))
