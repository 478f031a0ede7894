"""A sitting with the music skill, its parts replaced by ones that a test can see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

from assistant.contract import Intent, ParameterValue, Reply, Turn
from skills.music.generator.answer import Answer
from skills.music.notes import Note, Phrase
from skills.music.request import Request
from skills.music.session import Session
from skills.music.skill import MusicSkill
from skills.music.takes import Takes


def scale(length_s: float = 4.0, root: int = 60, steps: str = "024579bc") -> Phrase:
    """Return a rising scale over the length."""
    pitches = [root + int(step, 16) for step in steps]
    beat_s = length_s / len(pitches)
    return Phrase(
        tuple(Note(i * beat_s, p, beat_s * 0.9, 70) for i, p in enumerate(pitches)), length_s
    )


class ScaleGenerator:
    """Answers with a scale as long as asked; remembers what it was asked."""

    model = "5ca1e"

    def __init__(self) -> None:
        self.asked: list[tuple[Phrase, Request]] = []
        self.during: Callable[[], None] = lambda: None
        self.between: Callable[[], None] = lambda: None
        """Called after each five seconds of a longer answer."""
        self.report: dict[str, float] = {}

    def generate(
        self,
        phrase: Phrase,
        request: Request,
        cancelled: Event | None = None,
        *,
        grown: Callable[[Answer], None] | None = None,
    ) -> Answer:
        self.asked.append((phrase, request))
        self.during()
        seconds = request.seconds or 5.0
        for end_s in range(5, int(seconds), 5):
            if grown is not None:
                so_far = tuple(n for n in scale(seconds).notes if n.onset_s < end_s)
                grown(Answer(Phrase(so_far, end_s), float(end_s), request.seed))
                self.between()
        notes = Phrase() if cancelled and cancelled.is_set() else scale(seconds)
        return Answer(
            notes, seconds, request.seed, tempo_bpm=96.0, report=self.report, model=self.model
        )


class SilentStage:
    """Remembers what would have been played."""

    def __init__(self) -> None:
        self.presented: list[Answer] = []
        self.stops = 0
        self.volume = -1

    def present(self, phrase: Phrase, answer: Answer, title: str) -> tuple[Path, ...]:
        assert title
        assert phrase is not None
        self.presented.append(answer)
        return ()

    def begin(self, answer: Answer) -> None:
        pass

    def stop(self) -> None:
        self.stops += 1

    def set_volume(self, percent: int) -> None:
        self.volume = percent

    def close(self) -> None:
        self.stop()


class Sitting:
    """A skill with its parts at hand."""

    def __init__(self, folder: Path) -> None:
        self.generator, self.stage = ScaleGenerator(), SilentStage()
        seeds = iter(range(1, 1000))
        self.session = Session(next_seed=lambda: next(seeds))

        def write_sound(phrase: Phrase, program: int, path: Path) -> None:
            path.write_bytes(b"RIFF" + bytes([program, len(phrase)]))

        self.takes = Takes(folder / "takes", write_sound)
        self.skill = MusicSkill(
            lambda: self.generator, lambda: self.stage, self.takes, session=self.session
        )

    def reply(self, intent: str, **said: ParameterValue) -> Reply:
        return self.skill.handle(Intent("text", intent, 1.0, "rules", said), Turn())

    def say(self, intent: str, **said: ParameterValue) -> str:
        return self.reply(intent, **said).text

    @property
    def last_request(self) -> Request:
        return self.generator.asked[-1][1]
