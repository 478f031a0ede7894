"""Answers made ahead: when the player hands over, the music is there already.

One thread generates; what it is given last is what counts. A long answer is made in two parts, so
that its opening is ready in a fraction of a second and the rest is made while the opening sounds.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from assistant.contract import EncoreError
from skills.music.generator.answer import Answer
from skills.music.generator.plan import answer_seconds
from skills.music.handover.entry import entering
from skills.music.handover.pulse import Pulse
from skills.music.keyboard.phrases import ASSUMED_BEAT_S
from skills.music.notes import Note, Phrase
from skills.music.parts import MusicGenerator
from skills.music.request import Request
from skills.music.theory.tempo import BEATS_A_BAR

OPENING_S = 5.0
"""An opening is about this long: it takes 0.2 s to make on one core."""
WHOLE_S = 7.0
"""An answer up to this long is made in one piece."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One answer to make."""

    phrase: Phrase
    """What was heard; its length is the hand-over."""
    request: Request
    strokes: int
    """Keys that had gone down so far: whether the phrase has gone on since."""
    heard_at_s: float
    """When the phrase was taken."""
    pulse: Pulse | None = None
    wanted: Request = field(default_factory=Request)
    """What was asked for, before bars became seconds."""

    def fits(self, request: Request, strokes: int) -> bool:
        """Tell whether it is for this request and nothing was played since."""
        return self.strokes == strokes and self.is_for(request)

    def is_for(self, request: Request) -> bool:
        """Tell whether it is for this request, whatever the seed."""
        return replace(self.wanted, seed=0) == replace(request, seed=0)


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer, or its opening, and what it was made from."""

    job: Job
    answer: Answer
    whole_s: float
    """Length of the whole answer, seconds."""

    @property
    def is_whole(self) -> bool:
        """True when no rest is to be made."""
        return self.whole_s <= self.answer.phrase.length_s + 1e-3


class Drafts:
    """Makes one draft after the other in a thread of its own."""

    def __init__(self, generator: Callable[[], MusicGenerator]) -> None:
        self.newest: Draft | None = None
        self.on_ready: Callable[[], None] = lambda: None
        """Called in the thread of the drafts when one is there, or could not be made."""
        self.tried: Job | None = None
        """What was worked on last, made or not: nothing is tried twice."""
        self.making: Job | None = None
        """What is worked on now."""
        self._error: EncoreError | None = None
        self._generator = generator
        self._change = threading.Condition()
        self._job: Job | None = None
        """The job that waits."""
        self._works = False
        self._rest: tuple[Draft, Callable[[Answer], None]] | None = None
        self._cancelled = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    @property
    def is_busy(self) -> bool:
        """True while a draft is being made."""
        return self._works or self._job is not None or self._rest is not None

    def ask(self, job: Job, *, at_once: bool = False) -> None:
        """Make a draft when the one in the making is done, or at once in its place."""
        with self._change:
            self._job = job
            if at_once and self.making is not None:
                self._cancelled.set()
            self._wake()

    def drop(self) -> None:
        """Forget every draft, and end what is being made: it is stale."""
        with self._change:
            self._job, self._rest, self.newest, self.tried = None, None, None, None
            self._cancelled.set()

    def leave_off(self) -> None:
        """End what is being made, and what waits: the processor belongs to whoever plays now."""
        with self._change:
            self._job = None
            self._cancelled.set()

    def finish(self, draft: Draft, then: Callable[[Answer], None]) -> None:
        """Make the rest of an answer whose opening is being played, and hand it over."""
        with self._change:
            self._rest = (draft, then)
            self._cancelled.set()  # a draft of something else can wait
            self._wake()

    def take_error(self) -> EncoreError | None:
        """Return what went wrong since this was asked last."""
        error, self._error = self._error, None
        return error

    def close(self) -> None:
        """End the thread; idempotent."""
        with self._change:
            self._closed = True
            self._cancelled.set()
            self._change.notify()
        if self._thread is not None:
            self._thread.join(5.0)

    def _wake(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._work, name="drafts", daemon=True)
            self._thread.start()
        self._change.notify()

    def _work(self) -> None:
        while True:
            with self._change:
                while not (self._closed or self._job or self._rest):
                    self._change.wait()
                if self._closed:
                    return
            self.work()

    def work(self) -> None:
        """Make what waits; the thread does this again and again."""
        with self._change:
            self._cancelled = threading.Event()
            rest, self._rest = self._rest, None
            job = None
            if rest is None:
                job, self._job = self._job, None
            self.making, self._works = job, True
        try:
            if rest is not None:
                self._make_rest(*rest)
            elif job is not None:
                self.tried, self._error = job, None
                self._make(job)
        except EncoreError as error:
            log.warning("%s", error)
            self._error = error
        except Exception as error:
            log.exception("A draft failed.")
            self._error = EncoreError(f"I could not answer ({type(error).__name__}).")
        self.making, self._works = None, False
        self.on_ready()

    def _make(self, job: Job) -> None:
        cancelled = self._cancelled
        whole_s, asked = _opening(job)
        answer = self._generator().generate(job.phrase, asked, cancelled)
        if cancelled.is_set() or not len(answer.phrase):
            return
        answer = replace(entering(answer, job.phrase, job.request), seed=job.request.seed)
        self.newest = Draft(job, answer, whole_s)

    def _make_rest(self, draft: Draft, then: Callable[[Answer], None]) -> None:
        job, opening, cancelled = draft.job, draft.answer, self._cancelled
        seconds = draft.whole_s - opening.phrase.length_s
        request = replace(job.request, seconds=seconds, bars=None, length_factor=1.0)
        so_far = joined(job.phrase, opening.phrase)
        answer = self._generator().generate(so_far, request, cancelled)
        if not cancelled.is_set():
            then(answer)


def joined(first: Phrase, second: Phrase) -> Phrase:
    """Return two phrases, one after the other."""
    at_s = first.length_s
    later = (Note(n.onset_s + at_s, n.pitch, n.duration_s, n.velocity) for n in second.notes)
    return Phrase((*first.notes, *later), at_s + second.length_s)


def can_be_parted(request: Request) -> bool:
    """Tell whether an answer can be continued as it is.

    What is moved against the phrase (register, tempo, key) would be moved twice.
    """
    moved = (request.register_shift, request.velocity_shift, request.tempo_factor - 1.0)
    return not any(moved) and request.tempo_bpm is None and request.key is None


def _opening(job: Job) -> tuple[float, Request]:
    """Return the length of the whole answer and the request for what is made first."""
    bar_s = job.pulse.bar_s if job.pulse else BEATS_A_BAR * ASSUMED_BEAT_S
    whole_s = answer_seconds(job.phrase, job.request, bar_s)
    if whole_s <= WHOLE_S or not can_be_parted(job.request):
        return whole_s, replace(job.request, seconds=whole_s, bars=None, length_factor=1.0)
    bars = max(1, round(OPENING_S / bar_s))
    seconds = min(bars * bar_s, WHOLE_S, whole_s - 1.0)
    return whole_s, replace(job.request, seconds=seconds, bars=None, length_factor=1.0)
