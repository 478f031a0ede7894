"""Phrases from and to Standard MIDI Files, whoever wrote them.

Reading follows tempo maps, running status and the file types 0 (one track), 1 (tracks together)
and 2 (patterns one after the other). Drums (channel 10) are left out: a phrase is pitched. A note
lasts as long as it sounds: until its key is up and the sustain pedal too, or is struck again.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import mido
import numpy as np
import numpy.typing as npt

from assistant.contract import InputError
from skills.music.files import written_whole
from skills.music.midi_clock import kept_clock
from skills.music.midi_metre import timed, written_metre
from skills.music.midi_pedal import DECAY_S, Changes, pedal_change, silent_tick
from skills.music.midi_repair import repaired
from skills.music.notes import Metre, Note, Phrase

MAX_FILE_BYTES = 10_000_000
MAX_MUSIC_S = 3 * 3600.0
MAX_NOTES = 100_000
DRUM_CHANNEL = 9
"""Channel 10, counted from 0."""
DEFAULT_TEMPO_US = 500_000
"""Microseconds a beat until a file says otherwise: 120 beats a minute (SMF 1.0)."""
MAX_REST_S = 2.0
"""A file that ends longer than this after its last note says nothing about the phrase's length."""
MIN_NOTE_S = 1e-6
"""What is shorter after the arithmetic is a note of no length."""

Key = tuple[int, int]
"""Channel and pitch."""


def read_phrase(path: Path | str) -> Phrase:
    """Return the notes of a MIDI file; time 0 is the start of the file.

    The phrase lasts until the file's end, so that a closing rest counts, or until its last note
    where the file goes on for more than two seconds after it.

    Raises InputError with one sentence when the file is missing, is no MIDI file, cannot be
    mended, holds no notes, or is too long (10 MB, 3 hours or 100,000 notes).
    """
    path = Path(path)
    midi = _parsed(_file_bytes(path), path)
    notes: list[Note] = []
    end_s = 0.0
    for tracks in _parts(midi):
        if _strokes(tracks) + len(notes) > MAX_NOTES:
            raise InputError(f"{path} holds more than 100,000 notes, which is too long.")
        part, part_s = _part_notes(tracks, midi.ticks_per_beat)
        notes.extend(_moved(part, end_s))
        end_s += part_s
    if not notes:
        raise InputError(f"{path} holds {_what_else(midi)}.")
    last_s = max(n.end_s for n in notes)
    if last_s > MAX_MUSIC_S:
        raise InputError(f"{path} lasts longer than 3 hours, which no phrase does.")
    length_s = end_s if end_s - last_s <= MAX_REST_S else 0.0
    return Phrase(tuple(on_one_keyboard(notes)), length_s, _metre(midi))


