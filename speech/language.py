"""Sentences of the command language, drawn from the words that understanding learns from.

`python -m speech.language --out FILE` runs in Encore's own environment. So recogniser and
understanding cannot drift apart: both know what `skills/music/nlu` says.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from assistant.understanding.training_data import (
    OUT_OF_SCOPE,
    Generator,
    LanguageData,
    load_language,
)

NLU_FOLDER = Path(__file__).resolve().parents[1] / "skills" / "music" / "nlu"
WAKE_WORD = "maestro"
WAKE_SHARE = 0.15
"""Commands that begin with the wake word."""
GREETED_WAKE_SHARE = 0.02
OTHER_NAMES = (
    "alexa computer jarvis siri cortana google bixby mycroft porcupine bumblebee terminator amazon"
).split()
"""Names that people call other assistants by: heard as such, they are never taken for commands."""
LIKE_THE_WAKE_WORD = (
    "americano bistro metro micro astro castro mistress mister master masters mastered mustard "
    "mistral mantra mostly pastry mousetrap destroy astray history mystery misty ministry minister "
    "monster muster mast most moist roast toast espresso maestros macro bestow gusto"
).split()
"""What else is heard as [unk], lest it be taken for "maestro": chosen from the dictionary's
nearest by phones, and "americano", the word that was taken for it most often."""
RARELY_SAID = {"an unhappy": "a happy"}
"""Sounds nearly the same, means the opposite and is hardly ever said: it must not be as likely."""
HEARD_WRONG = "*heard_wrong*"
"""Files with sentences as recognisers write them when they err."""
DRAWS = 2500
"""Sentences of every intent."""
HEAVY = {"continue": 3, "compose": 2, "adjust": 3, "set": 2, "accompany": 1.5, OUT_OF_SCOPE: 3}
"""Intents with more ways to say them get more sentences."""

_WITH_APOSTROPHE = """
don't didn't doesn't can't couldn't wouldn't shouldn't won't isn't aren't wasn't that's what's how's
here's there's where's who's let's it's i'm i've i'll i'd you're you've we've that'll they're he's
she's
"""
CONTRACTIONS = {word.replace("'", ""): word for word in _WITH_APOSTROPHE.split()}
"""Understanding writes no apostrophes; recognisers do, and dictionaries know these words so."""


def written_out(text: str) -> str:
    """Puts the apostrophes back."""
    return " ".join(CONTRACTIONS.get(word, word) for word in text.split())


def as_said(text: str) -> str:
    """The text without what is hardly ever said."""
    for rare, common in RARELY_SAID.items():
        text = text.replace(rare, common)
    return text


def draw_sentences(data: LanguageData, draws: int, seed: int) -> Iterator[str]:
    """Random sentences of all intents, without recogniser errors.

    Unlike the examples of understanding, repeats are kept: a short command such as "stop" must be
    likely, not only possible.
    """
    generator, rng = Generator(data, noise_chance=0.0), random.Random(seed)
    for intent in sorted(data.intents):
        templates = list(data.intents[intent])
        for turn in range(int(draws * HEAVY.get(intent, 1))):
            if turn % len(templates) == 0:
                rng.shuffle(templates)
            text = generator.draw(intent, templates[turn % len(templates)], rng).text
            yield _addressed(as_said(written_out(text)), rng)


def _addressed(text: str, rng: random.Random) -> str:
    chance = rng.random()
    if not text or chance > WAKE_SHARE + GREETED_WAKE_SHARE or WAKE_WORD in text.split():
        return text or WAKE_WORD
    greeting = rng.choice(["hey ", "okay "]) if chance > WAKE_SHARE else ""
    return f"{greeting}{WAKE_WORD} {text}"


def speakable(text: str) -> bool:
    """Whether a recogniser writes it like this: letters and apostrophes only."""
    return all(word.replace("'", "").isalpha() for word in text.split())


def spoken_language(folder: Path) -> LanguageData:
    """The words of the skill without the sentences that show how recognisers err.

    Understanding learns from those too; a recogniser that learnt them would err like that.
    """
    with tempfile.TemporaryDirectory(prefix="encore-words-") as scratch:
        copy = Path(scratch) / folder.name
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(HEARD_WRONG))
        return load_language(copy)


def main() -> None:
    """Writes one sentence a line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--nlu", type=Path, default=NLU_FOLDER)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--seed", type=int, default=11)
    choice = parser.parse_args()
    data = spoken_language(choice.nlu)
    sentences = [text for text in draw_sentences(data, choice.draws, choice.seed) if text]
    kept = [text for text in sentences if speakable(text)]
    choice.out.parent.mkdir(parents=True, exist_ok=True)
    choice.out.write_text("\n".join(kept) + "\n", encoding="utf-8")
    words = {word for text in kept for word in text.split()}
    dropped = len(sentences) - len(kept)
    print(f"{len(kept)} sentences, {len(words)} words, {dropped} unspeakable, {data.digest[:12]}")


if __name__ == "__main__":
    main()
