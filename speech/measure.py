"""All figures of a model: heard, understood, refused. Writes metrics.json.

`python -m speech.measure --model DIR --work DIR`, in Encore's own environment (uses vosk).
Clips already decoded with the same model are not decoded again.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.contract import Intent
from assistant.ears.confidence import FOLLOWING
from assistant.ears.verifier import OUT_OF_SCOPE, Verifier
from speech.evaluate import Heard, Listener, load, read_list, save, score
from speech.judge_sounds import SENTENCES
from speech.language import NLU_FOLDER
from speech.refusal import Meaning, Read, refusal

ALONE_CLIPS = 40

if TYPE_CHECKING:
    from assistant.understanding.service import UnderstandingService


def model_digest(model: Path) -> str:
    """A hash over the files that decide what is heard."""
    digest = hashlib.sha256()
    for name in ("am/final.mdl", "graph/HCLG.fst", "conf/model.conf"):
        digest.update((model / name).read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Decoder:
    """Decodes lists with one model, each of them once."""

    listener: Listener
    model: Path
    work: Path
    read: Read
    limit: int | None = None
    """So many clips of every list, for a trial run."""

    def hear(self, table: Path) -> list[Heard]:
        """The clips of a list; what reads as a command with the second opinion on its sound."""
        kept = self.work / "heard" / model_digest(self.model) / f"{table.parent.name}.json"
        if not kept.exists():
            clips = read_list(table)[: self.limit]
            heard = [self._with_opinion(self.listener.hear(p, text), p) for p, text in clips]
            save(kept, score(heard), heard)
        return load(kept)

    def _with_opinion(self, clip: Heard, path: Path) -> Heard:
        if not clip.words or self.read(clip.words).name == OUT_OF_SCOPE:
            return clip
        return replace(clip, misfit=self.listener.misfit(path, clip))


def expected_meanings() -> dict[str, Meaning]:
    """What the judging sentences mean, by the contract of understanding."""
    rows = [line.split("\t") for line in SENTENCES.read_text(encoding="utf-8").splitlines()]
    return {text: (intent, json.loads(parameters)) for text, intent, parameters in rows}


def embedded_service() -> UnderstandingService:
    """Encore's embedded engine, as it is shipped, started."""
    from assistant.settings import Settings
    from assistant.understanding.service import UnderstandingService

    settings = Settings.model_validate({"understanding": {"engine": "embedded"}})
    service = UnderstandingService([NLU_FOLDER], settings.understanding)
    service.start()
    return service


def reader() -> Read:
    """The embedded engine's reading of a text; every text is read once."""
    service = embedded_service()
    return functools.cache(lambda text: service.parse(text, engine="embedded"))


def meaning_of(intent: Intent) -> Meaning:
    """The intent and its parameters."""
    return intent.name, dict(intent.parameters)


def understood(heard: Sequence[Heard], read: Read) -> dict[str, float]:
    """Commands whose intent and all parameters came out right, of what was heard and as written."""
    meanings = expected_meanings()
    known = [clip for clip in heard if clip.reference in meanings]
    counts = {"intent": 0, "whole": 0, "whole_of_true_text": 0}
    for clip in known:
        wanted = meanings[clip.reference]
        got = meaning_of(read(clip.words))
        counts["intent"] += got[0] == wanted[0]
        counts["whole"] += got == wanted
        counts["whole_of_true_text"] += meaning_of(read(clip.reference)) == wanted
    return {f"{name}_right": round(n / max(1, len(known)), 4) for name, n in counts.items()}


def figures(heard: Sequence[Heard], known: set[str], read: Read) -> dict[str, Any]:
    """Scores of one voice; apart, of the sentences that the language model never saw as such."""
    new = [clip for clip in heard if clip.reference not in known]
    all_clips: dict[str, Any] = {**score(heard), **understood(heard, read)}
    return all_clips | {"unseen_sentences": score(new) | understood(new, read)}


def alone(model: Path, work: Path) -> dict[str, float]:
    """Load, speed and memory of a process that does nothing but hear, on WORK/judging/slt."""
    kept = work / "heard" / model_digest(model) / "alone.json"
    if not kept.exists():
        step = [sys.executable, "-m", "speech.evaluate", "--model", str(model), "--out", str(kept)]
        table = work / "judging" / "slt" / "list.tsv"
        subprocess.run([*step, "--list", str(table), "--limit", str(ALONE_CLIPS)], check=True)
    found = json.loads(kept.read_text(encoding="utf-8"))["figures"]
    return {name: found[name] for name in ("load_seconds", "real_time_factor", "memory_mb")}


def main() -> None:
    """Measures everything that has sounds in the work folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="default: MODEL/metrics.json")
    parser.add_argument("--limit", type=int, help="so many clips of every list, for a trial run")
    choice = parser.parse_args()
    listener, read = Listener(choice.model), reader()
    decoder = Decoder(listener, choice.model, choice.work, read, choice.limit)
    tables = sorted((choice.work / "judging").glob("*/list.tsv"))
    judged = {t.parent.name: decoder.hear(t) for t in tables}
    known = set((choice.work / "sentences.txt").read_text(encoding="utf-8").splitlines())
    tables = sorted((choice.work / "negatives").glob("*/list.tsv"))
    foreign = {t.parent.name: decoder.hear(t) for t in tables}
    facts: dict[str, Any] = {
        **alone(choice.model, choice.work),
        "voices": {name: figures(c, known, read) for name, c in judged.items()},
    }
    for path in sorted((choice.work / "sphinx").glob("*.json")):
        clips = load(path)
        said = json.loads(path.read_text(encoding="utf-8"))["figures"]
        found = figures(clips, known, read)
        found |= {key: said[key] for key in ("load_seconds", "memory_mb") if key in said}
        facts.setdefault("pocketsphinx_same_ngram", {})[path.stem] = found
        ours = figures(judged[path.stem][: len(clips)], known, read)
        facts.setdefault("ours_on_the_clips_of_pocketsphinx", {})[path.stem] = ours
    clean = [clip for name, c in judged.items() if not name.endswith("_piano") for clip in c]
    verifier = Verifier.beside(choice.model)
    facts["refusal"] = refusal(clean, foreign, read, FOLLOWING, verifier)
    target = choice.out or choice.model / "metrics.json"
    target.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    used = {name: found["at_the_thresholds"] for name, found in facts["refusal"].items()}
    print(json.dumps({**facts, "refusal": used}, indent=1))


if __name__ == "__main__":
    main()
