"""How well held-out songs are foreseen, event by event, beside counting and guessing.

All read the same tokens. Nothing is told of conditions or beat, so that no row knows more than the
notes so far. Nats an event, by field; pitch accuracy is how often the likeliest pitch came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from skills.music.evaluation.cases import Figure, interval
from skills.music.evaluation.ngram import NGram
from skills.music.evaluation.seed_network import folded, next_pitch, teach, top_line
from skills.music.generator.checkpoint import Checkpoint
from skills.music.generator.codec import FIELDS, PITCHES, SIZES, encode
from skills.music.generator.features import FEATURES
from skills.music.training.prepare import MusicSet

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

EVENTS = 300
"""Of each held-out song, from a place drawn by seed."""
JUDGED_EVENTS = 6_000
"""Of validation songs, by which the seed project's network is stopped."""
COUNTED_EVENTS = 1_000_000
"""The n-gram counts training songs up to so many events, all corpora alike."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """What one model foresaw, an average of songs with intervals over songs."""

    nats: dict[str, Figure]
    """By field, and "all"; empty where a model gives no such odds."""
    pitch_accuracy: Figure


def _excerpts(
    music: MusicSet, split: str, chance: np.random.Generator, most_events: int, length: int | None
) -> list[FloatArray]:
    """Return notes of songs in random order until there are enough events."""
    found: list[FloatArray] = []
    events = 0
    for song in chance.permutation(music.songs_of(split)):
        if events >= most_events:
            break
        notes = music.song(int(song)).astype(np.float64)
        if length is not None:
            first = int(chance.integers(max(len(notes) - length, 0) + 1))
            notes = notes[first : first + length]
        found.append(notes)
        events += len(notes)
    return found


@torch.inference_mode()
def network_scores(checkpoint: Checkpoint, tokens: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return nats (n - 1, 4) and 1 where the likeliest pitch came (n - 1,)."""
    network = checkpoint.network
    told = torch.from_numpy(tokens)[None]
    nothing = torch.zeros(1, len(tokens) - 1, len(FEATURES))
    style = torch.zeros(1, len(tokens) - 1, dtype=torch.long)
    conditions = network.conditions(nothing, nothing, style)
    logits, _ = network(told[:, :-1], told[:, 1:], conditions)
    wanted = told[0, 1:]
    nats = [
        -row[0].float().log_softmax(-1).gather(1, wanted[:, k : k + 1])[:, 0]
        for k, row in enumerate(logits)
    ]
    right = logits[1][0].argmax(-1) == wanted[:, 1]
    return torch.stack(nats, dim=1).double().numpy(), right.double().numpy()


def _foresight(nats: Sequence[FloatArray], right: Sequence[FloatArray]) -> Foresight:
    songs = np.array([row.mean(axis=0) for row in nats]) if nats else np.zeros((0, 4))
    figures = {name: interval(songs[:, k]) for k, name in enumerate(FIELDS)} if nats else {}
    if nats:
        figures["all"] = interval(songs.sum(axis=1))
    return Foresight(figures, interval(np.array([row.mean() for row in right])))


def _unigram(pieces: Sequence[IntArray]) -> list[FloatArray]:
    """Return the log-odds of each field's tokens, one more than seen of each."""
    every = np.concatenate(pieces)
    counts = [np.bincount(every[:, k], minlength=SIZES[k] + 1) + 1.0 for k in range(4)]
    return [np.log(count / count.sum()) for count in counts]


def compare(
    checkpoint: Checkpoint, music: MusicSet, songs: int, seed: int, split: str = "test"
) -> dict[str, Foresight]:
    """Return the foresight of Encore, the n-gram, a unigram and the last pitch again."""
    chance = np.random.default_rng(seed)
    taught = [encode(n).tokens for n in _excerpts(music, "train", chance, COUNTED_EVENTS, None)]
    held_out = [encode(n).tokens for n in _excerpts(music, split, chance, songs * EVENTS, EVENTS)]
    ngram = NGram()
    ngram.learn(taught)
    odds = _unigram(taught)
    commonest = int(np.argmax(odds[1][:PITCHES]))
    ours = [network_scores(checkpoint, tokens) for tokens in held_out]
    return {
        "encore": _foresight([nats for nats, _ in ours], [right for _, right in ours]),
        "n-gram": _foresight(
            [ngram.score(tokens) for tokens in held_out],
            [ngram.guess_pitch(tokens, 150) for tokens in held_out],
        ),
        "unigram": _foresight(
            [np.stack([-odds[k][t[1:, k]] for k in range(4)], axis=1) for t in held_out],
            [(t[1:, 1] == commonest).astype(np.float64) for t in held_out],
        ),
        "last pitch again": _foresight(
            [], [(t[1:, 1] == t[:-1, 1]).astype(np.float64) for t in held_out]
        ),
    }


def compare_on_tunes(
    checkpoint: Checkpoint,
    music: MusicSet,
    songs: int,
    seed: int,
    seconds: float,
    split: str = "test",
) -> dict[str, Any]:
    """Return who foresees the next pitch of top lines, folded into two octaves.

    The seed project's network is taught the same training songs until validation songs are foreseen
    no better, for so many seconds of processor time at most; its lesson is returned too. All are
    told that a note begins now, and asked which of 24 pitches it is.
    """
    chance = np.random.default_rng(seed)
    taught = _excerpts(music, "train", chance, COUNTED_EVENTS, None)
    held_out = [top_line(n) for n in _excerpts(music, split, chance, songs * EVENTS, EVENTS)]
    judging = _excerpts(music, "val", np.random.default_rng(seed), JUDGED_EVENTS, EVENTS)
    network, lesson = teach(taught, [top_line(notes) for notes in judging], seconds, seed)
    ours = [_folded_scores(checkpoint, line) for line in held_out]
    theirs = [row for row in (next_pitch(network, line) for line in held_out) if len(row[0])]
    again = [folded(line[:, 2]) for line in held_out]
    return {
        "encore": _pitch_only(ours),
        "seed network": _pitch_only(theirs),
        "last pitch again": _foresight(
            [], [(line[1:] == line[:-1]).astype(np.float64) for line in again]
        ),
        "lesson": lesson,
    }


def _pitch_only(scores: Sequence[tuple[FloatArray, FloatArray]]) -> Foresight:
    nats = interval(np.array([row.mean() for row, _ in scores]))
    return Foresight({"pitch": nats}, interval(np.array([row.mean() for _, row in scores])))


@torch.inference_mode()
def _folded_scores(checkpoint: Checkpoint, line: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (nats, right) of the next pitch among the two octaves, given that a note begins."""
    tokens = encode(line).tokens
    network = checkpoint.network
    told = torch.from_numpy(tokens)[None]
    nothing = torch.zeros(1, len(tokens) - 1, len(FEATURES))
    style = torch.zeros(1, len(tokens) - 1, dtype=torch.long)
    logits, _ = network(told[:, :-1], told[:, 1:], network.conditions(nothing, nothing, style))
    odds = logits[1][0].softmax(-1).double().numpy()
    places = folded(np.arange(PITCHES, dtype=np.float64))
    summed = np.stack([odds[:, places == k].sum(axis=1) for k in range(24)], axis=1)
    true = folded(line[1:, 2])
    rows = np.arange(len(true))
    return -np.log(summed[rows, true] + 1e-12), (summed.argmax(1) == true).astype(np.float64)
