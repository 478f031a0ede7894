"""Puts the Vosk model together: acoustic model, graph, word list and settings.

`python -m speech.build --work DIR --sentences FILE --out models/vosk-encore-en`. This step uses
kaldifst and must not share a process with vosk.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from assistant.ears.second_opinion import FOLDER as OPINION
from assistant.ears.spotter import FOLDER as SPOTTER
from speech.align import load_aligned
from speech.dictionary import Pronunciations, load_dictionary, with_guesses
from speech.features import MFCC_CONF
from speech.graph import Bigram, Garbage, GraphBuilder
from speech.kaldi import acoustic_model
from speech.language import LIKE_THE_WAKE_WORD, OTHER_NAMES
from speech.mmi import runs
from speech.network import SUBSAMPLING, folded_layers
from speech.ngram import NGram, estimate, prune
from speech.phone_loop import CALLS, write_phone_loop
from speech.phones import CLASSES, PLACED, PLACES
from speech.train import load_network

EVERYDAY_WORDS = 700
"""Frequent words of read speech that stand for everything that is no command."""

OTHER_NAME_COST = 4.0
"""Of each of them: as if every fiftieth everyday word were one."""

MODEL_CONF = """--min-active=200
--max-active={max_active}
--beam={beam}
--lattice-beam={lattice_beam}
--acoustic-scale={acoustic_scale}
--frame-subsampling-factor={subsampling}
--frames-per-chunk=3
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=1.0
--endpoint.rule4.min-trailing-silence=2.0
"""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Numbers chosen by measurement."""

    acoustic_scale: float = 0.7
    order: int = 3
    fewest: tuple[int, ...] = (1, 1, 2, 3)
    least_gain: float = 7.5
    """See ngram.prune: larger makes a smaller graph."""
    word_cost: float = -0.7
    beam: float = 13.0
    max_active: int = 3000
    lattice_beam: float = 4.0
    phone_enter_cost: float = 5.0
    phone_cost: float = -0.5
    word_enter_cost: float = 4.0


def phone_bigram(sequences: list[list[int]]) -> Bigram:
    """Costs of a phone after another, from spoken phone sequences."""
    counts = {one: Counter(dict.fromkeys(CLASSES, 1.0)) for one in CLASSES}
    for sequence in sequences:
        for one, two in zip([0, *sequence], sequence, strict=False):
            counts[CLASSES[one]][CLASSES[two]] += 1
    return {
        one: {two: -math.log(n / sum(following.values())) for two, n in following.items()}
        for one, following in counts.items()
    }


def everyday_words(texts: list[str], commands: set[str]) -> dict[str, float]:
    """Costs of frequent words that no command uses, of other assistants' names, and of words
    that sound like the wake word."""
    counts = Counter(word for text in texts for word in text.split() if word not in commands)
    frequent = dict(counts.most_common(EVERYDAY_WORDS))
    total = sum(frequent.values())
    names = dict.fromkeys({*OTHER_NAMES, *LIKE_THE_WAKE_WORD} - commands, OTHER_NAME_COST)
    return {word: -math.log(n / total) for word, n in frequent.items()} | names


def read_speech(work: Path) -> tuple[Bigram, list[str]]:
    """Which phone follows which in read speech (LibriSpeech's training part), and its texts."""
    spoken = load_aligned(work / "aligned" / "librispeech.npz")
    sequences = []
    for utterance in spoken:
        labels = utterance.classes[::SUBSAMPLING].astype("int64")
        sequences.append([label for label, _, _ in runs(labels)])
    return phone_bigram(sequences), [utterance.text for utterance in spoken]


def make_garbage(
    bigram: Bigram, texts: list[str], commands: set[str], tuning: Tuning, known: Pronunciations
) -> Garbage:
    """The garbage path."""
    words = everyday_words(texts, commands)
    return Garbage(
        enter_cost=tuning.phone_enter_cost,
        phone_cost=tuning.phone_cost,
        bigram=bigram,
        words={word: cost for word, cost in words.items() if word in known},
        word_enter_cost=tuning.word_enter_cost,
    )


def write_model(out: Path, network: Path, builder: GraphBuilder, tuning: Tuning) -> None:
    """Writes the folder that vosk.Model loads."""
    weights, shares, by_sequence = load_network(network)
    for part in ("am", "conf", "graph/phones"):
        (out / part).mkdir(parents=True, exist_ok=True)
    priors = None if by_sequence else [max(2e-3, share) for share in shares.tolist()]
    (out / "am" / "final.mdl").write_bytes(acoustic_model(folded_layers(weights), priors))
    builder.fst.write(str(out / "graph" / "HCLG.fst"))
    words = "".join(f"{word} {index}\n" for index, word in enumerate(builder.words))
    (out / "graph" / "words.txt").write_text(words, encoding="utf-8")
    (out / "graph" / "phones" / "word_boundary.int").write_text(_boundaries(), encoding="ascii")
    (out / "conf" / "mfcc.conf").write_text(MFCC_CONF, encoding="ascii")
    conf = MODEL_CONF.format(
        acoustic_scale=tuning.acoustic_scale,
        beam=tuning.beam,
        max_active=tuning.max_active,
        lattice_beam=tuning.lattice_beam,
        subsampling=SUBSAMPLING,
    )
    (out / "conf" / "model.conf").write_text(conf, encoding="ascii")


def _boundaries() -> str:
    """Which phone ids begin, end or fill a word: Vosk takes word times from this."""
    kinds = [PLACES.get(placed.rpartition("_")[2], "nonword") for placed in PLACED]
    return "".join(f"{index} {kind}\n" for index, kind in enumerate(kinds, start=1))


def read_sentences(path: Path) -> list[str]:
    """One command a line."""
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def language_model(sentences: list[str], tuning: Tuning) -> NGram:
    """The n-gram of the command language."""
    full = estimate(sentences, tuning.order, fewest=tuning.fewest)
    return prune(full, sentences, tuning.least_gain)


def main() -> None:
    """Builds the model folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sentences", type=Path, required=True, help="one command a line")
    parser.add_argument("--network", type=Path, help="default: WORK/network.safetensors")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tuning", default="{}", help="JSON that overrides numbers of Tuning")
    choice = parser.parse_args()
    tuning = Tuning(**json.loads(choice.tuning))
    sentences = read_sentences(choice.sentences)
    model = language_model(sentences, tuning)
    commands = {word for word in model.words[()] if not word.startswith("<")} - {"</s>"}
    known = load_dictionary()
    bigram, texts = read_speech(choice.work)
    garbage = make_garbage(bigram, texts, commands, tuning, known)
    builder = GraphBuilder(with_guesses([*commands, *garbage.words], known), tuning.word_cost)
    builder.build(model, garbage)
    write_model(choice.out, choice.network or choice.work / "network.safetensors", builder, tuning)
    scale = tuning.acoustic_scale
    write_phone_loop(choice.out / OPINION, bigram, scale, SUBSAMPLING)
    write_phone_loop(choice.out / SPOTTER, bigram, scale, SUBSAMPLING, CALLS)
    size = sum(path.stat().st_size for path in choice.out.rglob("*") if path.is_file())
    print(
        f"{len(builder.words)} words, {len(model.words)} histories, {builder.arcs} arcs, "
        f"{size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
