"""Answers that come in by themselves: begun on the stage, grown while they sound, kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from skills.music import replies
from skills.music.generator.answer import Answer
from skills.music.handover.drafts import Draft, Drafts, joined
from skills.music.handover.hearing import Hearing
from skills.music.handover.pulse import is_alive
from skills.music.handover.turns import Cause, Order
from skills.music.options import WhenPlayerReturns
from skills.music.player.score import Score
from skills.music.request import Request
from skills.music.session import Version
from skills.music.stage import LiveStage, Performance, Stage

STALE_STROKES, STALE_S = 8, 2.5
"""A player who hands over by pedal, word or bar is answered at once, with a draft that misses no
more than this: waiting for a newer one would be heard, what it misses hardly."""
PATIENCE_S = 0.1
"""After so long such a hand-over takes any draft of this phrase: the answer comes by the pedal
even where the machine is too busy to keep up with drafts."""
GRACE_S = 0.03
"""At a musical end, so long is waited for the draft that misses nothing."""
SOFT = 0.5
"""Loudness of an answer that goes on under the player, against what it was."""
REMEMBERED = 1000


@dataclass(slots=True)
class Entry:
    """An answer that is due or sounds."""

    decided_s: float
    order: Order
    cause: Cause
    at_s: float | None = None
    """When it has to begin; None: at the next beat, or at once."""
    answered: int = 0
    """Strokes that had had their answer before."""
    draft: Draft | None = None
    performance: Performance | None = None
    rest: Answer | None = None
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Timing:
    """One entry, for measuring; seconds on the clock of the player."""

    cause: Cause
    decided_s: float
    planned_s: float
    """When the answer was to begin."""
    on_beat: bool
    first_note_s: float


class Entries:
    """The answer that comes in now; one at a time. Only the partner calls it, under its lock."""

    def __init__(
        self,
        stage: Callable[[], Stage],
        drafts: Drafts,
        keep: Callable[[Version], None],
        when_player_returns: WhenPlayerReturns = "yield",
    ) -> None:
        self.tell: Callable[[str], None] = lambda _text: None
        """Gets a sentence for every answer that comes in."""
        self.timings: deque[Timing] = deque(maxlen=REMEMBERED)
        self._stage = stage
        self._drafts = drafts
        self._keep_version = keep
        self._when_player_returns = when_player_returns
        self._entry: Entry | None = None
        self._on_beat = False
        self._planned_s = 0.0
        self._is_told = False

    @property
    def is_to_begin(self) -> bool:
        """True while an answer is due whose music is not there yet."""
        return self._entry is not None and self._entry.draft is None

    def begin(self, entry: Entry) -> None:
        """An answer is due."""
        self._entry, self._is_told = entry, False

    def begin_with(self, draft: Draft | None, hearing: Hearing, now_s: float) -> bool:
        """Begin with a draft if it is good enough; False when another one is needed."""
        entry = self._entry
        if entry is None or draft is None or not _is_good(draft, entry, hearing, now_s):
            return False
        entry.draft = draft
        self._drafts.leave_off()
        stage = self._stage()
        if isinstance(stage, LiveStage):
            self._perform(stage, entry, draft, hearing, now_s)
        else:
            self._write(entry, draft)
        return True

    def first_note_s(self) -> float | None:
        """Return when the answer's first note sounded; None before, and where nothing sounds."""
        entry = self._entry
        if entry is None or entry.performance is None:
            return None
        first_s = entry.performance.score.first_note_s
        if first_s is not None and not self._is_told:
            self._is_told = True
            timing = Timing(entry.cause, entry.decided_s, self._planned_s, self._on_beat, first_s)
            self.timings.append(timing)
            self._say(entry)
        if first_s is not None and (entry.rest or (entry.draft and entry.draft.is_whole)):
            self._keep(entry)
        return first_s

    def ended(self) -> bool:
        """Tell once that the answer is over."""
        entry = self._entry
        if entry is None or entry.performance is None or not entry.performance.is_over.is_set():
            return False
        self._keep(entry)
        self._entry = None
        return True

    def adopt(self) -> None:
        """Take on what somebody else began on the stage; it has been kept already."""
        stage = self._stage()
        if isinstance(stage, LiveStage) and stage.performance is not None:
            entry = Entry(0.0, Order(Request()), Cause.WORD)
            entry.performance, entry.is_kept = stage.performance, True
            self._entry, self._is_told = entry, True

    def call_off(self) -> None:
        """The player goes on: what was due does not begin."""
        self._stop(gently=True, keep=False)

    def give_way(self, *, by_pedal: bool) -> None:
        """The player came back: end gently, or go on softly where the user likes that."""
        stage = self._stage()
        if self._when_player_returns == "soft" and not by_pedal and isinstance(stage, LiveStage):
            stage.player.loudness = SOFT
            return
        self._stop(gently=True, keep=True)

    def drop(self) -> None:
        """Forget the answer; the stage is silenced by whoever calls."""
        if self._entry is not None and self._entry.performance is not None:
            self._entry.performance.cancelled.set()
            self._keep(self._entry)
        self._entry = None

    def _perform(
        self, stage: LiveStage, entry: Entry, draft: Draft, hearing: Hearing, now_s: float
    ) -> None:
        pulse, self._on_beat = draft.job.pulse, False
        self._planned_s = entry.at_s if entry.at_s is not None else now_s
        if entry.at_s is not None:
            self._on_beat = pulse is not None
        elif pulse is not None and is_alive(pulse, hearing.last_stroke_s, now_s):
            self._planned_s, self._on_beat = pulse.next_s(now_s), True
        score = Score(draft.answer.phrase, more=not draft.is_whole)
        entry.performance = stage.perform(score, draft.answer.program, self._planned_s)
        if not draft.is_whole:

            def grow(rest: Answer) -> None:
                score.extend(rest.phrase)
                entry.rest = rest

            self._drafts.finish(draft, grow)

    def _write(self, entry: Entry, draft: Draft) -> None:
        """Write the answer where nothing can sound; it counts as played when it is written."""
        performance = entry.performance = Performance(Score(draft.answer.phrase), 0)

        def present(rest: Answer | None) -> None:
            entry.rest = rest
            version = _version(entry, draft)
            files = self._stage().present(version.phrase, version.answer, version.changed)
            performance.is_over.set()
            self.tell("\n".join([self._sentence(entry), *(f"  {path}" for path in files)]))

        if draft.is_whole:
            present(None)
        else:
            self._drafts.finish(draft, present)

    def _stop(self, *, gently: bool, keep: bool) -> None:
        entry, self._entry = self._entry, None
        if entry is None or entry.performance is None:
            return
        stage = self._stage()
        if gently and isinstance(stage, LiveStage):
            stage.give_way()
        if keep:
            self._keep(entry)

    def _keep(self, entry: Entry) -> None:
        if entry.draft is not None and not entry.is_kept:
            entry.is_kept = True
            self._keep_version(_version(entry, entry.draft))

    def _say(self, entry: Entry) -> None:
        self.tell(self._sentence(entry))

    def _sentence(self, entry: Entry) -> str:
        length_s = entry.draft.whole_s if entry.draft else 0.0
        how = replies.how(list(entry.order.items))
        return replies.reply("continue", "done", are_length=replies.are_seconds(length_s), how=how)


