"""When a sentence is over: as soon as it is a whole command, later while it lacks its last word.

"continue for" waits for "eight bars"; "continue in a happy mood" does not wait. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

OPEN_WORDS = frozenset(
    "a an the my your for in at with to of from and or but as than into under between through "
    "like about very really too by can could would will make".split()
)
"""A sentence that ends so goes on: an article, a preposition, an adverb before its adjective.

Words that can also close a command ("carry on", "take over", "keep this") are none of them.
"""
NUMBER_BEFORE_UNIT = frozenset(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred "
    "half few couple".split()
)
"""Numbers wait for "bars", "seconds" or the rest of the number."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Silence that ends a sentence, seconds."""

    complete_s: float = 0.38
    """After a command that can stand alone. Of 474 real spoken orders (Picovoice's coffee set) four
    hold a longer pause inside, and two one of more than 0.5 s."""
    usual_s: float = 0.7
    """After anything else."""
    open_s: float = 1.6
    """After a word that wants another one."""
    alone_s: float = 0.6
    """After the wake word alone, before the ears are said to be open."""


def silence_needed_s(
    text: str, is_command: Callable[[str], bool], patience: Patience = Patience()
) -> float:
    """Return the silence after which a text counts as a whole sentence.

    ``is_command`` tells whether a text is understood as a command that Encore can carry out.
    """
    words = text.split()
    if not words:
        return patience.alone_s
    if words[-1] in OPEN_WORDS:
        return patience.open_s
    if words[-1] in NUMBER_BEFORE_UNIT:
        return (patience.usual_s + patience.open_s) / 2
    return patience.complete_s if is_command(text) else patience.usual_s
