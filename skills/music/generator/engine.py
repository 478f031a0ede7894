"""The generator: phrase and request in, an answer out; the only door to the network."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import numpy.typing as npt

from assistant.contract import InputError
from skills.music.generator import gate
from skills.music.generator.answer import Answer
from skills.music.generator.checkpoint import DEFAULT_FOLDER, Checkpoint, load
from skills.music.generator.codec import encode, tidy
from skills.music.generator.features import FEATURES, pitch_classes
from skills.music.generator.model import STYLES
from skills.music.generator.plan import Plan, make_plan
from skills.music.generator.sampling import Drawn, Sampler, Wish
from skills.music.instruments import program_of
from skills.music.notes import Note, Phrase, fold_pitch
from skills.music.request import Request
from skills.music.theory.key import Key, parse_key

FloatArray = npt.NDArray[np.float64]

CANDIDATES = 16
ROUNDS = 4
"""Batches of candidates drawn before giving up on one that is alive."""
LAST_ONSET_S = 0.12
"""No note begins later than this before the end: it could not be heard as a note."""
LOWEST, HIGHEST = 21, 108
"""The keys of a piano."""


class Generator:
    """Makes answers from one loaded model; use it from one thread at a time."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.sampler = Sampler(checkpoint.network)

    @staticmethod
    def load(model_dir: Path | None = None) -> Generator:
        """Load a model folder (the shipped one when None); raises ModelError in one sentence."""
        import torch

        torch.set_num_threads(1)  # more threads than free cores cost thirty times the time
        return Generator(load(model_dir or DEFAULT_FOLDER))

    def generate(self, phrase: Phrase, request: Request, cancelled: Event | None = None) -> Answer:
        """Answer a phrase, or compose when the request says so (the phrase may be empty then).

        The same phrase, request (with its seed) and model give the same notes. Raises InputError
        for an empty phrase; a cancelled turn gives an answer with no notes.
        """
        if request.verb == "compose":
            phrase = _opening(request)
        if not phrase.notes:
            raise InputError("There is nothing to continue yet: play something first.")
        plan = make_plan(phrase, request, self.checkpoint.mean, self.checkpoint.deviation)
        chosen = self._best(plan, request, cancelled)
        if chosen is None:
            notes, report = np.zeros((0, 4)), dict[str, float]()
        else:
            notes, report = chosen.notes, chosen.report
        if request.verb == "compose" and len(notes):
            notes = _with_opening(phrase, notes, plan.seconds)
        return Answer(
            phrase=_perform(notes, plan, request),
            seconds=plan.seconds,
            seed=request.seed,
            program=program_of(request.instrument),
            tempo_bpm=plan.tempo_bpm,
            report=report,
            model=self.checkpoint.sha256,
        )

    def _best(self, plan: Plan, request: Request, cancelled: Event | None) -> gate.Judged | None:
        """Draw until a candidate is alive; the least bad of all rounds is mended if none is."""
        heard_notes = tidy(plan.heard)
        heard = self.sampler.listen(encode(heard_notes, plan.flat_velocity is None))
        opening = request.verb == "compose"
        wish = Wish(
            features=plan.target,
            said=plan.said,
            style=_style(request),
            seconds=plan.seconds * plan.stretch,
            handover_s=0.0 if opening else plan.handover_s,
            guidance=plan.guidance,
            temperature=plan.temperature,
            pitch_bias=plan.pitch_bias,
            candidates=CANDIDATES,
        )
        standard = self._standard(plan, heard_notes, opening)
        leftovers: list[Drawn] = []
        for seed in _seeds(request.seed):
            drawn = self.sampler.draw(heard, replace(wish, seed=seed), cancelled)
            if cancelled is not None and cancelled.is_set():
                return None
            judged = [gate.judge(d, _cut(d.notes, wish.seconds), standard) for d in drawn]
            chosen = gate.best(judged)
            if chosen is not None:
                return chosen
            leftovers += drawn
        notes = mend(max((d.notes for d in leftovers), key=len), heard_notes, wish.seconds)
        return gate.Judged(notes, 0.0, {"notes": float(len(notes)), "mended": 1.0})

    def _standard(self, plan: Plan, heard_notes: FloatArray, opening: bool) -> gate.Standard:
        profile = plan.key_profile
        if profile is None and not opening:
            heard = pitch_classes(heard_notes)
            profile = heard / (np.linalg.norm(heard) + 1e-9)
        weights = plan.weights.copy()
        if plan.flat_velocity is not None:
            for name in ("velocity_mean", "velocity_spread"):
                weights[FEATURES.index(name)] = 0.0
        return gate.Standard(
            target=plan.target,
            weights=weights,
            key_weight=plan.key_weight,
            mean=self.checkpoint.mean,
            deviation=self.checkpoint.deviation,
            key_profile=profile,
            phrase=np.zeros((0, 4)) if opening else heard_notes,
            seconds=plan.seconds * plan.stretch,
        )


