"""Cut held-out songs into prompts and what really came next, with jobs for ``encore generate``.

``python -m skills.music.training.cuts --data DIR --out DIR`` writes ``<n>-prompt.mid``,
``<n>-truth.mid`` and ``jobs.jsonl``; the same seed cuts the same places.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from assistant.contract import EncoreError
from skills.music.midi_file import write_phrase
from skills.music.notes import Phrase
from skills.music.training.corpora import CORPORA
from skills.music.training.prepare import MusicSet, load

FEWEST_PROMPT, FEWEST_TRUTH = 8, 4
CLOCK = 960
"""Ticks a second of the files that cuts are compared as: 480 a beat at 120 beats a minute."""
PROMPT_S, TRUTH_S = 8.0, 5.0
SHORTEST_SONG_S = 16.0
ROUNDS = 20
"""Each song is tried so often before there are fewer cuts than asked for."""
Cut = tuple[Phrase, Phrase]


def cut(notes: npt.NDArray[np.float32], at_s: float, prompt_s: float, truth_s: float) -> Cut | None:
    """Return (prompt, truth) around a moment, in a file's ticks; None where either says too little.

    What a sum of floats leaves behind the fifth decimal would tell truths from answers.
    """
    rows = notes.astype(np.float64)

    def window(start: float, end: float) -> npt.NDArray[np.float64]:
        inside = rows[(rows[:, 0] >= start) & (rows[:, 0] < end)].copy()
        inside[:, 1] = np.minimum(inside[:, 1], end)
        inside[:, :2] = np.round((inside[:, :2] - start) * CLOCK) / CLOCK
        return inside[inside[:, 1] - inside[:, 0] > 0.01]

    before, after = window(at_s - prompt_s, at_s), window(at_s, at_s + truth_s)
    if len(before) < FEWEST_PROMPT or len(after) < FEWEST_TRUTH:
        return None
    return Phrase.from_array(before, prompt_s), Phrase.from_array(after, truth_s)


def cuts(
    music: MusicSet, split: str, corpus: str | None, count: int, seed: int
) -> list[tuple[str, Cut]]:
    """Return up to ``count`` cuts (corpus name, (prompt, truth)), one song after the other."""
    songs = [
        int(s)
        for s in music.songs_of(split)
        if corpus is None or CORPORA[int(music.corpus[s])].name == corpus
    ]
    found = cut_songs([music.song(s)[:, :4] for s in songs], count, seed)
    return [(CORPORA[int(music.corpus[songs[place]])].name, pair) for place, pair in found]


def cut_songs(
    songs: Sequence[npt.NDArray[np.float32]], count: int, seed: int
) -> list[tuple[int, Cut]]:
    """Return up to ``count`` cuts (index of the song, (prompt, truth)) of songs (n, 4)."""
    rng = np.random.default_rng(seed)
    found: list[tuple[int, Cut]] = []
    for _ in range(ROUNDS):
        for place in rng.permutation(len(songs)):
            notes = songs[int(place)]
            end = float(notes[-1, 0])
            if len(found) >= count:
                return found
            if end < SHORTEST_SONG_S:
                continue
            pair = cut(notes, float(rng.uniform(PROMPT_S, end - TRUTH_S)), PROMPT_S, TRUTH_S)
            if pair is not None:
                found.append((int(place), pair))
    return found


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of archives.")
@click.option("--cache", type=click.Path(path_type=Path), default=Path(".cache/music"))
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--split", type=click.Choice(["val", "test"]), default="test", show_default=True)
@click.option("--corpus", help="Only this corpus.")
@click.option("--count", type=click.IntRange(min=1), default=100, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--mood", "moods", multiple=True, help="Also ask for this mood; may be repeated.")
def main(
    data: Path,
    cache: Path,
    out: Path,
    split: str,
    corpus: str | None,
    count: int,
    seed: int,
    moods: tuple[str, ...],
) -> None:
    """Write prompts, truths and jobs into OUT."""
    try:
        found = cuts(load(data, cache), split, corpus, count, seed)
    except EncoreError as error:
        raise click.ClickException(str(error)) from error
    out.mkdir(parents=True, exist_ok=True)
    jobs = []
    for number, (name, (prompt, truth)) in enumerate(found):
        stem = out / f"{name}-{number:04d}"
        write_phrase(prompt, Path(f"{stem}-prompt.mid"))
        write_phrase(truth, Path(f"{stem}-truth.mid"))
        for mood in moods or (None,):
            job = {
                "prompt": f"{stem}-prompt.mid",
                "truth": f"{stem}-truth.mid",
                "out": f"{stem}-{mood or 'plain'}.mid",
                "seconds": 5.0,
                "seed": number,
            }
            jobs.append(job | ({"mood": mood} if mood else {}))
    lines = "".join(json.dumps(job) + "\n" for job in jobs)
    (out / "jobs.jsonl").write_text(lines, encoding="utf-8")
    click.echo(f"Wrote {len(found)} cuts and {len(jobs)} jobs to {out}.")


if __name__ == "__main__":
    main()
