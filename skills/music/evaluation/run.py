"""Everything that can be measured of the generator; a run can be stopped and gone on with."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.contract import InputError
from skills.music.evaluation import likelihood, mood_section, plots, speed, tables
from skills.music.evaluation.answers import with_baselines
from skills.music.evaluation.asked import Answers, Asked, Songs, draw, everything_asked
from skills.music.evaluation.book import Book, digest_of, key_of
from skills.music.evaluation.cases import Case
from skills.music.evaluation.judge import Judge, own_measure, read_judges
from skills.music.evaluation.metrics import continuation
from skills.music.evaluation.realness import FEWEST, giveaways
from skills.music.generator.engine import Generator
from skills.music.training.corpora import CORPORA
from skills.music.training.prepare import MusicSet, load

Say = Callable[[str], None]
ALL_CORPORA = tuple(corpus.name for corpus in CORPORA)
MOST_MOOD_PHRASES = 60
HERE = Path(__file__).parent
FORESEEING = ("likelihood.py", "ngram.py", "seed_network.py", "cases.py")
MEASURING = (
    *("answers.py", "baselines.py", "cases.py", "distinct.py", "heard.py", "judge.py"),
    *("metrics.py", "mood_section.py", "moods.py", "overlap.py", "realness.py"),
)
"""Files of this folder that the sections on foresight and on answers depend on."""


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Measured:
    """What to measure."""

    data: Path | None = None
    """Folder of archives; None measures the speed alone."""
    cache: Path = Path(".cache/music")
    count: int = 40
    """Cuts of each corpus, without a mood."""
    mood_count: int | None = None
    """The first so many of them are asked for in every mood; None = all, 60 at most."""
    seed: int = 0
    split: str = "test"
    judge: Path | None = None
    out: Path | None = None
    """Folder of the report; what is there already and still true is not made again."""
    corpora: tuple[str, ...] = ALL_CORPORA
    songs: tuple[Path, ...] = ()
    """Folders of MIDI files: further corpora that nothing was learned from."""
    seed_network_s: float = 600.0
    """Processor time at most for teaching the seed project's network."""
    mood_corpora: tuple[str, ...] = ()
    """Corpora whose phrases are asked for in every mood; none named: all."""
    part: tuple[int, int] | None = None
    """(i, n): draw the i-th of n shares of the answers only, for runs side by side."""
    model: Path | None = None

    @property
    def mood_phrases(self) -> int:
        """How many cuts of each corpus are asked for in every mood."""
        return min(self.mood_count or MOST_MOOD_PHRASES, self.count)

    @property
    def every_corpus(self) -> tuple[str, ...]:
        """Names of the corpora and of the folders of songs."""
        return (*self.corpora, *(folder.name for folder in self.songs))

    @property
    def moody(self) -> tuple[str, ...]:
        """Names of the corpora whose phrases are asked for in every mood."""
        return tuple(n for n in self.every_corpus if n in (self.mood_corpora or self.every_corpus))

    @property
    def asked(self) -> list[Asked]:
        """All sets of answers."""
        return everything_asked(self.every_corpus, self.count, self.moody, self.mood_phrases)


@dataclass(frozen=True, slots=True)
class Bench:
    """One run's means."""

    plan: Measured
    answers: Answers
    music: MusicSet
    judges: list[Judge]
    book: Book
    say: Say
    code: str = field(default_factory=lambda: digest_of([HERE / name for name in MEASURING]))
    """Figures are made again when the code that measures has changed."""

    def key(self, *parts: object) -> str:
        """Return what a section depends on: the model, the code that measures, and these."""
        return key_of(self.code, self.answers.key, *parts)

    def cases(self, corpus: str) -> list[Case]:
        """Return the answers without a mood."""
        return self.answers.of(Asked(corpus, None, 1.0, self.plan.count))


