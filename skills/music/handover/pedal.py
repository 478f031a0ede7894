"""A pedal (or any other switch) that hands over: which one it is, and when it is pressed."""

from __future__ import annotations

from skills.music.keyboard.events import PRESSED, SUSTAIN, Control, Pedal, Played


class HandoverPedal:
    """Knows the pedal's controller, learns another, and tells presses; pure.

    Where the sustain pedal itself is chosen, it sustains no more.
    """

    def __init__(self, number: int | None = None) -> None:
        self.number = number
        """MIDI controller, 0..127; None: no pedal hands over."""
        self.is_learning = False
        self._is_down = False

    def learn(self) -> None:
        """Take the next pedal that is pressed."""
        self.is_learning = True

    def forget(self) -> None:
        """Use no pedal."""
        self.number, self.is_learning, self._is_down = None, False, False

    def pressed(self, event: Played) -> bool:
        """Tell whether the event is a press of the pedal; while learning, it becomes the pedal.

        The press that is learnt hands nothing over.
        """
        control = as_control(event)
        if control is None:
            return False
        down = control.value >= PRESSED
        if self.is_learning and down:
            self.number, self.is_learning, self._is_down = control.number, False, True
            return False
        if control.number != self.number:
            return False
        was_down, self._is_down = self._is_down, down
        return down and not was_down


def as_control(event: Played) -> Control | None:
    """Return a pedal as the controller it is; None for everything else."""
    if isinstance(event, Pedal):
        return Control(event.time_s, SUSTAIN, 127 if event.down else 0)
    return event if isinstance(event, Control) else None