def _seeds(seed: int) -> list[int]:
    """Return one seed a round, all derived from the request's."""
    rounds = [hashlib.sha256(f"{seed}:{k}".encode()).digest()[:7] for k in range(ROUNDS)]
    return [int.from_bytes(r, "big") for r in rounds]


def _cut(notes: FloatArray, seconds: float) -> FloatArray:
    """Cut to the asked length; what sounds last is held to the very end."""
    inside = tidy(notes[notes[:, 0] <= max(seconds - LAST_ONSET_S, 0.0)])
    if not len(inside):
        return inside
    inside[:, 1] = np.minimum(inside[:, 1], seconds)
    last = inside[:, 0] >= inside[-1, 0] - 0.06
    inside[last, 1] = seconds
    return inside


def mend(notes: FloatArray, heard: FloatArray, seconds: float) -> FloatArray:
    """Make the least bad candidate music: flickers are held, and the phrase's pitches added."""
    kept = _cut(notes, seconds)
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


def _perform(notes: FloatArray, plan: Plan, request: Request) -> Phrase:
    """Bring drawn notes to the asked tempo, register, loudness and exact length."""
    played = []
    for start, end, pitch, velocity in notes.tolist():
        start, end = start / plan.stretch, min(end / plan.stretch, plan.seconds)
        if end - start < 1e-3:
            continue
        height = fold_pitch(int(pitch) + request.register_shift)
        while height < LOWEST:
            height += 12
        while height > HIGHEST:
            height -= 12
        loudness = plan.flat_velocity or int(velocity)
        loudness = int(np.clip(loudness + request.velocity_shift, 1, 127))
        played.append(Note(start, height, end - start, loudness))
    return Phrase(tuple(played), plan.seconds)


def _opening(request: Request) -> Phrase:
    """Return the chord that a composition grows from: the tonic, in a key by request or seed."""
    if request.key:
        key = parse_key(request.key)
    else:
        chance = np.random.default_rng([request.seed, 7])
        dark = request.mood in ("sad", "tense", "dark")
        key = Key(int(chance.integers(12)), "minor" if dark else "major")
    root = 48 + (key.tonic + 5) % 12 - 5
    third = 3 if key.mode == "minor" else 4
    quiet = request.mood in ("sad", "calm", "dreamy", "dark", "romantic")
    pitches = (root - 12, root + 7, root + 12, root + 12 + third)
    return Phrase(tuple(Note(0.0, p, 0.9, 56 if quiet else 76) for p in pitches))


def _with_opening(opening: Phrase, notes: FloatArray, seconds: float) -> FloatArray:
    rows = opening.to_array()
    return tidy(np.concatenate([rows[rows[:, 0] < seconds], notes]))


def _style(request: Request) -> int:
    """Return the index of the asked style; 0 when none was asked or the music taught none."""
    return STYLES.index(request.style) if request.style in STYLES else 0
