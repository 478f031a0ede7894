"""What is asked of the generator: one set of answers for each corpus, mood and strength."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.contract import InputError
from skills.music.evaluation.answers import Cuts, answered, as_file, cases_of, held_out
from skills.music.evaluation.book import Book, digest_of, key_of
from skills.music.evaluation.cases import Case
from skills.music.evaluation.judge import QUADRANTS
from skills.music.generator.checkpoint import DEFAULT_FOLDER
from skills.music.generator.critic import FILE as CRITIC_FILE
from skills.music.generator.engine import Generator
from skills.music.training.cuts import cut_songs
from skills.music.training.prepare import MusicSet, read_notes

FOUR: Final = ("happy", "sad", "calm", "tense")
STRENGTHS: Final = {"a bit": 0.5, "much": 1.5}
MIDI: Final = (".mid", ".midi")
MUSIC: Final = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Asked:
    """One set of answers."""

    corpus: str
    mood: str | None
    strength: float
    count: int
    """The first so many cuts of the corpus."""

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.corpus}-{self.mood or 'none'}-{self.strength:g}"


def everything_asked(
    corpora: Sequence[str], count: int, moody: Sequence[str], mood_count: int
) -> list[Asked]:
    """Return all sets: no mood first, then nine moods, then "a bit" and "much" of four.

    moody: the corpora that are asked for in moods.
    """
    asked = [Asked(corpus, None, 1.0, count) for corpus in corpora]
    for corpus in moody:
        asked += [Asked(corpus, mood, 1.0, mood_count) for mood in QUADRANTS]
    for corpus in moody:
        asked += [
            Asked(corpus, mood, strength, strength_count(mood_count))
            for mood in FOUR
            for strength in STRENGTHS.values()
        ]
    return asked


def strength_count(mood_count: int) -> int:
    """Return how many phrases are asked for "a bit" and "much": half of those in every mood."""
    return max(mood_count // 2, 2)


class Songs:
    """Cuts of held-out songs, and of folders of MIDI files that nothing was learned from."""

    def __init__(
        self, music: MusicSet, folders: Sequence[Path], count: int, seed: int, split: str
    ) -> None:
        """Cut so many places of each corpus; a folder's corpus bears its name."""
        self._music, self._count, self._seed, self._split = music, count, seed, split
        self._folders = {folder.name: folder for folder in folders}
        self._cuts: dict[str, Cuts] = {}

    def cuts(self, corpus: str) -> Cuts:
        """Return the cuts of a corpus; raises InputError where a folder holds no music."""
        if corpus not in self._cuts:
            self._cuts[corpus] = self._cut(corpus)
        return self._cuts[corpus]

    def _cut(self, corpus: str) -> Cuts:
        folder = self._folders.get(corpus)
        if folder is None:
            return held_out(self._music, (corpus,), self._count, self._seed, self._split)
        paths = sorted(
            path for path in folder.rglob("*") if path.suffix.lower() in (".mid", ".midi")
        )
        read = (read_notes(path.read_bytes()) for path in paths)
        songs = [
            (rows[:, :4] - [rows[0, 0], rows[0, 0], 0, 0]) for rows in read if rows is not None
        ]
        if not songs:
            raise InputError(f"{folder} holds no music of 24 notes or more.")
        found = cut_songs(songs, self._count, self._seed)
        return [(corpus, (as_file(phrase), as_file(truth))) for _, (phrase, truth) in found]


class Answers:
    """Sets of answers, drawn once and kept in the report's folder."""

    def __init__(self, generator: Generator, songs: Songs, book: Book, model: Path | None) -> None:
        """Answers are kept as long as model, code and cuts are the same."""
        self.generator, self.songs, self.book = generator, songs, book
        self.key = generator_key(generator, model)

    def key_for(self, asked: Asked) -> str:
        """Return what a set of answers depends on."""
        prompts = [(pair[0], pair[1]) for _, pair in self.songs.cuts(asked.corpus)[: asked.count]]
        return key_of(self.key, asked, hash_of_cuts(prompts))

    def of(self, asked: Asked) -> list[Case]:
        """Return a set of answers as cases."""
        found = self.songs.cuts(asked.corpus)[: asked.count]
        rows = self.book.answers(
            asked.name,
            self.key_for(asked),
            lambda: answered(self.generator, found, asked.mood, asked.strength),
        )
        return cases_of(found, rows, asked.mood)

    def missing(self, asked: Sequence[Asked]) -> list[Asked]:
        """Return the sets that are still to be drawn."""
        return [one for one in asked if not self.book.has_answers(one.name, self.key_for(one))]


def hash_of_cuts(prompts: Sequence[object]) -> str:
    """Return a short hash of phrases and what came next."""
    return key_of(*prompts)


def generator_key(generator: Generator, model: Path | None) -> str:
    """Return a short hash of the model, its critic and the code that draws."""
    code = [*(MUSIC / "generator").glob("*.py"), *(MUSIC / "theory").glob("*.py")]
    critic = (model or DEFAULT_FOLDER) / CRITIC_FILE
    return key_of(generator.checkpoint.sha256, digest_of([critic, *code]))


def draw(answers: Answers, asked: Sequence[Asked], say: Callable[[str], None]) -> None:
    """Draw what is missing of these sets, saying how far it is."""
    left = answers.missing(asked)
    for number, one in enumerate(left):
        say(f"Answers {number + 1} of {len(left)}: {one.name}, {one.count} phrases …")
        answers.of(one)