def is_fresh(draft: Draft, hearing: Hearing, now_s: float) -> bool:
    """Tell whether a draft misses so little that it is used at once by pedal, word or bar."""
    missed = hearing.memory.strokes - draft.job.strokes
    return missed <= STALE_STROKES and now_s - draft.job.heard_at_s <= STALE_S


def _is_good(draft: Draft, entry: Entry, hearing: Hearing, now_s: float) -> bool:
    """Tell whether a draft answers what was played: all of it, or nearly where that must do."""
    if draft.job.fits(entry.order.request, hearing.memory.strokes):
        return True
    if not draft.job.is_for(entry.order.request) or draft.job.strokes <= entry.answered:
        return False
    fresh = is_fresh(draft, hearing, now_s)
    waited_s = now_s - entry.decided_s
    if entry.cause is Cause.END:
        return fresh and waited_s >= GRACE_S
    return fresh or (waited_s >= PATIENCE_S and hearing.has_phrase_since(draft.job.heard_at_s))


def _version(entry: Entry, draft: Draft) -> Version:
    """Return the answer as far as it was made."""
    answer = draft.answer
    if entry.rest is not None:
        music = joined(answer.phrase, entry.rest.phrase)
        answer = replace(answer, phrase=music, seconds=music.length_s)
    return Version(
        draft.job.phrase, draft.job.request, answer, replies.listed(list(entry.order.items))
    )
