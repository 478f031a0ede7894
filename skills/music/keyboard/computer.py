"""The computer's keys as a piano, for whoever has no other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from skills.music.notes import MAX_PITCH, Note, Phrase

LOWER_ROW = "zsxdcvgbhnjm,l.;/"
"""From C upwards, black keys in the row above, as on a piano."""
UPPER_ROW = "q2w3er5t6y7ui9o0p"
"""The same, an octave higher."""
OCTAVE_DOWN, OCTAVE_UP = "-", "="
MIDDLE_C = 60
VELOCITY = 80
"""A terminal does not tell how hard a key was hit."""
MAX_NOTE_S = 0.5
"""A terminal does not tell when a key goes up: a note lasts until the next one, or so long."""
CHORD_S = 0.03
"""Keys that follow one another faster were meant together."""
REPEAT_S = 0.06
"""A terminal repeats a held key 20 to 40 times a second; no finger does."""
FIRST_REPEAT_S = 0.8
"""... and begins after a quarter to three quarters of a second."""


@dataclass(frozen=True, slots=True)
class _Press:
    time_s: float
    pitch: int
    held_until_s: float
    """The last repeat of a held key; the time of the stroke when there was none."""


class ComputerKeyboard:
    """Turns (time, key) into a phrase; pure, so that any door can feed it."""

    def __init__(self) -> None:
        self.octave_shift = 0
        self._presses: list[_Press] = []
        self._last_s = float("-inf")

    def __len__(self) -> int:
        return len(self._presses)

    def press(self, time_s: float, key: str) -> int | None:
        """Take a key; return the pitch to sound, None when it sounds nothing new.

        "-" and "=" move both rows by an octave. Times never go back.
        """
        if key in (OCTAVE_DOWN, OCTAVE_UP):
            step = 1 if key == OCTAVE_UP else -1
            self.octave_shift = max(-4, min(4, self.octave_shift + step))
            return None
        pitch = self._pitch(key)
        if pitch is None:
            return None
        before_s, self._last_s = self._last_s, time_s
        if self._presses and self._presses[-1].pitch == pitch and time_s - before_s < REPEAT_S:
            self._hold(time_s)
            return None
        self._presses.append(_Press(time_s, pitch, time_s))
        return pitch

    def last_phrase(self) -> Phrase:
        """Return what was played, time 0 = the first note; empty when nothing was."""
        if not self._presses:
            return Phrase()
        start_s = self._presses[0].time_s
        return Phrase(
            tuple(
                Note(press.time_s - start_s, press.pitch, self._length_s(index), VELOCITY)
                for index, press in enumerate(self._presses)
            )
        )

    def _pitch(self, key: str) -> int | None:
        for row, base in ((LOWER_ROW, MIDDLE_C), (UPPER_ROW, MIDDLE_C + 12)):
            place = row.find(key.lower()) if len(key) == 1 else -1
            if place >= 0:
                pitch = base + place + 12 * self.octave_shift
                return pitch if 0 <= pitch <= MAX_PITCH else None
        return None

    def _hold(self, time_s: float) -> None:
        """Lengthen the last note; what began the row of repeats was a repeat itself."""
        last = self._presses[-1]
        if last.held_until_s == last.time_s and len(self._presses) > 1:
            before = self._presses[-2]
            if before.pitch == last.pitch and last.time_s - before.time_s < FIRST_REPEAT_S:
                self._presses.pop()
                last = before
        self._presses[-1] = replace(last, held_until_s=time_s)

    def _length_s(self, index: int) -> float:
        press = self._presses[index]
        end_s = max(press.time_s + MAX_NOTE_S, press.held_until_s)
        for later in self._presses[index + 1 :]:
            if later.time_s - press.time_s > CHORD_S or later.pitch == press.pitch:
                end_s = min(end_s, later.time_s)
                break
        return max(end_s - press.time_s, 0.01)
