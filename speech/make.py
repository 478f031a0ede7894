"""Makes the speech model from data, dictionary and the command language, step by step.

`python -m speech.make --packs DIR --work DIR --out DIR`. Every step is a process of its own
(kaldifst and vosk must not meet); finished steps are kept in the work folder.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

VERIFIER = "verifier.json"
SYNTHETIC = {"rms": 400, "kal16": 180, "awb": 220, "espeak": 420, "hibari": 1700}
"""Prompts read by each voice; espeak stays below a quarter."""
PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "speech-refusal.png"
KOKORO = {"kokoro": 300}
"""Slow (about real time): only with --kokoro."""


def run(*arguments: str | Path) -> None:
    """Runs one step in its own process; a failure ends everything."""
    command = [sys.executable, "-m", *map(str, arguments)]
    print("$ python", *command[1:], flush=True)
    if subprocess.run(command, check=False).returncode != 0:
        raise SystemExit(f"The step {arguments[0]} failed.")


def seal(model: Path) -> None:
    """Writes SHA256SUMS over what the recogniser loads; Encore checks it at every load."""
    parts = ("am", "conf", "graph")
    files = sorted(p for part in parts for p in (model / part).rglob("*") if p.is_file())
    files += [path for path in [model / VERIFIER] if path.is_file()]
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(model).as_posix()}\n"
        for path in files
    ]
    (model / "SHA256SUMS").write_text("".join(lines), encoding="ascii")


def train(packs: Path, work: Path, voices: dict[str, int]) -> None:
    """From packs and voices to WORK/network.safetensors."""
    for voice, count in voices.items():
        if not (work / "synthetic" / f"{voice}_1" / "list.tsv").exists():
            run("speech.voices", voice, "--work", work, "--count", str(count))
    run("speech.align", "real", "--packs", packs, "--work", work)
    run("speech.align", "synthetic", "--work", work)
    run("speech.features", "--work", work)
    if not (work / "network.safetensors").exists():
        run("speech.train", "--work", work)


def main() -> None:
    """Trains, builds, measures and seals."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--packs", type=Path, required=True, help="folder of real speech packs")
    parser.add_argument("--work", type=Path, required=True, help="scratch folder, some 5 GB")
    parser.add_argument("--out", type=Path, required=True, help="the model's folder")
    parser.add_argument("--kokoro", action="store_true", help="with Kokoro's voices as well")
    choice = parser.parse_args()
    work, out = choice.work, choice.out
    train(choice.packs, work, SYNTHETIC | (KOKORO if choice.kokoro else {}))
    sentences = work / "sentences.txt"
    run("speech.language", "--out", sentences)
    run("speech.build", "--work", work, "--sentences", sentences, "--out", out)
    run("speech.negatives", "--packs", choice.packs, "--work", work)
    for voice in ("slt", "scottish"):
        if not (work / "judging" / voice / "list.tsv").exists():
            run("speech.judge_sounds", voice, "--work", work)
    for voice in ("slt", "slt_piano"):
        table, figures = work / "judging" / voice / "list.tsv", work / "sphinx" / f"{voice}.json"
        common = ("--sentences", sentences, "--work", work, "--out", figures)
        run("speech.sphinx", "--list", table, *common)
    run("speech.measure", "--model", out, "--work", work)
    run("speech.plot", "--model", out, "--out", PICTURE)
    seal(out)


if __name__ == "__main__":
    main()
