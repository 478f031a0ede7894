"""Phrases as event tokens and back: (time shift, pitch, duration, velocity), expressive time.

Time is in seconds, free of any tempo. Shifts below half a second are kept to 10 ms, the step at
which a played groove survives; longer ones are coarser, as is hearing. Shifts are taken against
the time that the decoder will reach, so rounding never adds up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

SHIFTS_S: FloatArray = np.concatenate(
    [
        np.arange(0, 50) * 0.01,  # a groove needs 10 ms
        0.5 + np.arange(0, 25) * 0.02,
        1.0 + np.arange(0, 20) * 0.05,
        2.0 + np.arange(0, 11) * 0.2,
    ]
)
"""Seconds from the onset before, one per shift token; the longest is 4 s."""
DURATIONS_S: FloatArray = np.geomspace(0.03, 8.0, 64)
"""Seconds, one per duration token; neighbours are 9 % apart."""
DURATION_RATIO = float(DURATIONS_S[1] / DURATIONS_S[0])
_SHIFT_BY_MS = np.abs(np.arange(4201)[:, None] / 1000 - SHIFTS_S[None]).argmin(axis=1).tolist()
PITCHES = 128
VELOCITY_STEP = 4
VELOCITIES = 128 // VELOCITY_STEP
UNKNOWN_VELOCITY = VELOCITIES
"""Input token of a note whose loudness is not known (scores); it is never an output."""

FIELDS = ("shift", "pitch", "duration", "velocity")
SIZES = (len(SHIFTS_S), PITCHES, len(DURATIONS_S), VELOCITIES)
ONSET_GRID_S = 0.01
HEARD_S = 30.0
"""At least this much of a phrase's end is read, where there is as much."""
HEARD_STEP_S = 15.0
"""What is read begins at a whole multiple of this, so that it stays the same for a while."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A phrase as tokens."""

    tokens: IntArray
    """(events, 4): shift, pitch, duration, velocity tokens."""
    onsets_s: FloatArray
    """(events,): the onset that the shifts add up to, from the first onset's true time."""


def heard_from_s(length_s: float) -> float:
    """Return from when on a phrase of this length is read, seconds from its start."""
    return max(0.0, (length_s - HEARD_S) // HEARD_STEP_S * HEARD_STEP_S)


def tidy(notes: FloatArray) -> FloatArray:
    """Return rows (start_s, end_s, pitch, velocity) as one piano would play them.

    Rows are ordered by onset (to 10 ms) and pitch; a key struck again ends its note before, and of
    two notes on one key at one time the longer stays.
    """
    if not len(notes):
        return notes.reshape(0, 4)
    rows = notes[np.lexsort((-notes[:, 1], notes[:, 2], np.round(notes[:, 0] / ONSET_GRID_S)))]
    kept: list[FloatArray] = []
    last_on_key: dict[int, FloatArray] = {}
    for row in rows:
        before = last_on_key.get(int(row[2]))
        if before is not None and row[0] - before[0] < ONSET_GRID_S:
            continue
        if before is not None and before[1] > row[0]:
            before[1] = row[0]
        fresh = row.copy()
        last_on_key[int(row[2])] = fresh
        kept.append(fresh)
    return np.array(kept)


def nearest(values: FloatArray, table: FloatArray) -> IntArray:
    """Return for each value the index of the nearest entry of an ascending table."""
    right = np.clip(np.searchsorted(table, values), 1, len(table) - 1)
    left = right - 1
    return np.where(values - table[left] <= table[right] - values, left, right).astype(np.int64)


def encode(
    notes: FloatArray, velocity_known: bool = True, reached_s: float | None = None
) -> Encoded:
    """Turn tidied rows (start_s, end_s, pitch, velocity) into tokens.

    reached_s: where the shifts of the events before have come to, when these rows go on from them;
    None = the first shift is 0.
    """
    count = len(notes)
    tokens = np.zeros((count, 4), dtype=np.int64)
    onsets = np.zeros(count)
    if not count:
        return Encoded(tokens, onsets)
    reached = float(notes[0, 0]) if reached_s is None else reached_s
    shifts_s = SHIFTS_S.tolist()
    for i, onset in enumerate(notes[:, 0].tolist()):
        gap = onset - reached
        token = _SHIFT_BY_MS[min(max(int(gap * 1000 + 0.5), 0), 4200)]
        # of a silence longer than the longest shift the rest is forgotten: the clock starts anew
        reached = onset if gap > shifts_s[-1] + 0.2 else reached + shifts_s[token]
        tokens[i, 0], onsets[i] = token, reached
    tokens[:, 1] = notes[:, 2].astype(np.int64)
    log_durations = np.log(np.clip(notes[:, 1] - notes[:, 0], DURATIONS_S[0], DURATIONS_S[-1]))
    tokens[:, 2] = nearest(log_durations, np.log(DURATIONS_S))
    velocity = np.clip(notes[:, 3].astype(np.int64) // VELOCITY_STEP, 0, VELOCITIES - 1)
    tokens[:, 3] = velocity if velocity_known else UNKNOWN_VELOCITY
    return Encoded(tokens, onsets)


def decode(tokens: IntArray, start_s: float = 0.0) -> FloatArray:
    """Turn tokens (events, 4) into rows (start_s, end_s, pitch, velocity)."""
    onsets = start_s + np.cumsum(SHIFTS_S[tokens[:, 0]])
    velocity = np.minimum(tokens[:, 3], VELOCITIES - 1) * VELOCITY_STEP + VELOCITY_STEP // 2
    return np.stack(
        [
            onsets,
            onsets + DURATIONS_S[tokens[:, 2]],
            tokens[:, 1].astype(np.float64),
            np.clip(velocity, 1, 127).astype(np.float64),
        ],
        axis=1,
    )
