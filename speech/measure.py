"""All figures of a model: heard, understood, refused. Writes metrics.json.

`python -m speech.measure --model DIR --work DIR`, in Encore's own environment (uses vosk).
Clips already decoded with the same model are not decoded again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from speech.evaluate import (
    Heard,
    Listener,
    accepted_share,
    is_command,
    load,
    memory_mb,
    read_list,
    save,
    score,
)
from speech.judge_sounds import SENTENCES
from speech.language import NLU_FOLDER

THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
ACCEPT, ACCEPT_ONE_WORD = 0.7, 0.9
"""Least mean confidence of a command of several words, and of one word."""

Meaning = tuple[str, dict[str, Any]]
Understand = Callable[[str], Meaning]


def model_digest(model: Path) -> str:
    """A hash over the files that decide what is heard."""
    digest = hashlib.sha256()
    for name in ("am/final.mdl", "graph/HCLG.fst", "conf/model.conf"):
        digest.update((model / name).read_bytes())
    return digest.hexdigest()[:16]


def decode(listener: Listener, model: Path, table: Path, work: Path) -> list[Heard]:
    """Decodes one list, or reads what was decoded before with this model."""
    kept = work / "heard" / model_digest(model) / f"{table.parent.name}.json"
    if not kept.exists():
        heard = [listener.hear(path, text) for path, text in read_list(table)]
        save(kept, score(heard), heard)
    return load(kept)


def expected_meanings() -> dict[str, Meaning]:
    """What the judging sentences mean, by the contract of understanding."""
    rows = [line.split("\t") for line in SENTENCES.read_text(encoding="utf-8").splitlines()]
    return {text: (intent, json.loads(parameters)) for text, intent, parameters in rows}


def embedded_understanding() -> Understand:
    """Encore's embedded engine, trained from the words of the skill."""
    from assistant.settings import Settings
    from assistant.understanding.service import UnderstandingService

    settings = Settings.model_validate({"understanding": {"engine": "embedded"}})
    service = UnderstandingService([NLU_FOLDER], settings.understanding)
    service.start()

    def understand(text: str) -> Meaning:
        intent = service.parse(text, engine="embedded")
        return intent.name, dict(intent.parameters)

    return understand


def understood(heard: Sequence[Heard], understand: Understand) -> dict[str, float]:
    """Commands whose intent and all parameters came out right, of what was heard and as written."""
    meanings = expected_meanings()
    known = [clip for clip in heard if clip.reference in meanings]
    counts = {"intent": 0, "whole": 0, "whole_of_true_text": 0}
    for clip in known:
        wanted = meanings[clip.reference]
        got = understand(clip.words)
        counts["intent"] += got[0] == wanted[0]
        counts["whole"] += got == wanted
        counts["whole_of_true_text"] += understand(clip.reference) == wanted
    return {f"{name}_right": round(n / max(1, len(known)), 4) for name, n in counts.items()}


def refusal(commands: Sequence[Heard], foreign: Mapping[str, Sequence[Heard]]) -> dict[str, Any]:
    """How many true commands pass, and how much foreign speech, at each threshold."""
    many = [clip for clip in commands if len(clip.reference.split()) > 1]
    single = [clip for clip in commands if len(clip.reference.split()) == 1]
    curve = []
    for threshold in THRESHOLDS:
        row: dict[str, float] = {"threshold": threshold}
        row["commands_pass"] = accepted_share(many, threshold, threshold)
        row["one_word_commands_pass"] = accepted_share(single, threshold, threshold)
        for name, clips in foreign.items():
            row[f"{name}_several_words_pass"] = accepted_share(clips, threshold, 2.0)
            row[f"{name}_one_word_passes"] = (
                accepted_share(clips, threshold, threshold) - row[f"{name}_several_words_pass"]
            )
        curve.append({name: round(value, 4) for name, value in row.items()})
    chosen: dict[str, Any] = {
        "several_words": ACCEPT,
        "one_word": ACCEPT_ONE_WORD,
        "commands_pass": round(accepted_share(commands, ACCEPT, ACCEPT_ONE_WORD), 4),
    }
    for name, clips in foreign.items():
        passed = sum(is_command(clip, ACCEPT, ACCEPT_ONE_WORD) for clip in clips)
        minutes = sum(clip.seconds for clip in clips) / 60
        chosen[name] = {
            "clips": len(clips),
            "minutes": round(minutes, 1),
            "passed": passed,
            "per_ten_minutes": round(10 * passed / minutes, 2),
        }
    return {"at_the_thresholds": chosen, "curve": curve}


def main() -> None:
    """Measures everything that has sounds in the work folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="default: MODEL/metrics.json")
    choice = parser.parse_args()
    listener = Listener(choice.model)
    tables = sorted((choice.work / "judging").glob("*/list.tsv"))
    judged = {t.parent.name: decode(listener, choice.model, t, choice.work) for t in tables}
    tables = sorted((choice.work / "negatives").glob("*/list.tsv"))
    foreign = {t.parent.name: decode(listener, choice.model, t, choice.work) for t in tables}
    memory = memory_mb()
    understand = embedded_understanding()
    facts: dict[str, Any] = {
        "load_seconds": round(listener.load_seconds, 3),
        "memory_mb": round(memory, 1),
        "voices": {name: score(c) | understood(c, understand) for name, c in judged.items()},
    }
    for path in sorted((choice.work / "sphinx").glob("*.json")):
        clips = load(path)
        found = score(clips) | understood(clips, understand)
        facts.setdefault("pocketsphinx_same_ngram", {})[path.stem] = found
    clean = [clip for name, c in judged.items() if not name.endswith("_piano") for clip in c]
    facts["refusal"] = refusal(clean, foreign)
    target = choice.out or choice.model / "metrics.json"
    target.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({**facts, "refusal": facts["refusal"]["at_the_thresholds"]}, indent=1))


if __name__ == "__main__":
    main()
