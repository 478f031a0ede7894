"""Coffee orders by people who were not trained on: the same machinery with another language.

The shipped network has heard all speakers of the training pack, so this figure needs a network of
its own: `split` copies features without every fourth speaker, `speech.train` learns from them,
`speech.build` makes a model of the grammar's sentences, and `score` decodes the other speakers.
`split` runs in the training environment, `score` in Encore's own (uses vosk).
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speech.packs import Clip, read_set

SET = "picovoice_coffee"
HELD_OUT_EVERY = 4
"""Every fourth speaker (cluster of voices, by name) is kept for judging."""
SENTENCES = 60000
CARRIERS = "can i have|can i get|may i have|i want|i'd like|get me|give me|make me|brew".split("|")
CLASSES = {
    "size": "small|medium|large|eight ounce|twelve ounce|sixteen ounce|twenty ounce".split("|"),
    "roast": "light roast|medium roast|dark roast".split("|"),
    "numberOfShots": "single shot|double shot|triple shot".split("|"),
    "coffeeDrink": (
        "iced coffee|drip coffee|house coffee|iced mocha|coffee|mocha|americano|cappuccino|latte|"
        "espresso"
    ).split("|"),
    "milk": "almond milk|skim milk|soy milk|whole milk|milk|cream".split("|"),
    "sugar": "brown sugar|sugar|sweetener".split("|"),
}
AMOUNTS = ("", "some ", "a lot of ", "lots of ", "a bit of ", "a little bit of ")
_MODIFIERS = ("size", "roast", "numberOfShots")
_ORDERS = tuple(order for count in range(4) for order in itertools.permutations(_MODIFIERS, count))


def orders(count: int, seed: int) -> Iterator[str]:
    """Random orders of the set's language, all wordings alike."""
    rng = random.Random(seed)
    for _ in range(count):
        words = [rng.choice(CARRIERS), rng.choice(["a", "an"])]
        words += [rng.choice(CLASSES[name]) for name in rng.choice(_ORDERS)]
        words.append(rng.choice(CLASSES["coffeeDrink"]))
        parts = [rng.choice(AMOUNTS) + rng.choice(CLASSES[name]) for name in ("milk", "sugar")]
        rng.shuffle(parts)
        wanted = parts[: rng.choice([0, 0, 1, 1, 2])]
        yield " ".join([*words, *(["with " + " and ".join(wanted)] if wanted else [])])


def slots_of(text: str) -> dict[str, str]:
    """What an order asks for, by the names of the set's labels."""
    found: dict[str, str] = {}
    left = f" {text} "
    for name in ("roast", "numberOfShots", "size", "coffeeDrink"):
        for value in CLASSES[name]:
            if f" {value} " in left:
                found[name] = value
                left = left.replace(f" {value} ", " | ", 1)
                break
    for name in ("milk", "sugar"):
        ways = "|".join(amount for amount in sorted(AMOUNTS, key=len, reverse=True) if amount)
        kinds = "|".join(CLASSES[name])
        if match := re.search(rf" (?:with|and) ((?:{ways})?(?:{kinds})) ", left):
            found[f"{name}Amount"] = match.group(1)
    return found


def is_whole(text: str, labels: Mapping[str, str]) -> bool:
    """Whether a text has every slot right and none besides."""
    return slots_of(text) == {name: value.strip() for name, value in labels.items()}


def held_out(clips: list[tuple[Clip, Mapping[str, str]]]) -> set[str]:
    """The speakers that are judged."""
    return set(sorted({clip.speaker for clip, _ in clips})[::HELD_OUT_EVERY])


def speakers_of(
    samples: npt.NDArray[np.int64], clips: list[tuple[Clip, Mapping[str, str]]]
) -> list[str]:
    """The speaker of every aligned clip: alignment keeps the order and drops some.

    Args:
        samples: lengths of the aligned clips, from `speech.align`.
        clips: the whole set.
    """
    from speech.align import read_audio

    source, found = iter(clips), []
    for length in samples.tolist():
        for clip, _ in source:
            if len(read_audio(clip.path)) == length:
                found.append(clip.speaker)
                break
    return found


def split(packs: Path, work: Path) -> None:
    """Writes WORK/features_coffee: all features but those of the judged speakers."""
    clips = list(read_set(packs, work, SET))
    out = held_out(clips)
    target = work / "features_coffee"
    target.mkdir(exist_ok=True)
    for path in sorted((work / "features").glob("*.npz")):
        if path.stem != SET and not (target / path.name).exists():
            (target / path.name).symlink_to(path.resolve())
    with np.load(work / "aligned" / f"{SET}.npz", allow_pickle=False) as stored:
        speakers = speakers_of(stored["samples"], clips)
    with np.load(work / "features" / f"{SET}.npz", allow_pickle=False) as stored:
        frames, classes, lengths = stored["frames"], stored["classes"], stored["lengths"]
    copies = len(lengths) // len(speakers)
    kept = np.repeat([speaker not in out for speaker in speakers], copies)
    mask = np.repeat(kept, lengths)
    parts = {"frames": frames[mask], "classes": classes[mask], "lengths": lengths[kept]}
    np.savez(target / f"{SET}.npz", **parts)
    print(f"{kept.sum()} of {len(kept)} copies kept, {len(out)} speakers are judged")


def score(packs: Path, work: Path, model: Path) -> None:
    """Decodes the judged speakers and prints whole commands and slots that are right."""
    from speech.evaluate import Listener

    clips = list(read_set(packs, work, SET))
    out, listener = held_out(clips), Listener(model)
    whole = right = wanted = judged = 0
    for clip, row in clips:
        if clip.speaker not in out:
            continue
        labels = {name: value.strip() for name, value in json.loads(row["slots"]).items()}
        heard = listener.hear(clip.path, clip.text).words
        got = slots_of(heard)
        judged += 1
        whole += is_whole(heard, labels)
        right += sum(got.get(name) == value for name, value in labels.items())
        wanted += len(labels)
    print(
        f"{judged} orders by {len(out)} speakers: {whole} whole ({whole / judged:.1%}), "
        f"slots {right / wanted:.1%}"
    )


def main() -> None:
    """One of the steps."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("step", choices=["split", "sentences", "score"])
    parser.add_argument("--packs", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="of score")
    choice = parser.parse_args()
    if choice.step == "split":
        split(choice.packs, choice.work)
    elif choice.step == "sentences":
        lines = "\n".join(orders(SENTENCES, seed=23)) + "\n"
        (choice.work / "coffee.txt").write_text(lines, encoding="utf-8")
    else:
        score(choice.packs, choice.work, choice.model)


if __name__ == "__main__":
    main()
