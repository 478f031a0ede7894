"""What was just played: on the keyboard, or handed in as a file; whichever is newer."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.contract import ParameterValue
from skills.music.keyboard.phrases import ASSUMED_BEAT_S
from skills.music.notes import Phrase
from skills.music.parts import HeldPhrase, Keyboard, RecordingKeyboard
from skills.music.theory.tempo import BEATS_A_BAR, find_tempo


class Listening:
    """The keyboard, a phrase that was handed in, and the recording that is open."""

    def __init__(self, keyboard: Keyboard | None = None) -> None:
        self.keyboard = keyboard
        self._held = HeldPhrase()
        self._seen: int | Phrase = Phrase()
        """What the keyboard had when a phrase was handed in: only something newer replaces it."""
        self._seen_at_recording: int | Phrase = Phrase()
        self.recording: Phrase | None = None
        """What "keep what I just played" or a recording from now on caught."""
        self.recording_is_newest = False
        """True until the next answer: then the recording is what is continued and played back."""

    def hear(self, phrase: Phrase) -> None:
        """Take a phrase as what was just played."""
        self._held = HeldPhrase(phrase)
        self._seen = self._mark()
        self.recording_is_newest = False

    def connect(self, keyboard: Keyboard) -> None:
        """Listen to this keyboard from now on."""
        self.close()
        self.keyboard = keyboard

    def phrase(self) -> Phrase:
        """Return what was played last; empty when nothing was."""
        if self.recording is not None and self.recording_is_newest:
            if self._mark() == self._seen_at_recording:
                return self.recording
            self.recording_is_newest = False  # somebody has played since
        return self._source().last_phrase()

    def span(self, said: Mapping[str, ParameterValue]) -> Phrase:
        """Return what was played: as many seconds or bars as were said, else the last phrase."""
        if "duration_seconds" in said:
            return self._source().last_seconds(float(said["duration_seconds"]))
        source = self._source()
        last = source.last_phrase()
        if "duration_bars" not in said:
            return last
        if isinstance(source, RecordingKeyboard):
            return source.last_bars(int(said["duration_bars"]))
        tempo = find_tempo(last)
        bar_s = tempo.bar_s if tempo else BEATS_A_BAR * ASSUMED_BEAT_S
        return source.last_seconds(int(said["duration_bars"]) * bar_s)

    def keep(self, phrase: Phrase) -> None:
        """Make a phrase the recording."""
        self.recording = phrase
        self.recording_is_newest = True
        self._seen_at_recording = self._mark()

    def scrap(self) -> bool:
        """Drop the take that is open, or the recording that is newest; False when there is none."""
        self.end_take()
        if self.recording is None or not self.recording_is_newest:
            return False
        self.recording, self.recording_is_newest = None, False
        return True

    def end_take(self) -> None:
        """Close a recording from now on, if one is open, and keep what it caught."""
        take = self.keyboard.take() if self.keyboard else None
        if take is not None and len(take):
            self.keep(take)

    def close(self) -> None:
        """Release the keyboard; idempotent."""
        if self.keyboard is not None:
            self.keyboard.close()
            self.keyboard = None

    @property
    def live(self) -> RecordingKeyboard | None:
        """The keyboard that somebody can play on now; None for a file or none."""
        return self.keyboard if isinstance(self.keyboard, RecordingKeyboard) else None

    def is_heard_live(self) -> bool:
        """Tell whether the newest music was played on the keyboard, and is no recording."""
        return (
            self.live is not None
            and self._source() is self.live
            and not (self.recording_is_newest and self._mark() == self._seen_at_recording)
        )

    def _mark(self) -> int | Phrase:
        """Return what tells whether something new has been played."""
        if isinstance(self.keyboard, RecordingKeyboard):
            return self.keyboard.strokes
        return self.keyboard.last_phrase() if self.keyboard else Phrase()

    def _source(self) -> Keyboard:
        if self.keyboard is not None:
            played = self.keyboard.last_phrase()
            if len(played) and self._mark() != self._seen:
                return self.keyboard
        return self._held
