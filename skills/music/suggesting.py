"""Chords that fit what was played, in words."""

from __future__ import annotations

from assistant.contract import Intent, Reply, Turn
from skills.music import replies
from skills.music.room import Room
from skills.music.theory.chords import Chord, suggest_chords
from skills.music.theory.key import parse_key


class Suggesting:
    """Carries out ``suggest_chords`` in a room."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def chords(self, intent: Intent, _turn: Turn) -> Reply:
        """Say a chord for each bar of the phrase, and others that fit, too."""
        phrase = self._room.listening.phrase()
        version = self._room.session.history.current
        if not phrase.notes and version is not None:
            phrase = version.phrase if version.phrase.notes else version.answer.phrase
        said = intent.parameters.get("key")
        found = suggest_chords(phrase, parse_key(str(said)) if said else None)
        if found is None:
            return Reply(replies.reply("suggest_chords", "nothing"))
        words = {"key": found.key.spoken, "chords": listed(found.chords)}
        others = [c for c in dict.fromkeys(found.others) if c not in found.chords][:2]
        if not others:
            return Reply(replies.reply("suggest_chords", "done", **words))
        return Reply(replies.reply("suggest_chords", "or", **words, others=listed(tuple(others))))


def listed(chords: tuple[Chord, ...]) -> str:
    """Return chords as a voice says them: "C, A minor, F and G"."""
    return replies.listed([chord.spoken for chord in chords])