def run(plan: Measured, say: Say = _say) -> dict[str, Any]:
    """Measure and return the report as JSON values; raises EncoreError in a sentence.

    Without a data folder only the speed is measured. Every finished section is written into the
    report's folder at once, and taken from there when the run is repeated.
    """
    judges = [own_measure(), *(read_judges(plan.judge) if plan.judge else [])]
    music = None if plan.data is None else _music(plan.data, plan.cache)
    book = Book(plan.out)
    if plan.part is None:
        say("Speed …")
        book.section("speed", _speed_key(plan), lambda: speed.measure(plan.model))
    if music is None:
        return book.report
    with tempfile.TemporaryDirectory() as nowhere:
        kept = book if plan.out is not None else Book(Path(nowhere))
        kept.report = book.report
        _measure_music(plan, music, judges, kept, say)
    return book.report


def _measure_music(
    plan: Measured, music: MusicSet, judges: list[Judge], book: Book, say: Say
) -> None:
    generator = Generator.load(plan.model)
    songs = Songs(music, plan.songs, plan.count, plan.seed, plan.split)
    answers = Answers(generator, songs, book, plan.model)
    bench = Bench(plan, answers, music, judges, book, say)
    if plan.part is not None:
        share, shares = plan.part
        draw(answers, plan.asked[share - 1 :: shares], say)
        say("This share of the answers is drawn; run again without --part for the figures.")
        return
    draw(answers, plan.asked, say)
    _continuations(bench)
    mood_section.measure(bench)
    _foresight(bench)
    if plan.out is not None:
        tables.write(book.report, plan.out)
        plots.draw_all(book.report, plan.out)


def _speed_key(plan: Measured) -> str:
    generator = HERE.parent / "generator"
    return key_of(str(plan.model), digest_of(list(generator.glob("*.py"))))


def _music(data: Path, cache: Path) -> MusicSet:
    needed = ["splits.tsv", *(f"{corpus.name}.tar.gz" for corpus in CORPORA)]
    missing = [name for name in needed if not (data / name).exists()]
    if missing:
        raise InputError(f"The data folder {data} lacks {', '.join(missing)}.")
    return load(data, cache)


def _foresight(bench: Bench) -> None:
    """Measure what is foreseen of held-out songs, beside counting, guessing and the seed's net."""
    plan, checkpoint = bench.plan, bench.answers.generator.checkpoint
    code = digest_of([HERE / name for name in FORESEEING])
    key = key_of(checkpoint.sha256, code, plan.count, plan.seed, plan.split)
    bench.say("Likelihood on held-out songs …")
    bench.book.section(
        "likelihood",
        key,
        lambda: likelihood.compare(checkpoint, bench.music, plan.count, plan.seed, plan.split),
    )
    bench.say("Top lines, beside the seed project's network …")
    bench.book.section(
        "top_lines",
        key_of(key, plan.seed_network_s),
        lambda: likelihood.compare_on_tunes(
            checkpoint, bench.music, plan.count, plan.seed, plan.seed_network_s, plan.split
        ),
    )


def _continuations(bench: Bench) -> None:
    """Measure answers without a mood: each corpus by itself, and all together."""
    plan = bench.plan
    every: list[Case] = []
    for corpus in plan.every_corpus:
        cases = bench.cases(corpus)
        every += cases
        bench.say(f"Continuing {corpus}: {len(cases)} phrases …")
        _continued(bench, corpus, cases)
    bench.say(f"All {len(every)} together …")
    _continued(bench, "all", every)
    bench.book.section(
        "giveaways",
        bench.key("giveaways", plan.every_corpus, plan.count, plan.seed),
        lambda: dict(giveaways(every)) if len(every) >= FEWEST else {},
    )


def _continued(bench: Bench, name: str, cases: Sequence[Case]) -> None:
    plan = bench.plan
    key = bench.key(name, plan.every_corpus if name == "all" else (), plan.count, plan.seed)

    def rows() -> dict[str, Any]:
        return {
            row: continuation(kind, plan.seed) | {"cases": len(kind)}
            for row, kind in with_baselines(cases, plan.seed).items()
        }

    bench.book.section(f"continuations/{name}", key, rows)
