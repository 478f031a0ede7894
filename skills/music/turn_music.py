"""The music of one turn as files: what was played, and the answer that the turn made."""

from __future__ import annotations

from pathlib import Path

from skills.music.midi_file import write_phrase
from skills.music.room import Room
from skills.music.session import Version


class TurnMusic:
    """Writes phrase.mid and answer.mid after each turn, for a trace."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._last: Version | None = None

    def write(self, folder: Path) -> None:
        """Write the phrase, if anything was played, and the open answer if this turn opened it.

        Raises InputError with a sentence when a file cannot be written.
        """
        phrase = self._room.listening.phrase()
        version = self._room.session.history.current
        if version is not None and version is not self._last:
            phrase, answer = version.phrase, version.answer
            write_phrase(answer.phrase, folder / "answer.mid", answer.program, answer.tempo_bpm)
        self._last = version
        if len(phrase):
            write_phrase(phrase, folder / "phrase.mid")
