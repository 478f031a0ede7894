"""One conversation: a typed line in, what is printed out; the same for people and programs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from assistant.chat.show import as_json, reply_lines, understood
from assistant.chat.slash import ALL_COMMANDS, SlashCommands
from assistant.cli.street import Street
from assistant.contract import EncoreError, Intent, Reply, Transcript
from assistant.house import House

SHELL_WORDS = {"quit", "exit"}
"""What every shell leaves by: nobody has to guess what it means here."""


class Conversation:
    """Answers typed lines until goodbye."""

    def __init__(
        self, street: Street, show: Callable[[str], None], *, in_json: bool = False
    ) -> None:
        self._street = street
        self._show = show
        self.in_json = in_json
        self._slash = SlashCommands(street, self)

    @property
    def commands(self) -> dict[str, str]:
        """Slash command → what it does."""
        return self._slash.summaries

    def answer(self, line: str) -> bool:
        """Carry out one line and print the reply; False when the conversation is over."""
        text = line.strip()
        if not text:
            return True
        with stops_on_interrupt(self._street.house):
            if text.startswith("/"):
                return self._command(text)
            if text.casefold() in SHELL_WORDS:
                return self._leave(text)
            return self._turn(text)

    def act(self, intent: Intent) -> Reply:
        """Carry out an intent that nobody had to guess."""
        return self._street.house.act(intent)

    def _turn(self, text: str) -> bool:
        heard: list[Intent] = []

        def on_intent(intent: Intent) -> None:
            heard.append(intent)
            if self._street.settings.chat.show_understanding and not self.in_json:
                self._show(f"  {understood(intent)}")

        reply = self._street.house.turn(Transcript(text), on_intent)
        self._print(text, heard[0] if heard else None, reply)
        if heard and heard[0].name == "help" and not self.in_json:
            self._show(f"  {ALL_COMMANDS}")
        return not reply.ends_session

    def _leave(self, text: str) -> bool:
        intent = Intent("goodbye", "goodbye", 1.0, "rules")
        reply = self.act(intent)
        self._print(text, intent, reply)
        return not reply.ends_session

    def _command(self, text: str) -> bool:
        try:
            reply = self._slash.run(text)
        except EncoreError as error:
            reply = Reply(str(error))
        self._print(text, None, reply)
        return not reply.ends_session

    def _print(self, text: str, intent: Intent | None, reply: Reply) -> None:
        if self.in_json:
            self._show(as_json(text, intent, reply))
            return
        for line in reply_lines(reply):
            self._show(line)


@contextmanager
def stops_on_interrupt(house: House) -> Iterator[None]:
    """Let the first Ctrl-C cancel the turn that runs; the next one interrupts for good."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        # In a thread: the turn that is interrupted may hold what stopping needs.
        threading.Thread(target=house.stop, name="stop", daemon=True).start()

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
