"""A MIDI file in the place of a keyboard."""

from __future__ import annotations

from pathlib import Path

from skills.music.midi_file import read_phrase
from skills.music.notes import Phrase


class FileKeyboard:
    """The twin of a real keyboard: whoever asks hears what is in the file."""

    def __init__(self, path: Path | str) -> None:
        self.name = Path(path).name
        self._path = Path(path)

    def last_phrase(self) -> Phrase:
        """Return the file's notes; raises InputError with a sentence when it cannot be read."""
        return read_phrase(self._path)
