"""How much foreign speech comes out as a command, and how many true commands pass.

A sentence comes out as a command when Encore is sure enough of it and understands it as one of its
intents. Two measures of sureness are compared: the mean confidence of the words ([unk] counting 0),
and the chance that the verifier gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from assistant.contract import Intent
from assistant.ears.verifier import OUT_OF_SCOPE, Verifier
from assistant.ears.vosk_recogniser import HeardWord
from speech.evaluate import Heard
from speech.language import OTHER_NAMES

MEAN, VERIFIER = "mean_confidence", "verifier"
THRESHOLDS = {
    MEAN: (0.0, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98),
    VERIFIER: (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98),
}

Meaning = tuple[str, dict[str, Any]]
Read = Callable[[str], Intent]


class Limits(Protocol):
    """Least sureness that Encore acts on."""

    @property
    def several_words(self) -> float:
        """Of a sentence of several words."""
        ...

    @property
    def one_word(self) -> float:
        """Of a single word."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """One clip, how sure Encore is of it, and whether it reads as a command."""

    reference: str
    words: int
    """Known words that were heard."""
    reads_as_command: bool
    seconds: float
    sureness: Mapping[str, float]
    """By measure."""

    def passes(self, measure: str, limits: Limits) -> bool:
        """Whether Encore is sure enough."""
        least = limits.one_word if self.words == 1 else limits.several_words
        return self.words > 0 and self.sureness[measure] >= least

    def is_acted_on(self, measure: str, limits: Limits) -> bool:
        """Whether Encore would do something."""
        return self.reads_as_command and self.passes(measure, limits)


@dataclass(frozen=True, slots=True)
class At:
    """The same threshold, or one for each length."""

    several_words: float
    one_word: float


def heard_words(clip: Heard) -> list[HeardWord]:
    """The words of a clip as the ears get them, but for their times, which nobody looks at."""
    pairs = zip(clip.text.split(), clip.sure, strict=True)
    return [HeardWord(word, 0.0, 0.0, sure) for word, sure in pairs]


def judged(clip: Heard, read: Read, verifier: Verifier | None) -> Judged:
    """One clip with both measures."""
    intent = read(clip.words)
    sureness = {MEAN: clip.confidence}
    if verifier is not None:
        sureness[VERIFIER] = verifier.chance(heard_words(clip), intent, clip.misfit)
    command = bool(clip.words) and intent.name != OUT_OF_SCOPE
    return Judged(clip.reference, len(clip.words.split()), command, clip.seconds, sureness)


def refusal(
    commands: Sequence[Heard],
    foreign: Mapping[str, Sequence[Heard]],
    read: Read,
    limits: Limits,
    verifier: Verifier | None,
) -> dict[str, Any]:
    """By measure: the curve over all thresholds, and everything at those that Encore uses."""
    said = [judged(clip, read, verifier) for clip in commands]
    others = {name: [judged(c, read, verifier) for c in clips] for name, clips in foreign.items()}
    used: dict[str, Limits] = {MEAN: limits}
    if verifier is not None:
        used[VERIFIER] = verifier
    return {
        measure: {
            "at_the_thresholds": at_limits(said, others, measure, at),
            "curve": [curve_row(said, others, measure, t) for t in THRESHOLDS[measure]],
        }
        for measure, at in used.items()
    }


def at_limits(
    commands: Sequence[Judged],
    foreign: Mapping[str, Sequence[Judged]],
    measure: str,
    limits: Limits,
) -> dict[str, Any]:
    """What passes at Encore's own thresholds, by kind of speech and in all."""
    many, ones = _by_length(commands)
    facts: dict[str, Any] = {
        "several_words": limits.several_words,
        "one_word": limits.one_word,
        "commands": len(many),
        "commands_pass": _share(c.passes(measure, limits) for c in many),
        "commands_acted_on": _share(c.is_acted_on(measure, limits) for c in many),
        "commands_read_as_such": _share(c.reads_as_command for c in many),
        "pass_of_those_read_as_such": _share(
            c.passes(measure, limits) for c in many if c.reads_as_command
        ),
        "one_word_commands": len(ones),
        "one_word_commands_pass": _share(c.passes(measure, limits) for c in ones),
    }

    def false(clips: Iterable[Judged]) -> dict[str, float]:
        clips = list(clips)
        acted = sum(clip.is_acted_on(measure, limits) for clip in clips)
        minutes = sum(clip.seconds for clip in clips) / 60
        return {
            "clips": len(clips),
            "minutes": round(minutes, 1),
            "false_commands": acted,
            "share": round(acted / max(1, len(clips)), 4),
            "per_ten_minutes": round(10 * acted / max(minutes, 0.1), 2),
        }

    facts |= {name: false(clips) for name, clips in foreign.items()}
    everything = [clip for clips in foreign.values() for clip in clips]
    facts["all_foreign"] = false(everything)
    known = set(OTHER_NAMES)
    facts["all_but_known_names"] = false(c for c in everything if c.reference not in known)
    return facts


def curve_row(
    commands: Sequence[Judged],
    foreign: Mapping[str, Sequence[Judged]],
    measure: str,
    threshold: float,
) -> dict[str, float]:
    """Shares that pass when one threshold holds for sentences of any length."""
    many, ones = _by_length(commands)
    both = At(threshold, threshold)
    row = {
        "threshold": threshold,
        "commands_pass": _share(c.passes(measure, both) for c in many),
        "commands_acted_on": _share(c.is_acted_on(measure, both) for c in many),
        "one_word_commands_pass": _share(c.passes(measure, both) for c in ones),
    }
    for name, clips in foreign.items():
        for length, limits in (
            ("several_words", At(threshold, 2.0)),
            ("one_word", At(2.0, threshold)),
        ):
            row[f"{name}_{length}_pass"] = _share(c.is_acted_on(measure, limits) for c in clips)
    everything = [clip for clips in foreign.values() for clip in clips]
    row["all_foreign_pass"] = _share(c.is_acted_on(measure, both) for c in everything)
    return row


def _share(marks: Iterable[bool]) -> float:
    found = list(marks)
    return round(sum(found) / max(1, len(found)), 4)


def _by_length(commands: Sequence[Judged]) -> tuple[list[Judged], list[Judged]]:
    """Commands of several words, and of one, by what was said."""
    many = [clip for clip in commands if len(clip.reference.split()) > 1]
    return many, [clip for clip in commands if len(clip.reference.split()) == 1]
