"""How much foreign speech comes out as a command, and how many true commands pass, by confidence.

A command is what is sure enough (mean confidence of the words, [unk] counting 0) and is understood
as one of Encore's intents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from speech.evaluate import Heard, accepted_share, is_command
from speech.language import OTHER_NAMES

THRESHOLDS = (0.0, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)
OUT_OF_SCOPE = "out_of_scope"

Meaning = tuple[str, dict[str, Any]]
Understand = Callable[[str], Meaning]


class Limits(Protocol):
    """Least mean confidences that Encore acts on."""

    @property
    def several_words(self) -> float:
        """Of a sentence of several words."""
        ...

    @property
    def one_word(self) -> float:
        """Of a single word."""
        ...


def false_command(clip: Heard, several: float, single: float, understand: Understand) -> bool:
    """Whether Encore would act on this clip: sure enough, and understood as one of its intents."""
    sure = is_command(clip, several, single)
    return sure and understand(clip.words)[0] != OUT_OF_SCOPE


def refusal(
    commands: Sequence[Heard],
    foreign: Mapping[str, Sequence[Heard]],
    understand: Understand,
    limits: Limits,
) -> dict[str, Any]:
    """The curve over all thresholds, and everything at the one that Encore uses."""
    return {
        "at_the_thresholds": at_limits(commands, foreign, understand, limits),
        "curve": [curve_row(t, commands, foreign, understand) for t in THRESHOLDS],
    }


def at_limits(
    commands: Sequence[Heard],
    foreign: Mapping[str, Sequence[Heard]],
    understand: Understand,
    limits: Limits,
) -> dict[str, Any]:
    """What passes at Encore's own thresholds, by kind of speech and in all."""
    several, single = limits.several_words, limits.one_word
    many, ones = _by_length(commands)
    facts: dict[str, Any] = {
        "several_words": several,
        "one_word": single,
        "commands_pass": round(accepted_share(many, several, single), 4),
        "one_word_commands_pass": round(accepted_share(ones, several, single), 4),
    }

    def false(clips: Iterable[Heard]) -> dict[str, float]:
        clips = list(clips)
        acted = sum(false_command(clip, several, single, understand) for clip in clips)
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
    threshold: float,
    commands: Sequence[Heard],
    foreign: Mapping[str, Sequence[Heard]],
    understand: Understand,
) -> dict[str, float]:
    """Shares that pass when one threshold holds for sentences of any length."""
    many, ones = _by_length(commands)
    row = {
        "threshold": threshold,
        "commands_pass": accepted_share(many, threshold, threshold),
        "one_word_commands_pass": accepted_share(ones, threshold, threshold),
    }
    for name, clips in foreign.items():
        acted = sum(false_command(clip, threshold, 2.0, understand) for clip in clips)
        row[f"{name}_several_words_pass"] = acted / len(clips)
        acted = sum(false_command(clip, 2.0, threshold, understand) for clip in clips)
        row[f"{name}_one_word_pass"] = acted / len(clips)
    everything = [clip for clips in foreign.values() for clip in clips]
    acted = sum(false_command(clip, threshold, threshold, understand) for clip in everything)
    row["all_foreign_pass"] = acted / max(1, len(everything))
    return {name: round(value, 4) for name, value in row.items()}


def _by_length(commands: Sequence[Heard]) -> tuple[list[Heard], list[Heard]]:
    """Commands of several words, and of one."""
    many = [clip for clip in commands if len(clip.reference.split()) > 1]
    return many, [clip for clip in commands if len(clip.reference.split()) == 1]
