"""The generator: phrase and request in, an answer out; the only door to the network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import numpy as np
import numpy.typing as npt

from assistant.contract import InputError
from skills.music.generator import gate
from skills.music.generator.answer import Answer
from skills.music.generator.checkpoint import DEFAULT_FOLDER, Checkpoint, load
from skills.music.generator.codec import Encoded, encode, tidy
from skills.music.generator.critic import Critic
from skills.music.generator.ear import Ear
from skills.music.generator.features import CHORD_S, pitch_classes
from skills.music.generator.hand import Hand, read_hand, take_over
from skills.music.generator.model import STYLES
from skills.music.generator.performing import first_chord, perform, with_opening
from skills.music.generator.plan import Plan, make_plan
from skills.music.generator.pulse import Beat
from skills.music.generator.sampling import Heard, Sampler, Wish
from skills.music.generator.sounding import held_on
from skills.music.generator.told_beat import beat_to_tell
from skills.music.generator.touch import shaped
from skills.music.generator.traits import Reference
from skills.music.instruments import program_of
from skills.music.notes import Phrase
from skills.music.request import Request

FloatArray = npt.NDArray[np.float64]

CANDIDATES, LATER_CANDIDATES = 32, 64
"""Of the first part, and of each later one where nothing is pushed: the first is waited for."""
FREE_CANDIDATES = 16
"""Of each part where there is no phrase: no critic chooses, and more of them gain nothing (over 40
compositions of 8 kinds the gate's mean score is 9.97 with 32 and 64, 9.96 with 16, 9.54 with 8)."""
BEGINNINGS = 4
"""So many of the best beginnings are gone on with."""
ROUNDS = 4
"""Answers begun anew before giving up on one that is alive."""
PART_S = 2.5
"""An answer grows in parts of about this length; the gate chooses among the candidates of each."""
WHOLE_PARTS, SETTLED_PARTS = 3, 2
"""An answer of more parts is settled piece by piece, the first part and then two at a time: only
the best beginning is gone on with then, so that it can sound while the rest is made."""
LAST_ONSET_S = 0.08
"""No note begins later than this before the end: it could not be heard as a note."""
Grown = Callable[[Answer], None]
"""Takes an answer as far as it is settled: ``seconds`` of it, but for the last ``SEAM_S``."""


@dataclass(frozen=True, slots=True)
class Start:
    """A phrase, heard: where all candidates set out from."""

    plan: Plan
    heard: Heard
    notes: FloatArray
    """(n, 4) the phrase as the network read it; its end is at ``plan.handover_s``."""
    hand: Hand
    wish: Wish
    standard: gate.Standard


@dataclass(frozen=True, slots=True)
class Begun:
    """The beginning of an answer, and where what goes on from it sets out."""

    notes: FloatArray
    """(n, 4)."""
    heard: Heard


class Generator:
    """Makes answers from one loaded model; any thread may call it.

    Nothing changes after loading but what the ear keeps, which has a lock: answers that are made at
    the same time have the notes that they would have one after the other, each only later.
    """

    def __init__(self, checkpoint: Checkpoint, critic: Critic | None = None) -> None:
        self.checkpoint = checkpoint
        self.critic = critic
        self.sampler = Sampler(checkpoint.network)
        self.ear = Ear(self.sampler)
        """Has read what was played before: feed it while somebody plays."""

    @staticmethod
    def load(model_dir: Path | None = None) -> Generator:
        """Load a model folder (the shipped one when None); raises ModelError in one sentence."""
        import torch

        torch.set_num_threads(1)  # more threads than free cores cost thirty times the time
        folder = model_dir or DEFAULT_FOLDER
        return Generator(load(folder), Critic.load(folder))

    def generate(
        self,
        phrase: Phrase,
        request: Request,
        cancelled: Event | None = None,
        heard: Heard | None = None,
        *,
        grown: Grown | None = None,
    ) -> Answer:
        """Answer a phrase, or compose when the request says so (the phrase may be empty then).

        The same phrase, request (with its seed) and model give the same notes. Raises InputError
        for an empty phrase; a cancelled turn gives an answer with no notes. heard: the network's
        state after the phrase when it was read while it was played; read here otherwise. grown
        takes each settled piece of a long answer while the rest is made.
        """
        if request.verb == "compose":
            phrase, heard = first_chord(request), None
        start = self.start(phrase, request, heard)

        def performed(notes: FloatArray, report: dict[str, float], plan: Plan) -> Answer:
            if request.verb == "compose" and len(notes):
                notes = with_opening(phrase, notes, plan.seconds)
            return self._performed(notes, report, plan, request)

        def settled(judged: gate.Judged, end_s: float) -> None:
            if grown is not None:
                plan = replace(start.plan, seconds=end_s / start.plan.stretch)
                grown(performed(judged.notes, judged.report, plan))

        chosen = self._best(start, request, cancelled, settled)
        if chosen is None:
            return performed(np.zeros((0, 4)), {}, start.plan)
        return performed(chosen.notes, chosen.report, start.plan)

    def _performed(
        self, notes: FloatArray, report: dict[str, float], plan: Plan, request: Request
    ) -> Answer:
        return Answer(
            phrase=perform(notes, plan, request),
            seconds=plan.seconds,
            seed=request.seed,
            program=program_of(request.instrument),
            tempo_bpm=plan.tempo_bpm,
            report=report,
            model=self.checkpoint.sha256,
        )

    def start(self, phrase: Phrase, request: Request, heard: Heard | None = None) -> Start:
        """Plan the answer to a phrase and hear it; raises InputError when it has no notes."""
        if not phrase.notes:
            raise InputError("There is nothing to continue yet: play something first.")
        plan = make_plan(phrase, request, self.checkpoint.mean, self.checkpoint.deviation)
        notes = tidy(plan.heard)
        if heard is None or request.key or plan.octaves:  # the phrase is moved before it is heard
            heard = self.ear.listen(encode(held_on(notes, plan.handover_s)))
        opening = request.verb == "compose"
        hand = Hand() if opening else read_hand(notes, plan.handover_s)
        wish = Wish(
            features=plan.target,
            said=plan.said,
            style=_style(request),
            seconds=plan.seconds * plan.stretch,
            handover_s=0.0 if opening else plan.handover_s,
            guidance=plan.guidance,
            temperature=plan.temperature,
            top_p=plan.top_p,
            pitch_bias=plan.pitch_bias,
            beat=None if opening else beat_to_tell(plan.pulse, hand, plan.handover_s),
            candidates=FREE_CANDIDATES if opening else CANDIDATES,
        )
        return Start(plan, heard, notes, hand, wish, self._standard(plan, notes, opening))

    def _best(
        self,
        start: Start,
        request: Request,
        cancelled: Event | None,
        settled: Callable[[gate.Judged, float], None],
    ) -> gate.Judged | None:
        """Grow answers until one is alive; the least bad of all rounds is mended if none is.

        What is settled is not taken back: who hears it is in the middle of it.
        """
        longest = np.zeros((0, 4))
        ends_s = parts(start.wish.seconds)
        for seed in _seeds(request.seed):
            is_settled = is_alive = False
            for number, judged in enumerate(self.grow(start, seed, cancelled)):
                chosen = max(judged, key=lambda j: j.score)
                longest = max(longest, *(j.notes for j in judged), key=len)
                is_alive = not gate.degenerate(chosen.notes)
                if settles(number, len(ends_s)):
                    if not (is_alive or is_settled):
                        break
                    is_settled = True
                    settled(chosen, ends_s[number])
            if cancelled is not None and cancelled.is_set():
                return None
            if is_alive or is_settled:
                return chosen
        notes = mend(longest, start.notes, start.wish.seconds)
        return gate.Judged(notes, 0.0, {"notes": float(len(notes)), "mended": 1.0})

    def grow(
        self, start: Start, seed: int, cancelled: Event | None = None
    ) -> Iterator[list[gate.Judged]]:
        """Yield the judged candidates of each part of one answer; each part goes on from the best.

        The notes of a candidate are those of all parts so far, cut to the end of its part. A few
        beginnings are kept, so that the last choice is among wholes that differ from the start.
        """
        chance = np.random.default_rng(seed)
        kept, begun_s = [Begun(np.zeros((0, 4)), start.heard)], 0.0
        ends_s = parts(start.wish.seconds)
        for number, end_s in enumerate(ends_s):
            wish = replace(
                start.wish,
                seconds=end_s - begun_s,
                handover_s=start.wish.handover_s + begun_s,
                beat=_later(start.wish.beat, begun_s),
                first_within_s=start.wish.longest_gap_s if number else start.wish.first_within_s,
                seed=int(chance.integers(2**62)),
            )
            if number and wish.guidance == 1.0 and start.standard.reference is not None:
                wish = replace(wish, candidates=LATER_CANDIDATES)
            drawn = self.sampler.draw([begun.heard for begun in kept], wish, cancelled)
            if cancelled is not None and cancelled.is_set():
                return
            wholes = [_joined(start, kept[d.origin].notes, d.notes, begun_s) for d in drawn]
            last = number == len(ends_s) - 1
            heard_so_far = [cut(w, end_s, LAST_ONSET_S if last else 0.0) for w in wholes]
            judged = gate.judge(
                heard_so_far, replace(start.standard, end_s=end_s), chance, whole=last
            )
            yield judged
            if not last:
                kept_most = 1 if settles(number, len(ends_s)) else BEGINNINGS
                best = np.argsort([-j.score for j in judged], kind="stable")[:kept_most]
                notes = [wholes[k][wholes[k][:, 0] < end_s - 1e-6] for k in best.tolist()]
                kept, begun_s = [Begun(n, self._heard_on(start, n)) for n in notes], end_s

    def drafts(self, start: Start, seed: int, count: int) -> list[FloatArray]:
        """Return drawn answers (n, 4) in the phrase's hand that nobody judged, not yet cut."""
        wish = replace(start.wish, candidates=count, seed=seed)
        drawn = self.sampler.draw(start.heard, wish)
        return [_joined(start, np.zeros((0, 4)), d.notes, 0.0) for d in drawn]

    def _heard_on(self, start: Start, notes: FloatArray) -> Heard:
        """Return the state after the phrase and the answer's notes so far."""
        if not len(notes):
            return start.heard
        moved = notes + np.array([start.wish.handover_s, start.wish.handover_s, 0.0, 0.0])
        last = start.notes[-1:].copy()
        last[0, 0] = min(start.heard.clock_s, moved[0, 0])
        both = encode(np.concatenate([last, moved]))
        return self.sampler.listen(Encoded(both.tokens[1:], both.onsets_s[1:]), start.heard)

    def _standard(self, plan: Plan, notes: FloatArray, opening: bool) -> gate.Standard:
        profile = plan.key_profile
        if profile is None and not opening:
            heard = pitch_classes(notes)
            profile = heard / (np.linalg.norm(heard) + 1e-9)
        return gate.Standard(
            target=plan.target,
            direction=plan.direction,
            importance=plan.importance,
            mean=self.checkpoint.mean,
            deviation=self.checkpoint.deviation,
            key_profile=profile,
            phrase=np.zeros((0, 4)) if opening else notes,
            seconds=plan.seconds * plan.stretch,
            pace=plan.pace,
            reference=None if opening else Reference.of(notes, plan.handover_s),
            critic=self.critic,
            weights=plan.weights,
        )


def _seeds(seed: int) -> list[int]:
    """Return one seed a round, all derived from the request's."""
    rounds = [hashlib.sha256(f"{seed}:{k}".encode()).digest()[:7] for k in range(ROUNDS)]
    return [int.from_bytes(r, "big") for r in rounds]


def _later(beat: Beat | None, begun_s: float) -> Beat | None:
    """Return a pulse on a clock that begins so much later."""
    if beat is None:
        return None
    first_beat_s, first_bar_s = beat.first_beat_s - begun_s, beat.first_bar_s - begun_s
    return replace(beat, first_beat_s=first_beat_s, first_bar_s=first_bar_s)


def parts(seconds: float) -> list[float]:
    """Return where the parts of an answer end, seconds."""
    count = max(1, round(seconds / PART_S))
    return [seconds * (k + 1) / count for k in range(count)]


def settles(number: int, count: int) -> bool:
    """Tell whether an answer of ``count`` parts is settled up to the end of part ``number``."""
    return count > WHOLE_PARTS and number % SETTLED_PARTS == 0 and number < count - 1


def _joined(start: Start, so_far: FloatArray, drawn: FloatArray, begun_s: float) -> FloatArray:
    """Return the notes so far and the drawn ones, in the phrase's own hand and loudness."""
    fresh = tidy(drawn + np.array([begun_s, begun_s, 0.0, 0.0]))
    clock_s = start.wish.handover_s
    fresh = take_over(start.hand, fresh, clock_s, start.plan.touch is None)
    if start.plan.touch is not None:
        fresh = shaped(fresh, start.plan.touch)
    elif start.plan.flat_velocity is not None:
        fresh[:, 3] = start.plan.flat_velocity
    return tidy(np.concatenate([so_far, fresh[fresh[:, 0] >= begun_s - 0.02]]))


def cut(notes: FloatArray, seconds: float, last_onset_s: float = LAST_ONSET_S) -> FloatArray:
    """Cut to the asked length; if nothing sounds at its end, what began last is held to it."""
    inside = tidy(notes[notes[:, 0] <= max(seconds - last_onset_s, 0.0)])
    if not len(inside):
        return inside
    inside[:, 1] = np.minimum(inside[:, 1], seconds)
    if last_onset_s and inside[:, 1].max() < seconds - 1e-3:
        inside[inside[:, 0] >= inside[-1, 0] - CHORD_S, 1] = seconds
    return inside[inside[:, 1] > inside[:, 0] + 1e-3]


def mend(notes: FloatArray, heard: FloatArray, seconds: float) -> FloatArray:
    """Make the least bad candidate music: flickers are held, and the phrase's pitches added."""
    kept = cut(notes, seconds)
    if len(kept):
        kept[:, 1] = np.maximum(kept[:, 1], np.minimum(kept[:, 0] + 0.12, seconds))
    if not gate.degenerate(kept):
        return kept
    pitches = (
        heard[-4:, 2] if len(set(heard[-4:, 2])) > 1 else heard[-1, 2] + np.array([0, 7, 4, 0])
    )
    onsets = np.linspace(0.0, seconds, len(pitches), endpoint=False)
    ends = np.append(onsets[1:], seconds)
    return np.stack([onsets, ends, pitches, np.full(len(pitches), heard[-1, 3])], axis=1)


def _style(request: Request) -> int:
    """Return the index of the asked style; 0 when none was asked or the music taught none."""
    return STYLES.index(request.style) if request.style in STYLES else 0
