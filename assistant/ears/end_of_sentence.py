"""When a sentence is over: as soon as it is a whole command, later while it lacks its last word.

"continue for" waits for "eight bars"; "continue in a happy mood" does not wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assistant.audio_files import Int16Samples
from assistant.ears.sentence import LAG_S, Sentence
from assistant.ears.voice_activity import Detector, VoiceActivity

SLACK_S, MUSIC_SLACK_S = 0.25, 0.1
"""The text alone ends a sentence when it stays so much longer than a silence would have to: less
while notes sound, which look like speech to the detector; less in quiet cuts long words off."""
LONGEST_S = 15.0
"""A sentence that goes on longer is cut: a radio must not be listened to for ever."""
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


class Ending:
    """Tells the end of one sentence after the other, by voice activity and by the words."""

    def __init__(self, is_command: Callable[[str], bool], detector: Detector | None) -> None:
        """``detector``: None where sentences end by their words alone."""
        self._is_command = is_command
        self._voice = VoiceActivity(detector) if detector else None
        self._needed = ("", silence_needed_s("", is_command))
        """The text so far, and the silence after which it is a sentence."""

    def called(self) -> None:
        """Somebody has called: what was heard before is no part of the command."""
        if self._voice is not None:
            self._voice.restart()

    def hear(self, block: Int16Samples) -> None:
        """Take the next samples."""
        if self._voice is not None:
            self._voice.hear(block)

    def is_over(self, sentence: Sentence, now_s: float, *, is_music: bool) -> bool:
        """Tell whether a sentence for Encore is over."""
        text = sentence.command()
        if self._needed[0] != text:
            self._needed = (text, silence_needed_s(text, self._is_command))
        is_silent = self._silence_s(now_s - sentence.changed_s, is_music) >= self._needed[1]
        return is_silent or now_s - sentence.began_s > LONGEST_S

    def _silence_s(self, since_word_s: float, is_music: bool) -> float:
        """Return the time since the last word: by voice activity, or by the words alone."""
        if self._voice is None:
            return since_word_s
        # Music can look like speech to the detector: a recogniser that writes nothing new wins.
        slack_s = MUSIC_SLACK_S if is_music else SLACK_S
        return max(min(self._voice.silence_s, since_word_s + LAG_S), since_word_s - slack_s)
