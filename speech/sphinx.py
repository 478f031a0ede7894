"""The yardstick: pocketsphinx with its own acoustic model and the same n-gram.

`python -m speech.sphinx --sentences FILE --list TSV --work DIR --out FILE.json`.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from speech.align import SAMPLE_RATE_HZ, read_audio
from speech.build import Tuning, language_model, read_sentences
from speech.dictionary import Pronunciations, load_dictionary, with_guesses
from speech.evaluate import Heard, memory_mb, read_list, save, score
from speech.ngram import END, START, History, NGram

_LEAST = -99.0


def arpa_lines(model: NGram) -> Iterable[str]:
    """The n-gram in ARPA's format."""
    entries: list[dict[History, float]] = [{} for _ in range(model.order)]
    for history, following in model.words.items():
        for word, probability in following.items():
            entries[len(history)][(*history, word)] = math.log10(probability)
    entries[0].setdefault((START,), _LEAST)
    yield "\\data\\"
    for length, found in enumerate(entries, start=1):
        yield f"ngram {length}={len(found)}"
    for length, found in enumerate(entries, start=1):
        yield f"\n\\{length}-grams:"
        for words in sorted(found):
            line = f"{found[words]:.5f} {' '.join(words)}"
            if length < model.order and words[-1] != END:
                back_off = model.back_off.get(words, 1.0)
                line += f" {math.log10(back_off):.5f}"
            yield line
    yield "\n\\end\\"


def dictionary_lines(pronunciations: Pronunciations) -> Iterable[str]:
    """The pronunciations in CMU's format."""
    for word, ways in sorted(pronunciations.items()):
        for number, phones in enumerate(ways, start=1):
            yield f"{word if number == 1 else f'{word}({number})'} {' '.join(phones)}"


def decoder(sentences: Sequence[str], work: Path) -> tuple[Any, float]:
    """pocketsphinx with the n-gram of these sentences, and the seconds that loading it took."""
    import pocketsphinx

    model = language_model(list(sentences), Tuning())
    words = [word for word in model.words[()] if word != END]
    arpa, dictionary = work / "sphinx.arpa", work / "sphinx.dict"
    arpa.write_text("\n".join(arpa_lines(model)) + "\n", encoding="utf-8")
    lines = dictionary_lines(with_guesses(words, load_dictionary()))
    dictionary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    acoustic = Path(pocketsphinx.get_model_path()) / "en-us" / "en-us"
    began = time.perf_counter()
    made = pocketsphinx.Decoder(
        lm=str(arpa), hmm=str(acoustic), dict=str(dictionary), loglevel="FATAL"
    )
    return made, round(time.perf_counter() - began, 3)


def hear(sphinx: Any, path: Path, reference: str) -> Heard:
    """Decodes one file; pocketsphinx gives no usable confidence here."""
    audio = read_audio(path)
    began = time.process_time()
    sphinx.start_utt()
    sphinx.process_raw(audio.tobytes(), full_utt=True)
    sphinx.end_utt()
    took = time.process_time() - began
    found = sphinx.hyp()
    text = found.hypstr if found else ""
    return Heard(reference, text, 1.0, len(audio) / SAMPLE_RATE_HZ, took)


def main() -> None:
    """Decodes and scores one list."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--sentences", type=Path, required=True)
    parser.add_argument("--list", type=Path, required=True, dest="table")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--limit", type=int)
    choice = parser.parse_args()
    sphinx, load_seconds = decoder(read_sentences(choice.sentences), choice.work)
    pairs = read_list(choice.table)[: choice.limit]
    heard = [hear(sphinx, path, text) for path, text in pairs]
    facts = score(heard) | {"load_seconds": load_seconds, "memory_mb": round(memory_mb(), 1)}
    print("pocketsphinx", choice.table.parent.name, json.dumps(facts))
    if choice.out:
        save(choice.out, facts, heard)


if __name__ == "__main__":
    main()
