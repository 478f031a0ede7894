"""Lattice-free maximum mutual information over phones (Povey et al., Interspeech 2016).

The spoken phone sequence (numerator) is compared with every sequence that a phone trigram allows
(denominator). Both are summed over all alignments of a chunk; the numerator may leave the given
alignment by a few frames.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from speech.chunks import NO_LABEL
from speech.phones import CLASSES

STAY = 0.5
"""Chance that a phone lasts one output frame (30 ms) longer, as in the graph."""
TOLERANCE = 2
"""Output frames by which a phone may begin earlier or end later than aligned."""
_IMPOSSIBLE = -1e4


def runs(labels: npt.NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Equal neighbours joined: (class, first frame, end frame), up to the first NO_LABEL."""
    found: list[tuple[int, int, int]] = []
    for at, label in enumerate(labels.tolist()):
        if label == NO_LABEL:
            break
        if found and found[-1][0] == label:
            found[-1] = (label, found[-1][1], at + 1)
        else:
            found.append((label, at, at + 1))
    return found


def phone_trigram(sequences: list[list[int]]) -> Tensor:
    """P(next | two before), (classes, classes, classes), smoothed by bigram and unigram.

    No phone follows itself: a longer phone is the self-loop's matter.
    """
    count = len(CLASSES)
    three = np.zeros((count, count, count))
    for sequence in sequences:
        one, two, next_ = (np.array(sequence[k : len(sequence) - 2 + k]) for k in range(3))
        if len(sequence) > 2:
            np.add.at(three, (one, two, next_), 1)
    two_counts = three.sum(axis=0)
    unigram = (two_counts.sum(axis=0) + 1) / (two_counts.sum() + count)
    bigram = (two_counts + 20 * unigram) / (two_counts.sum(axis=1, keepdims=True) + 20)
    trigram = (three + 10 * bigram) / (three.sum(axis=2, keepdims=True) + 10)
    trigram[:, np.arange(count), np.arange(count)] = 0
    return torch.tensor(trigram / trigram.sum(axis=2, keepdims=True), dtype=torch.float32)


def denominator(scores: Tensor, mask: Tensor, trigram: Tensor) -> Tensor:
    """Log sum over all phone sequences.

    Args:
        scores: (batch, time, classes).
        mask: (batch, time), true where there is speech to explain.
        trigram: from phone_trigram.

    Returns:
        (batch,).
    """
    batch, time, count = scores.shape
    peak = scores.detach().amax(dim=2)
    chance = (scores - peak[:, :, None]).exp()
    by_middle = trigram.transpose(0, 1)  # (middle, before, next)
    state = torch.full((batch, count, count), 1.0 / count**2)  # (batch, before, now)
    total = torch.zeros(batch)
    for at in range(time):
        if at:
            # (now, batch, before) @ (now, before, next): the old "now" becomes "before".
            moved = torch.bmm(state.permute(2, 0, 1), by_middle).transpose(0, 1)
            advanced = STAY * state + (1 - STAY) * moved
        else:
            advanced = state
        advanced = advanced * chance[:, at, None, :]
        norm = advanced.sum(dim=(1, 2)).clamp_min(1e-30)
        live = mask[:, at]
        total = total + torch.where(live, norm.log() + peak[:, at], torch.zeros(()))
        state = torch.where(live[:, None, None], advanced / norm[:, None, None], state)
    return total


def numerator(scores: Tensor, labels: npt.NDArray[np.int64]) -> Tensor:
    """Log sum over the alignments of the spoken phones near the given one, (batch,)."""
    batch, time, _ = scores.shape
    spoken = [runs(row) for row in labels]
    longest = max(len(row) for row in spoken)
    order = np.zeros((batch, longest), np.int64)
    allowed = np.zeros((batch, time, longest), bool)
    last = np.array([max(len(row) - 1, 0) for row in spoken])
    for index, row in enumerate(spoken):
        for place, (label, begin, end) in enumerate(row):
            order[index, place] = label
            allowed[index, max(0, begin - TOLERANCE) : end + TOLERANCE, place] = True
    picked = torch.gather(scores, 2, torch.tensor(order)[:, None, :].expand(-1, time, -1))
    picked = picked.masked_fill(~torch.tensor(allowed), _IMPOSSIBLE)
    mask = torch.tensor(labels != NO_LABEL)
    state = torch.full((batch, longest), _IMPOSSIBLE)
    state[:, 0] = 0.0
    state = state + picked[:, 0]
    floor = torch.full((batch, 1), _IMPOSSIBLE)
    for at in range(1, time):
        entered = torch.cat([floor, state[:, :-1]], dim=1)
        advanced = torch.logaddexp(state, entered) + float(np.log(STAY)) + picked[:, at]
        state = torch.where(mask[:, at, None], advanced, state)
    return state.gather(1, torch.tensor(last)[:, None])[:, 0]


def mmi_loss(scores: Tensor, labels: npt.NDArray[np.int64], trigram: Tensor) -> Tensor:
    """Mean of denominator minus numerator over the frames of a batch."""
    mask = torch.tensor(labels != NO_LABEL)
    spoken = mask[:, 0]
    lost = denominator(scores, mask, trigram) - numerator(scores, labels)
    return torch.where(spoken, lost, torch.zeros(())).sum() / mask.sum()
