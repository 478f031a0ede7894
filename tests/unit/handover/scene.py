"""A stage on which nothing waits: keys, clock, drafts and player are turned by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable

from skills.music.generator.answer import Answer
from skills.music.handover.drafts import Drafts
from skills.music.handover.entries import Entries, WhenPlayerReturns
from skills.music.handover.partner import Partner
from skills.music.keyboard.events import KeyEvent, Pedal, Played, Stroke
from skills.music.keyboard.memory import NoteMemory
from skills.music.notes import Note, Phrase
from skills.music.player.clock import ManualClock
from skills.music.player.live import LivePlayer
from skills.music.player.outputs import SilentOutput
from skills.music.player.score import Score
from skills.music.request import Request
from skills.music.session import Version
from skills.music.stage import LiveStage, Performance

END_S = 0.7
"""The phrase is over after so long without a key, in these tests."""


class Keys:
    """A keyboard that tells what happens on it."""

    def __init__(self) -> None:
        self.memory = NoteMemory()
        self.on_event = None

    def take(self, event: Played) -> None:
        if isinstance(event, (Stroke, Pedal)):
            self.memory.take(event)
        assert self.on_event is not None
        self.on_event(event)


class Silence:
    """A phrase is over after a fixed silence."""

    def __init__(self) -> None:
        self._last_s: float | None = None

    def feed(self, event: KeyEvent) -> None:
        self._last_s = event.time_s

    def tick(self, now_s: float) -> bool:
        if self._last_s is None or now_s - self._last_s < END_S:
            return False
        self._last_s = None
        return True

    def reset(self) -> None:
        self._last_s = None


class Composer:
    """A generator that answers with a steady line and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Phrase, Request]] = []
        self.error: Exception | None = None

    def generate(
        self,
        phrase: Phrase,
        request: Request,
        cancelled: threading.Event | None = None,
        *,
        grown: Callable[[Answer], None] | None = None,  # noqa: ARG002
    ) -> Answer:
        assert cancelled is not None
        if self.error is not None:
            raise self.error
        self.asked.append((phrase, request))
        seconds = request.seconds or 5.0
        notes = tuple(Note(0.2 + i * 0.5, 72, 0.4, 70) for i in range(int(seconds * 2) - 1))
        return Answer(Phrase(notes, seconds), seconds, seed=request.seed)


class HandDrafts(Drafts):
    """Drafts that are made when a test says so."""

    def _wake(self) -> None:
        pass


class PaperStage(LiveStage):
    """A stage that writes down when what would begin; the test says when it sounds."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(LivePlayer(SilentOutput(clock), clock))
        self.begun: list[tuple[float | None, Score]] = []
        self.given_way = 0

    def perform(self, score: Score, program: int = 0, at_s: float | None = None) -> Performance:
        self.begun.append((at_s, score))
        self.performance = Performance(score, program)
        return self.performance

    def give_way(self) -> None:
        self.given_way += 1
        super().give_way()
        assert self.performance is not None
        self.performance.is_over.set()


class Scene:
    """Everything at once, and the hands of a player."""

    def __init__(self, when_player_returns: WhenPlayerReturns = "yield") -> None:
        self.clock = ManualClock(100.0)
        self.keys = Keys()
        self.composer = Composer()
        self.stage = PaperStage(self.clock)
        self.kept: list[Version] = []
        self.said: list[str] = []
        self.drafts = HandDrafts(lambda: self.composer)
        entries = Entries(lambda: self.stage, self.drafts, self.kept.append, when_player_returns)
        entries.tell = self.said.append
        self.partner = Partner(
            self.drafts, entries, lambda: Request(seed=7), self.clock, make_ending=Silence
        )
        self.partner.connect(self.keys, threaded=False)

    def pass_time(self, seconds: float, *, drafting: bool = True) -> None:
        """Let time pass in steps of 10 ms; drafts are made in no time."""
        until_s = self.clock.now_s + seconds
        while self.clock.now_s < until_s - 1e-9:
            self.clock.now_s = min(self.clock.now_s + 0.01, until_s)
            self.partner.step()
            if drafting and self.drafts.is_busy:
                self.drafts.work()
                self.partner.step()

    def play(self, *pitches: int, beat_s: float = 0.5, drafting: bool = True) -> None:
        """Play a note a beat."""
        for pitch in pitches:
            self.keys.take(Stroke(self.clock.now_s, pitch, 80))
            self.pass_time(0.8 * beat_s, drafting=drafting)
            self.keys.take(Stroke(self.clock.now_s, pitch, 0))
            self.pass_time(0.2 * beat_s, drafting=drafting)

    def sound(self) -> None:
        """The answer that is due sounds."""
        at_s, score = self.stage.begun[-1]
        assert at_s is not None
        self.pass_time(max(at_s - self.clock.now_s, 0.0))
        score.first_note_s = self.clock.now_s
        self.partner.step()

    def end_answer(self) -> None:
        """The answer is over."""
        assert self.stage.performance is not None
        self.stage.performance.is_over.set()
        self.partner.step()
