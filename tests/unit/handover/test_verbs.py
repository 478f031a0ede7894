"""What live commands do: continue while somebody plays, jam, record, scrap; with real parts but
for the ports, the generator and the device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import pytest

from assistant.contract import Intent, Turn
from skills.music.handover import recording
from skills.music.handover.turns import Phase
from skills.music.keyboard import midi_keyboard
from skills.music.keyboard.midi_keyboard import MidiKeyboard
from skills.music.options import LiveOptions
from skills.music.parts import RecordingKeyboard
from skills.music.player.clock import ManualClock
from skills.music.skill import MusicSkill
from skills.music.takes import Takes
from tests.unit.handover.scene import Composer, PaperStage


class NoPorts:
    def names(self) -> list[str]:
        return []

    def open_virtual(self, _callback: Callable[..., None]) -> bool:
        return True

    def close(self) -> None:
        pass


class Sitting:
    """The skill with a keyboard that a test plays on."""

    def __init__(self, folder: Path, live: LiveOptions | None = None) -> None:
        self.clock = ManualClock(100.0)
        self.composer = Composer()
        self.stage = PaperStage(self.clock)
        self.skill = MusicSkill(
            lambda: self.composer,
            lambda: self.stage,
            Takes(folder, lambda *_: None),
            live=live or LiveOptions(count_in_beats=0),
        )
        self.board = MidiKeyboard("", self.clock)
        self.skill.connect(RecordingKeyboard(self.board, self.clock))
        partner = self.skill._room.partner
        partner._clock = self.clock
        partner.connect(self.board, threaded=False)
        self.partner = partner

    def say(self, name: str, text: str = "", **parameters: str | float) -> str:
        intent = Intent(text or name, name, 1.0, "rules", parameters)
        return self.skill.handle(intent, Turn()).text

    def play(self, count: int = 8, rest_s: float = 3.0) -> None:
        for i in range(count):
            self.board.receive(mido.Message("note_on", note=60 + i % 12, velocity=80))
            self.clock.now_s += 0.4
            self.board.receive(mido.Message("note_off", note=60 + i % 12))
            self.clock.now_s += 0.1
        self.partner.step()
        self.clock.now_s += rest_s


@pytest.fixture
def sitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sitting]:
    monkeypatch.setattr(midi_keyboard, "InputClient", NoPorts)
    monkeypatch.setattr(midi_keyboard, "LOOK_S", 3600.0)
    sitting = Sitting(tmp_path)
    yield sitting
    sitting.skill.close()


def test_while_somebody_plays_continue_waits_for_the_end(sitting: Sitting) -> None:
    sitting.play(rest_s=0.2)
    assert sitting.say("continue", mood="happy") == "I take over when you stop, happy."
    assert sitting.partner.phase is Phase.WAITING
    assert sitting.composer.asked == []


def test_now_waits_for_nothing(sitting: Sitting) -> None:
    sitting.play(rest_s=0.2)
    assert sitting.say("continue", "continue now") == "I take over."
    assert sitting.partner.phase is Phase.DUE


def test_in_silence_continue_answers_at_once(sitting: Sitting) -> None:
    sitting.play()
    assert sitting.say("continue") == "Here are five seconds."
    assert sitting.partner.phase is Phase.ANSWERING
    assert sitting.skill._room.session.history.current is not None


def test_an_answer_soon_after_the_phrase_begins_on_its_beat(sitting: Sitting) -> None:
    start_s = sitting.clock.now_s
    sitting.play(16, rest_s=1.3)
    sitting.say("continue")
    at_s, _ = sitting.stage.begun[-1]
    assert at_s is not None
    away_s = (at_s - start_s) % 0.5
    assert min(away_s, 0.5 - away_s) < 0.03


def test_continue_of_the_last_bars_continues_just_those(sitting: Sitting) -> None:
    sitting.play(32)
    sitting.say("continue", span="past", duration_bars=2)
    phrase, request = sitting.composer.asked[-1]
    assert len(phrase) == 8  # two bars of four beats, a note a beat
    assert request.bars is None


def test_stop_ends_the_waiting_too(sitting: Sitting) -> None:
    sitting.say("jam")
    assert sitting.partner.phase is Phase.WAITING
    sitting.skill.stop()
    assert sitting.partner.phase is Phase.IDLE


def test_trading_bars_is_said_with_their_number(sitting: Sitting) -> None:
    assert sitting.say("jam", duration_bars=4).startswith("Let us take turns, four bars each.")


def test_a_jam_without_a_keyboard_is_told(tmp_path: Path) -> None:
    skill = MusicSkill(
        Composer, lambda: PaperStage(ManualClock()), Takes(tmp_path, lambda *_: None)
    )
    reply = skill.handle(Intent("jam", "jam", 1.0, "rules"), Turn())
    assert reply.text.startswith("I need a keyboard to take turns.")
    skill.close()


def test_what_was_played_is_kept_without_any_record_button(sitting: Sitting) -> None:
    sitting.play(4)
    sitting.play(8)
    assert sitting.say("record", span="past").startswith("Kept: 3.9 seconds, eight notes")


def test_the_newest_recording_can_be_scrapped(sitting: Sitting) -> None:
    sitting.play(8)
    sitting.say("record", span="past")
    assert sitting.say("undo") == "Scrapped."
    assert sitting.say("undo") == "There is nothing to undo."


def test_a_take_that_is_open_can_be_scrapped_with_both_hands_full(sitting: Sitting) -> None:
    sitting.say("record")
    sitting.play(8, rest_s=0.0)
    assert sitting.say("undo") == "Scrapped."


def test_what_is_played_after_a_recording_is_what_is_continued(sitting: Sitting) -> None:
    sitting.play(4)
    sitting.say("record", span="past")
    sitting.play(8)
    sitting.say("continue")
    assert len(sitting.composer.asked[-1][0]) == 8


def test_a_recording_of_a_length_ends_by_itself(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers: list[tuple[float, Callable[[], None]]] = []

    class Timer:
        daemon = False

        def __init__(self, seconds: float, work: Callable[[], None]) -> None:
            timers.append((seconds, work))

        def start(self) -> None:
            pass

        def cancel(self) -> None:
            pass

    monkeypatch.setattr(recording.threading, "Timer", Timer)
    said: list[str] = []
    sitting.skill.live.recorder.tell = said.append
    assert sitting.say("record", duration_seconds=2.0) == "I record two seconds, from now on."
    sitting.play(8)
    seconds, end = timers[0]
    assert seconds == pytest.approx(2.0)
    end()
    assert said == ["Kept: 1.9 seconds, four notes."]
    assert sitting.say("continue").startswith("Here are")
    assert len(sitting.composer.asked[-1][0]) == 4


def test_a_pedal_that_was_learnt_is_known_in_the_next_sitting(
    sitting: Sitting, tmp_path: Path
) -> None:
    sitting.skill.live.learn_pedal()
    sitting.board.receive(mido.Message("control_change", control=66, value=127))
    sitting.partner.step()
    assert sitting.skill.live.pedal == 66
    later = Sitting(tmp_path)
    assert later.skill.live.pedal == 66
    later.skill.close()
    sitting.skill.live.forget_pedal()
    assert sitting.skill.live.pedal is None


def test_the_talk_pedal_opens_the_ears_and_hands_nothing_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(midi_keyboard, "InputClient", NoPorts)
    monkeypatch.setattr(midi_keyboard, "LOOK_S", 3600.0)
    sitting = Sitting(tmp_path, LiveOptions(talk_control=66, handover_control=67))
    called: list[bool] = []
    sitting.skill.live.on_talk(lambda: called.append(True))
    sitting.play(rest_s=0.2)
    for value in (0, 127, 127, 0, 127):
        sitting.board.receive(mido.Message("control_change", control=66, value=value))
    sitting.partner.step()
    assert len(called) == 2
    assert sitting.partner.phase is Phase.IDLE
    sitting.board.receive(mido.Message("control_change", control=67, value=127))
    sitting.partner.step()
    assert len(called) == 2
    assert sitting.partner.phase is Phase.DUE
    sitting.skill.close()
