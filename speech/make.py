"""Makes the speech model from data, dictionary and the command language, step by step.

`python -m speech.make --packs DIR --work DIR --out DIR`. Every step is a process of its own
(kaldifst and vosk must not meet); finished steps are kept in the work folder. `--trial` runs every
step on next to nothing: the model is useless, but the recipe has been walked from end to end.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

VERIFIER = "verifier.json"
SYNTHETIC = {"rms": 400, "kal16": 180, "awb": 220, "espeak": 420, "hibari": 1700}
"""Prompts read by each voice; espeak stays below a quarter."""
PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "speech-refusal.png"
KOKORO = {"kokoro": 300}
"""Slow (about real time): only with --kokoro."""
FEATURES = ("features", "features_piano")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; None: all there is."""

    prompt_share: float = 1.0
    clips: int | None = None
    """Of every set of sounds."""
    every: int = 1
    """Every n-th sentence is spoken for measuring and fitting."""
    frame_epochs: float = 4.0
    sequence_epochs: float = 3.0
    last_epochs: float = 1.0
    """Of a second, slower pass; the shipped weights are the mean of both."""
    draws: int | None = None
    """Sentences of every intent."""


TRIAL = Size(0.01, 5, 20, 0.5, 0.3, 0.3, 40)


def run(*arguments: str | Path) -> None:
    """Runs one step in its own process; a failure ends everything."""
    command = [sys.executable, "-m", *map(str, arguments)]
    print("$ python", *command[1:], flush=True)
    if subprocess.run(command, check=False).returncode != 0:
        raise SystemExit(f"The step {arguments[0]} failed.")


def seal(model: Path) -> None:
    """Writes SHA256SUMS over what the recogniser loads; Encore checks it at every load."""
    parts = ("am", "conf", "graph", "opinion", "spotter")
    files = sorted(p for part in parts for p in (model / part).rglob("*") if p.is_file())
    files += [path for path in [model / VERIFIER] if path.is_file()]
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(model).as_posix()}\n"
        for path in files
    ]
    (model / "SHA256SUMS").write_text("".join(lines), encoding="ascii")


def limited(size: Size) -> list[str]:
    """The option for steps that take so many clips of every set."""
    return [] if size.clips is None else ["--limit", str(size.clips)]


def make_sounds(packs: Path, work: Path, voices: dict[str, int], size: Size) -> None:
    """From packs and voices to features."""
    for voice, count in voices.items():
        if not (work / "synthetic" / f"{voice}_1" / "list.tsv").exists():
            wanted = str(max(6, round(count * size.prompt_share)))
            run("speech.voices", voice, "--work", work, "--count", wanted)
    run("speech.align", "real", "--packs", packs, "--work", work, *limited(size))
    run("speech.align", "synthetic", "--work", work, *limited(size))
    run("speech.features", "--work", work)
    run("speech.features", "--work", work, "--piano")


def train(work: Path, size: Size) -> None:
    """From features to WORK/network.safetensors."""
    made, first = work / "network.safetensors", work / "network_first.safetensors"
    if made.exists():
        return
    common = ("speech.train", "--work", work, "--features", *FEATURES)
    if not first.exists():
        frames, sequences = str(size.frame_epochs), str(size.sequence_epochs)
        run(*common, "--frame-epochs", frames, "--sequence-epochs", sequences)
        made.rename(first)
    again = ("--start", first, "--frame-epochs", "0", "--sequence-rate", "7e-4", "--seed", "33")
    run(*common, *again, "--sequence-epochs", str(size.last_epochs))
    second = made.rename(work / "network_second.safetensors")
    run("speech.average", first, second, "--out", made)


def build(packs: Path, work: Path, out: Path, size: Size) -> None:
    """From the network to a model with its verifier."""
    sentences = work / "sentences.txt"
    draws = [] if size.draws is None else ["--draws", str(size.draws)]
    run("speech.language", "--out", sentences, *draws)
    run("speech.build", "--work", work, "--sentences", sentences, "--out", out)
    every = ("--every", str(size.every))
    run("speech.fitting_sounds", "--packs", packs, "--work", work, *every)
    run("speech.verifier", "--model", out, "--work", work, *limited(size))


def measure(packs: Path, work: Path, out: Path, picture: Path, size: Size) -> None:
    """All figures of a model, beside pocketsphinx."""
    run("speech.negatives", "--packs", packs, "--work", work)
    for voice in ("slt", "scottish"):
        if not (work / "judging" / voice / "list.tsv").exists():
            run("speech.judge_sounds", voice, "--work", work, "--every", str(size.every))
    for voice in ("slt", "slt_piano"):
        table, figures = work / "judging" / voice / "list.tsv", work / "sphinx" / f"{voice}.json"
        common = ("--sentences", work / "sentences.txt", "--work", work, "--out", figures)
        run("speech.sphinx", "--list", table, *common, *limited(size))
    run("speech.measure", "--model", out, "--work", work, *limited(size))
    run("speech.plot", "--model", out, "--out", picture)


def main() -> None:
    """Trains, builds, measures and seals."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--packs", type=Path, required=True, help="folder of real speech packs")
    parser.add_argument("--work", type=Path, required=True, help="scratch folder, some 5 GB")
    parser.add_argument("--out", type=Path, required=True, help="the model's folder")
    parser.add_argument("--kokoro", action="store_true", help="with Kokoro's voices as well")
    parser.add_argument("--trial", action="store_true", help="all steps on next to nothing")
    choice = parser.parse_args()
    packs, work, out = choice.packs, choice.work, choice.out
    size, picture = Size(), PICTURE
    if choice.trial:
        size, out, picture = TRIAL, work / "model", work / "refusal.png"
    make_sounds(packs, work, SYNTHETIC | (KOKORO if choice.kokoro else {}), size)
    train(work, size)
    build(packs, work, out, size)
    measure(packs, work, out, picture, size)
    seal(out)


if __name__ == "__main__":
    main()
