"""Trains Rasa's model from the words of the skills; runs in Rasa's own environment (Python 3.10).

Called by ``nlu/train.py``. The model's name is the hash of everything it is made from, so a model
that is up to date is not trained again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.understanding.embedded import CONFIG
from assistant.understanding.places import PREBUILT, PROJECT, RASA_PROJECT, WORD_CLASSES
from assistant.understanding.training_data import (
    Example,
    Generator,
    LanguageData,
    corrected_examples,
    load_language,
)

PER_INTENT = 700
"""Sentences of an intent of share 1: set-up waits for Rasa's training (docs/understanding.md)."""
SEED = 1
CORRECTION_TIMES = 64
"""How often a correction counts: as much as in the embedded engine, which gets eight copies at
C = 0.4; here a sentence counts 0.05 (EncoreClassifier's strength), and Rasa drops copies."""
SOURCES = (
    "training_data.py", "templates.py", "vocabulary.py", "patterns.py", "noise.py",
    "rasa_training.py", "number_words.py", "key_names.py", "features.py", "embedded.py",
    "embedded_training.py", "sounds.py", "word_classes.py",
)  # fmt: skip
NUMBER_PATTERN = (
    r"(zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    r"fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    r"ninety|hundred|couple|half)"
)
PATTERNS = {
    "number_word": NUMBER_PATTERN,
    "bars_unit": r"(bars?|measures?|fours|eights|twos)",
    "time_unit": r"(seconds?|minutes?)",
    "tempo_unit": r"(bpm|beats per minute|beats a minute|b p m)",
    "percent_unit": r"percent",
    "key_full": r"[a-g]( sharp| flat)?( major| minor)",
    "key_sign": r"[a-g]( sharp| flat)",
    "tonic": r"[a-g]",
}


def to_rasa(
    examples: Iterable[Example], data: LanguageData, corrected: Iterable[Example] = ()
) -> str:
    """Return training data in Rasa's YAML: sentences by intent, word lists and patterns.

    What was corrected says how often it counts (EncoreClassifier reads that).
    """
    lines = ['version: "3.1"', "nlu:", *_by_intent(examples)]
    lines += _by_intent(corrected, f"  metadata: {{times: {CORRECTION_TIMES}}}")
    for name, parameter in data.vocabulary.parameters.items():
        phrases = sorted(set(data.vocabulary.phrases(name)))
        if parameter.type == "word" or phrases:
            lines += [f"- lookup: {name}", "  examples: |", *(f"    - {p}" for p in phrases)]
    for name, pattern in PATTERNS.items():
        lines += [f"- regex: {name}", "  examples: |", rf"    - \b{pattern}\b"]
    return "\n".join(lines) + "\n"


def _by_intent(examples: Iterable[Example], *about: str) -> list[str]:
    by_intent: dict[str, list[str]] = {}
    for example in examples:
        by_intent.setdefault(example.intent, []).append(annotated(example))
    lines = []
    for intent, texts in sorted(by_intent.items()):
        lines += [f"- intent: {intent}", *about, "  examples: |", *(f"    - {t}" for t in texts)]
    return lines


def annotated(example: Example) -> str:
    """Return the sentence with its spans in Rasa's notation: ``on [strings](instrument)``."""
    words = list(example.words)
    for span in example.spans:
        words[span.start] = "[" + words[span.start]
        words[span.end - 1] += f"]({span.parameter})"
    return " ".join(words)


def model_name(project: Path, word_folders: Sequence[Path], corrections: Path | None = None) -> str:
    """Return the hash of data, pipeline, corrections and generator that names the model."""
    digest = hashlib.sha256()
    for folder in word_folders:
        digest.update(load_language(folder).digest.encode())
    files = [project / "config.yml", project / "domain.yml", *sorted(project.glob("encore_*.py"))]
    files += [corrections] if corrections is not None else []
    files += [WORD_CLASSES, PREBUILT / CONFIG]  # the weights that Rasa's start from
    for path in [*files, *(Path(__file__).with_name(name) for name in SOURCES)]:
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") if path.exists() else b"")
    return f"encore-{digest.hexdigest()[:16]}"


def train(
    project: Path,
    word_folders: Sequence[Path],
    config: Path | None = None,
    out: Path | None = None,
    corrections: Path | None = None,
) -> Path:
    """Train unless up to date and return the model's path; raises CalledProcessError on failure.

    The model goes into out, by default the project's folder of models, where it replaces the older
    ones. The user's corrections are taken in when their file is named.
    """
    config = config or project / "config.yml"
    folder = out or project / "models"
    name = model_name(project, word_folders, corrections)
    target = folder / f"{name}.tar.gz"
    if target.exists() and config == project / "config.yml":
        os.utime(target)
        print(f"Rasa's model is up to date: {target.name}", flush=True)
        return target
    began_s = time.monotonic()
    texts, count = _sentences(word_folders, corrections)
    print(f"Training Rasa on {count} sentences (two minutes or so) …", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".training-") as work:
        made = _run_rasa(Path(work), texts, project, config, name)
        made.replace(target)
    for old in folder.glob("encore-*.tar.gz"):
        if old != target:
            old.unlink()
    print(f"Rasa's model is trained: {target.name}, {time.monotonic() - began_s:.0f} s", flush=True)
    return target


def _sentences(word_folders: Sequence[Path], corrections: Path | None) -> tuple[list[str], int]:
    """Return the training data of every skill as Rasa's YAML, and how many sentences they hold."""
    texts, count = [], 0
    for folder in word_folders:
        data = load_language(folder)
        examples = Generator(data).generate(PER_INTENT, SEED)
        corrected = corrected_examples(corrections, data, times=1) if corrections else []
        texts.append(to_rasa(examples, data, corrected))
        count += len(examples) + len(corrected)
    return texts, count


def _run_rasa(work: Path, texts: Sequence[str], project: Path, config: Path, name: str) -> Path:
    from assistant.understanding.rasa_server import rasa_environment

    (work / "data").mkdir()
    for number, text in enumerate(texts):
        (work / "data" / f"{number}.yml").write_text(text, encoding="utf-8")
    log = project / "models" / "training.log"
    words = ["train", "nlu", "--nlu", "data", "--config", str(config.resolve())]
    words += ["--domain", str((project / "domain.yml").resolve())]
    words += ["--out", "made", "--fixed-model-name", name]
    with log.open("wb") as out:
        subprocess.run(
            [sys.executable, "-m", "rasa", *words],
            cwd=work, env=rasa_environment(work), stdout=out, stderr=subprocess.STDOUT, check=True,
        )  # fmt: skip
    return work / "made" / f"{name}.tar.gz"


def main() -> int:
    """Train with the words of all skills of the project; return the exit code."""
    parser = argparse.ArgumentParser(prog="nlu/train.py", description="Train Rasa's model.")
    parser.add_argument("--config", type=Path, help="another pipeline, for comparing")
    parser.add_argument("--project", type=Path, default=RASA_PROJECT)
    parser.add_argument("--out", type=Path, help="folder for the model")
    parser.add_argument("--corrections", type=Path, help="file of the user's corrections")
    asked = parser.parse_args()
    words = sorted(PROJECT.glob("skills/*/nlu"))
    try:
        train(asked.project, words, asked.config, asked.out, asked.corrections)
    except subprocess.CalledProcessError:
        log = asked.project / "models" / "training.log"
        print(f"Rasa could not be trained; see {log}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
