"""Learns what recognisers make of spoken commands: ``python -m scripts.learn_confusions``.

Encore's own sentences are spoken by synthetic voices (flite, espeak-ng; never those kept for
judging, see speech/voices.py), recognised by Encore's Vosk model and, where it is installed, by
PocketSphinx with the English model it comes with, and compared word by word. What was heard instead
goes into ``skills/music/nlu/heard.yml``, which the generator of training sentences uses as noise.
Needs flite and espeak-ng on the PATH, and the packages of speech/requirements.txt.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np

from assistant.understanding.places import PROJECT
from assistant.understanding.sounds import sound_of
from assistant.understanding.training_data import (
    OUT_OF_SCOPE,
    Generator,
    LanguageData,
    load_language,
)
from assistant.understanding.vocabulary import Vocabulary
from speech.voices import ESPEAK_ACCENTS, JUDGING_VOICES, Samples, Speak, espeak, flite

SAMPLE_RATE_HZ = 16000
FLITE_VOICES = ("rms", "kal16", "awb")
SEED = 3
MOST_WORDS = 3
"""Longest stretch that counts as one confusion, words said and heard."""
UNKNOWN = "[unk]"
"""What Encore's recogniser writes for sounds that are no words."""
LEAST_ALIKE = 0.4
"""Least likeness of sounds (0..1): below it the recogniser lost its place."""
Recognise = Callable[[Samples], str]


def by_vosk(model: Path) -> Recognise:
    """Return Encore's recogniser."""
    import vosk

    vosk.SetLogLevel(-1)
    loaded = vosk.Model(str(model.resolve()))

    def recognise(samples: Samples) -> str:
        heard = vosk.KaldiRecognizer(loaded, SAMPLE_RATE_HZ)
        heard.AcceptWaveform(_pcm(samples))
        return str(json.loads(heard.FinalResult())["text"])

    return recognise


def by_sphinx() -> Recognise | None:
    """Return PocketSphinx with its own models, None when it is not installed."""
    try:
        import pocketsphinx
    except ImportError:
        return None
    decoder: Any = pocketsphinx.Decoder(samprate=SAMPLE_RATE_HZ, bestpath=False, loglevel="FATAL")

    def recognise(samples: Samples) -> str:
        decoder.start_utt()
        decoder.process_raw(_pcm(samples), full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        return found.hypstr if found is not None else ""

    return recognise


def _pcm(samples: Samples) -> bytes:
    padded = np.pad(samples, SAMPLE_RATE_HZ // 4)
    return bytes((np.clip(padded, -1, 1) * 32767).astype("<i2").tobytes())


def voices(scratch: Path) -> list[Speak]:
    """Return the voices; those kept for judging are refused."""
    names = [v for v in FLITE_VOICES if v not in JUDGING_VOICES]
    accents = [a for a in ESPEAK_ACCENTS if a not in JUDGING_VOICES]
    return [*(flite(name, scratch) for name in names), espeak(accents, scratch)]


def sentences(data: LanguageData, count: int, seed: int) -> list[str]:
    """Return commands without errors or names, which recognisers cannot know."""
    examples = Generator(data, noise_chance=0.0).generate(max(20, count // 10), seed)
    fit = [e.text for e in examples if e.intent != OUT_OF_SCOPE and 2 <= len(e.words) <= 12]
    return random.Random(seed).sample(fit, count)


def confusions(said: Sequence[str], heard: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (said, heard) for each stretch that came out wrong but sounds alike."""
    for tag, a, b, c, d in SequenceMatcher(None, said, heard, autojunk=False).get_opcodes():
        if tag != "replace" or max(b - a, d - c) > MOST_WORDS:
            continue
        pairs = [(said[a:b], heard[c:d])]
        if b - a == d - c:
            pairs = [([s], [h]) for s, h in zip(said[a:b], heard[c:d], strict=True)]
        for one, other in pairs:
            if _alike(one, other) >= LEAST_ALIKE:
                yield " ".join(one), " ".join(other)


def _alike(said: Sequence[str], heard: Sequence[str]) -> float:
    one, other = ("".join(map(sound_of, words)) for words in (said, heard))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def keeps_meaning(said: str, heard: str, vocabulary: Vocabulary) -> bool:
    """True unless what was heard states something else in plain words: "slower" for "lower"."""
    told = {(f.parameter, vocabulary.value(f.parameter, heard)) for f in _finds(heard, vocabulary)}
    meant = {(f.parameter, vocabulary.value(f.parameter, said)) for f in _finds(said, vocabulary)}
    return not told or told <= meant


def _finds(text: str, vocabulary: Vocabulary) -> list[Any]:
    return vocabulary.find(text.split())


def learn(
    texts: Sequence[str], speakers: Sequence[Speak], recognisers: Sequence[Recognise], seed: int
) -> Counter[tuple[str, str]]:
    """Return how often what was said was heard as something else."""
    rng = random.Random(seed)
    counts: Counter[tuple[str, str]] = Counter()
    for text in texts:
        samples, _ = rng.choice(speakers)(text, rng)
        for recognise in recognisers:
            heard = recognise(samples).replace("'", "").split()
            counts.update(c for c in confusions(text.split(), heard) if UNKNOWN not in c[1])
    return counts


def to_yaml(counts: Mapping[tuple[str, str], int], sources: str) -> str:
    """Return the file: said -> heard, commonest first."""
    rows: dict[str, list[str]] = {}
    for (said, heard), _ in sorted(counts.items(), key=lambda c: (c[0][0], -c[1], c[0][1])):
        rows.setdefault(said, []).append(heard)
    head = [
        "# What recognisers made of spoken commands: said -> heard instead, commonest first.",
        f"# Written by scripts/learn_confusions.py: {sources}. Do not edit.",
        "heard:",
    ]
    lines = [f'  "{said}": {", ".join(heard)}' for said, heard in rows.items()]
    return "\n".join([*head, *lines]) + "\n"


def main(words: Sequence[str] | None = None) -> None:
    """Speak, recognise, compare and write."""
    parser = argparse.ArgumentParser(prog="scripts.learn_confusions", description=__doc__)
    parser.add_argument("--sentences", type=int, default=400)
    parser.add_argument("--model", type=Path, default=PROJECT / "models" / "vosk-encore-en")
    asked = parser.parse_args(words)
    for folder in sorted(PROJECT.glob("skills/*/nlu")):
        data = load_language(folder)
        sphinx = by_sphinx()
        recognisers = [by_vosk(asked.model), *([sphinx] if sphinx else [])]
        with tempfile.TemporaryDirectory() as scratch:
            texts = sentences(data, asked.sentences, SEED)
            counts = learn(texts, voices(Path(scratch)), recognisers, SEED)
        kept = {c: n for c, n in counts.items() if keeps_meaning(*c, data.vocabulary)}
        sources = f"{len(texts)} sentences, {len(recognisers)} recognisers, seed {SEED}"
        (folder / "heard.yml").write_text(to_yaml(kept, sources), encoding="utf-8")
        print(f"{len(kept)} confusions of {len(counts)} kept: {folder / 'heard.yml'}")


if __name__ == "__main__":
    main()
