"""Rules that need no model: stop and undo never wait, and a sentence taken back is taken back."""

from __future__ import annotations

from collections.abc import Sequence

STOP = frozenset(
    """stop|stop it|stop that|stop this|stop now|stop playing|stop the music|stop everything
    stop right there|stop there|stop immediately|stop at once|stop stop|stop stop stop|halt
    silence|quiet|be quiet|be silent|shut up|hush|shush|enough|thats enough|that is enough
    stop the playback|stop the sound|stop playing now|stop playing that|stop all|full stop
    cancel|abort|pause|freeze|stop it now|stop that now|i said stop|stop talking|stop the song
    stop the piano|stop the jam|stop jamming|stop the recording|stop recording|cut it out
    stop playback|stop music|cease|quit playing|quit it""".replace("\n    ", "|").split("|")
)
UNDO = frozenset(
    """undo|undo it|undo that|undo this|undo the last one|undo the last change|undo last
    undo the last answer|scrap that|scrap it|scrap this|scrap that one|scrap the last one
    take that back|take it back|revert that|undo what you did|undo that one|undo the change
    undo that change""".replace("\n    ", "|").split("|")
)
TAKEN_BACK = (
    ("never", "mind"), ("nevermind",), ("forget", "it"), ("forget", "about", "it"),
    ("forget", "that"), ("no", "cancel", "that"), ("cancel", "that"), ("no", "forget", "it"),
    ("actually", "dont"), ("no", "dont"), ("scratch", "that"),
    ("on", "second", "thought", "no"), ("actually", "no"), ("wait", "no"), ("no", "wait"),
)  # fmt: skip
"""Ends of sentences that call off what was said before them."""
FILLERS = frozenset(
    [
        "please",
        "okay",
        "ok",
        "now",
        "hey",
        "oh",
        "um",
        "uh",
        "so",
        "well",
        "just",
        "and",
        "er",
        "ah",
        "alright",
        "thanks",
        "no",
    ]
)
ASKING = (("can", "you"), ("could", "you"), ("would", "you"), ("will", "you"), ("you", "can"))


def rule_intent(words: Sequence[str]) -> str | None:
    """Return the intent that words mean beyond doubt as a whole, or None."""
    core = " ".join(_strip(words))
    if core in STOP:
        return "stop"
    if core in UNDO:
        return "undo"
    if is_taken_back(words):
        return "deny"
    return None


def is_taken_back(words: Sequence[str]) -> bool:
    """True when a longer sentence ends in "never mind" or the like."""
    for ending in TAKEN_BACK:
        before = len(words) - len(ending)
        if before >= 2 and tuple(words[before:]) == ending:
            return not all(w in FILLERS for w in words[:before])
    return False


def _strip(words: Sequence[str]) -> list[str]:
    """Return the words without politeness and hesitation around them."""
    core = list(words)
    while core and core[0] in FILLERS:
        core = core[1:]
    if tuple(core[:2]) in ASKING:
        core = core[2:]
    while core and core[0] in FILLERS:
        core = core[1:]
    while len(core) > 1 and core[-1] in FILLERS - {"no"}:
        core = core[:-1]
    return core