def write_phrase(
    phrase: Phrase, path: Path | str, program: int = 0, tempo_bpm: float | None = None
) -> None:
    """Write a phrase as a MIDI file of one track, channel 1, or leave the old file as it was.

    ``program`` is the General MIDI sound, 0..127. The tempo (120 beats a minute when None) changes
    the grid that a notation program shows, not when notes sound: times are kept within 0.6 ms.
    Raises InputError with a sentence when the file cannot be written.
    """
    if not 0 <= program <= 127:
        raise ValueError(f"program must be in 0..127, not {program}")
    tempo_us = mido.bpm2tempo(tempo_bpm or 120.0)
    tempo_us, ticks_per_beat = kept_clock(phrase, tempo_us)
    midi = mido.MidiFile(type=0, ticks_per_beat=ticks_per_beat)
    ticks_per_s = 1e6 * midi.ticks_per_beat / tempo_us
    track = midi.add_track()
    track.append(mido.MetaMessage("set_tempo", tempo=tempo_us))
    track.append(mido.Message("program_change", program=program))
    now = 0
    for tick, _, message in sorted(_timed_messages(phrase, ticks_per_s), key=lambda m: m[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    end = max(now, round(phrase.length_s * ticks_per_s))
    track.append(mido.MetaMessage("end_of_track", time=end - now))
    with written_whole(Path(path)) as part:
        midi.save(part)


# ------------------------------------------------------------------ reading


def _file_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder, not a MIDI file.")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except PermissionError:
        raise InputError(f"There is no permission to read {path}.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read {path}: {error}.") from error
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"{path} is larger than 10 MB, which no phrase is.")
    return data


def _parsed(data: bytes, path: Path) -> Any:
    start = data.find(b"MThd", 0, 64)  # a RIFF wrapper puts a few bytes before it
    if start < 0:
        raise InputError(f"{path} is not a MIDI file.")
    for mend in (bytes, repaired):
        try:
            midi = mido.MidiFile(file=io.BytesIO(mend(data[start:])), clip=True)
        except Exception:  # mido raises a dozen kinds on damaged files
            continue
        if midi.ticks_per_beat != 0:
            return midi
    raise InputError(f"{path} is a damaged MIDI file that cannot be read.")


def _parts(midi: Any) -> list[list[Any]]:
    """Return lists of tracks that sound together; the lists follow one another."""
    return [[track] for track in midi.tracks] if midi.type == 2 else [midi.tracks]


def _metre(midi: Any) -> Metre | None:
    parts = _parts(midi)
    return written_metre(parts[0], midi.ticks_per_beat) if len(parts) == 1 else None


def _part_notes(tracks: Sequence[Any], division: int) -> tuple[list[Note], float]:
    """Return the notes of tracks that share one tempo map, and their end in seconds."""
    tempos, ons, offs, end = _events(tracks)
    ticks, velocities = _spans(ons, offs, _pedals(tracks), end)
    seconds = _seconds(np.array([*ticks.ravel(), end], dtype=np.float64), tempos, division)
    spans = seconds[:-1].reshape(-1, 3)
    spans[:, 2] = np.minimum(spans[:, 2], spans[:, 1] + DECAY_S)
    notes = [
        Note(float(start), pitch, float(silent - start), velocity)
        for (start, released, silent), (pitch, velocity) in zip(spans, velocities, strict=True)
        if released - start > MIN_NOTE_S
    ]
    return notes, float(seconds[-1])


def _events(
    tracks: Sequence[Any],
) -> tuple[list[tuple[int, int]], dict[Key, list[tuple[int, int]]], dict[Key, list[int]], int]:
    """Return tempos (tick, microseconds), note-ons (tick, velocity), note-offs, the last tick."""
    tempos: list[tuple[int, int]] = []
    ons: dict[Key, list[tuple[int, int]]] = defaultdict(list)
    offs: dict[Key, list[int]] = defaultdict(list)
    end = 0
    for tick, message in timed(tracks):
        end = max(end, tick)
        if message.type == "set_tempo" and message.tempo > 0:
            tempos.append((tick, message.tempo))
        elif message.type in {"note_on", "note_off"} and message.channel != DRUM_CHANNEL:
            key = (message.channel, message.note)
            if message.type == "note_on" and message.velocity > 0:
                ons[key].append((tick, message.velocity))
            else:
                offs[key].append(tick)
    return sorted(tempos), ons, offs, end


def _pedals(tracks: Sequence[Any]) -> dict[int, list[tuple[int, bool]]]:
    """Return what the sustain pedal of each channel does: (tick, down) in order."""
    pedals: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for tick, message in timed(tracks):
        if (down := pedal_change(message)) is not None:
            pedals[message.channel].append((tick, down))
    return {channel: sorted(changes) for channel, changes in pedals.items()}


def _spans(
    ons: dict[Key, list[tuple[int, int]]],
    offs: dict[Key, list[int]],
    pedals: Mapping[int, Changes],
    end: int,
) -> tuple[npt.NDArray[np.float64], list[tuple[int, int]]]:
    """Return ticks where each note is struck, released and silent, and its (pitch, velocity).

    The ticks have shape (notes, 3).
    """
    spans, notes = [], []
    for key, starts in ons.items():
        starts.sort()
        stops = _stops([tick for tick, _ in starts], sorted(offs[key]), end)
        for (start, velocity), stop in zip(starts, stops, strict=True):
            spans.append((start, stop, silent_tick(stop, pedals.get(key[0], ()), end)))
            notes.append((key[1], velocity))
    return np.array(spans, dtype=np.float64).reshape(-1, 3), notes


def _stops(starts: Sequence[int], offs: Sequence[int], end: int) -> list[int]:
    """Return where each note of one key ends.

    With as many releases as strokes, the first stroke gets the first release after it. Else a
    stroke ends at the next release or the next stroke, whichever is first, or at the end.
    """
    if len(starts) == len(offs) and all(a <= b for a, b in zip(starts, offs, strict=True)):
        return list(offs)
    stops = []
    for index, start in enumerate(starts):
        place = int(np.searchsorted(offs, start, side="right"))
        limits = [end, *offs[place : place + 1], *starts[index + 1 : index + 2]]
        stops.append(min(limits))
    return stops


def _seconds(
    ticks: npt.NDArray[np.float64], tempos: Iterable[tuple[int, int]], division: int
) -> npt.NDArray[np.float64]:
    """Return the ticks in seconds; a negative division means ticks of a film frame (SMPTE)."""
    if division < 0:
        frames_per_s, ticks_per_frame = -(division >> 8), max(division & 0xFF, 1)
        rate = 30 / 1.001 if frames_per_s == 29 else max(frames_per_s, 1)
        return ticks / (rate * ticks_per_frame)
    at = [0]
    seconds = [0.0]
    tempo_us = DEFAULT_TEMPO_US
    slopes = [tempo_us / 1e6 / division]
    for tick, tempo_us in tempos:
        seconds.append(seconds[-1] + (tick - at[-1]) * slopes[-1])
        at.append(tick)
        slopes.append(tempo_us / 1e6 / division)
    place = np.searchsorted(at, ticks, side="right") - 1
    result: npt.NDArray[np.float64] = np.array(seconds)[place]
    result += (ticks - np.array(at, dtype=np.float64)[place]) * np.array(slopes)[place]
    return result


def _moved(notes: Iterable[Note], by_s: float) -> Iterable[Note]:
    return (Note(n.onset_s + by_s, n.pitch, n.duration_s, n.velocity) for n in notes)


def on_one_keyboard(notes: Iterable[Note]) -> list[Note]:
    """Return the notes so that no key is struck while it is down, as on one keyboard."""
    by_pitch: dict[int, list[Note]] = defaultdict(list)
    for note in sorted(notes):
        before = by_pitch[note.pitch]
        if before and note.onset_s - before[-1].onset_s <= MIN_NOTE_S:
            before[-1] = max(before[-1], note, key=lambda n: n.duration_s)
            continue
        if before and before[-1].end_s > note.onset_s:
            cut = before[-1]
            length = note.onset_s - cut.onset_s
            before[-1] = Note(cut.onset_s, cut.pitch, length, cut.velocity)
        before.append(note)
    return [note for kept in by_pitch.values() for note in kept]


def _strokes(tracks: Sequence[Any]) -> int:
    return sum(m.type == "note_on" and m.velocity > 0 for track in tracks for m in track)


def _what_else(midi: Any) -> str:
    """Say what a file holds that has no notes: drums, or notes that begin and end at once."""
    if not _strokes(midi.tracks):
        return "no notes"
    ons = _events(midi.tracks)[1]
    return "only notes of no length" if ons else "no notes other than drums"


# ------------------------------------------------------------------ writing


def _timed_messages(phrase: Phrase, ticks_per_s: float) -> Iterable[tuple[int, int, Any]]:
    """Yield (tick, order, message); at one tick releases come before strokes."""
    for note in on_one_keyboard(phrase.notes):
        start = round(note.onset_s * ticks_per_s)
        stop = max(start + 1, round(note.end_s * ticks_per_s))
        yield start, 1, mido.Message("note_on", note=note.pitch, velocity=note.velocity)
        yield stop, 0, mido.Message("note_off", note=note.pitch, velocity=64)
