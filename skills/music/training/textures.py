"""What the songs do not hold as they stand: a tune alone, over chords, what accompanies it, swing.

People play one line, or a line over held chords; the archives hold whole arrangements. From the
parts of the training songs such textures are made once, cached as songs of their own beside the
music, and a share of the training windows is drawn from them. No validation or test song is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skills.music.training.blocks import chords, guessed, labelled, symbols
from skills.music.training.corpora import CORPORA, Song, songs
from skills.music.training.prepare import (
    MusicSet,
    Part,
    Read,
    beats_in,
    cache_name,
    joined,
    measured,
    read_parts,
    stored,
    write,
)

Array = npt.NDArray[Any]

RECIPE = "1"
"""Raise this when a texture is made in another way."""
STAFF = " st"
"""Staves of a keyboard part in the Lieder are named "Pianoforte st1", "Pianoforte st2"."""
LONGEST_OVERLAP = 0.1
"""A tune is a part of which at most this share of notes overlaps the next."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a texture is made of."""

    song: Song
    parts: list[Part]
    beats: Array
    """(n, 2): seconds, place in bars."""
    rng: np.random.Generator

    def named(self, name: str) -> list[Array]:
        """Return the notes of the parts of a name."""
        return [part.notes for part in self.parts if part.name == name]

    def staves(self, keyboard: bool) -> list[Array]:
        """Return the notes of the keyboard's staves, or of all other parts."""
        return [part.notes for part in self.parts if (STAFF in part.name) == keyboard]


Maker = Callable[[Material], list[Array]]
"""Returns parts to be joined; an empty list where the song does not have them."""


def _first(material: Material) -> list[Array]:
    return [material.parts[0].notes]


def _melody(material: Material) -> list[Array]:
    return material.named("MELODY")


def _voice(material: Material) -> list[Array]:
    return [voice for voice in material.staves(False)[:1] if is_tune(voice)]


def _outer(material: Material) -> list[Array]:
    return [material.parts[0].notes, material.parts[-1].notes] if len(material.parts) > 3 else []


def _voice_and_bass(material: Material) -> list[Array]:
    voice, keyboard = _voice(material), material.staves(True)
    return [*voice, keyboard[-1]] if voice and keyboard else []


def _touched(material: Material) -> list[Array]:
    return [touched(part, material.rng) for part in _first(material)]


def _over_chords(tune: Maker, played: bool, material: Material) -> list[Array]:
    """Return a tune and chords under it; nothing where no chords are known."""
    tunes = tune(material)
    if not tunes:
        return []
    spans = list(_spans(material, tunes[0]))
    if not spans:
        return []
    loudness = float(np.mean(tunes[0][:, 3]))
    return [tunes[0], chords(spans, material.beats, loudness, played, material.rng)]


def _spans(material: Material, tune: Array) -> Any:
    import symusic

    table = material.song.chords
    if table is None:
        return guessed(tune, material.beats)
    if table.startswith(b"beat"):
        score = symusic.Score.from_midi(material.song.midi)
        return symbols(table.decode(), score, float(tune[:, 1].max()))
    return labelled(table.decode())


def is_tune(notes: Array) -> bool:
    """Tell whether the notes (n, 5) of a part come one after the other."""
    rows = notes[np.argsort(notes[:, 0], kind="stable")]
    overlaps = rows[:-1, 1] > rows[1:, 0] + 0.02
    return bool(overlaps.mean() <= LONGEST_OVERLAP) if len(rows) > 1 else False


def touched(notes: Array, rng: np.random.Generator) -> Array:
    """Return a flat line (n, 5) as if played: louder upwards, loudness wandering, onsets loose."""
    rows = notes[np.argsort(notes[:, 0], kind="stable")].copy()
    wander = np.zeros(len(rows))
    noise = rng.normal(0.0, 6.0, len(rows))
    for n in range(1, len(rows)):
        wander[n] = 0.7 * wander[n - 1] + noise[n]
    slope = rng.uniform(0.0, 1.2)
    rows[:, 3] = np.clip(80 + slope * (rows[:, 2] - rows[:, 2].mean()) + wander, 20, 120).round()
    late = rng.normal(0.0, 0.008, len(rows))
    touch = rng.uniform(0.75, 1.02) + rng.normal(0.0, 0.05, len(rows))
    length = np.maximum((rows[:, 1] - rows[:, 0]) * touch, 0.04)
    rows[:, 0] = np.maximum(rows[:, 0] + late, 0.0)
    rows[:, 1] = rows[:, 4] = rows[:, 0] + length
    return rows


@dataclass(frozen=True, slots=True)
class Texture:
    """One way to make other songs of songs."""

    name: str
    share: float
    """Share of all training windows."""
    makers: Mapping[str, Maker]
    """By corpus."""


TEXTURES = (
    Texture(
        "line",
        0.09,
        {
            "pop909": _melody,
            "openscore_lieder": _voice,
            "openewld": _touched,
            "openhymnal": _first,
        },
    ),
    Texture(
        "chords",
        0.09,
        {
            "pop909": partial(_over_chords, _melody, True),
            "folk_pd": partial(_over_chords, _first, False),
            "openewld": partial(_over_chords, _touched, True),
        },
    ),
    Texture("outer", 0.03, {"openhymnal": _outer, "openscore_lieder": _voice_and_bass}),
    Texture(
        "accompaniment",
        0.03,
        {
            "pop909": lambda m: m.named("BRIDGE") + m.named("PIANO"),
            "openscore_lieder": lambda m: m.staves(True),
        },
    ),
)
SHARES = {texture.name: texture.share for texture in TEXTURES}


def made(texture: Texture, song: Song) -> list[Read]:
    """Return a song in another texture; none where it is not a training song or lacks the parts."""
    maker = texture.makers.get(CORPORA[song.corpus].name)
    if maker is None or song.split != "train":
        return []
    name = hashlib.sha256(f"{texture.name}/{song.item}".encode()).digest()
    material = Material(
        song, read_parts(song.midi), beats_in(song), np.random.default_rng(list(name[:8]))
    )
    parts = maker(material) if material.parts else []
    notes = joined(parts) if parts else None
    return [] if notes is None else [measured(song, notes, material.beats)]


def _made_by_name(name: str, song: Song) -> list[Read]:
    return made(next(t for t in TEXTURES if t.name == name), song)


def load(data: Path, cache: Path, workers: int = 2) -> dict[str, MusicSet]:
    """Return the music of the data folder in each texture, from the cache when it is there."""
    found: list[Song] = []
    sets = {}
    for texture in TEXTURES:
        path = cache / cache_name(data).replace("music-", f"{texture.name}-{RECIPE}-")
        if not path.exists():
            found = found or list(songs(data))
            write(path, found, partial(_made_by_name, texture.name), workers)
        sets[texture.name] = stored(path)
    return sets
